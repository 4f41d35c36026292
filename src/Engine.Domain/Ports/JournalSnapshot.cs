using System.Collections.Immutable;
using System.Globalization;

namespace Engine.Domain.Ports;

/// <summary>A database snapshot (xmin:xmax:xip,...): tells which transactions a state query has seen.</summary>
public sealed record JournalSnapshot(ulong Xmin, ulong Xmax, ImmutableHashSet<ulong> Running)
{
    /// <summary>Whether a transaction had committed when the snapshot was taken (for a transaction known to have committed since).</summary>
    public bool Sees(ulong xid) => xid < Xmin || (xid < Xmax && !Running.Contains(xid));

    /// <summary>Reads PostgreSQL's text form.</summary>
    /// <exception cref="FormatException">Not of that form.</exception>
    public static JournalSnapshot Parse(string text)
    {
        var parts = text.Split(':');
        if (parts.Length != 3)
        {
            throw new FormatException($"'{text}' is no snapshot: expected xmin:xmax:xip.");
        }

        var running = parts[2].Length == 0
            ? []
            : parts[2].Split(',').Select(p => ulong.Parse(p, CultureInfo.InvariantCulture)).ToImmutableHashSet();
        return new JournalSnapshot(
            ulong.Parse(parts[0], CultureInfo.InvariantCulture), ulong.Parse(parts[1], CultureInfo.InvariantCulture), running);
    }

    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{Xmin}:{Xmax}:{string.Join(',', Running.Order())}");
}
