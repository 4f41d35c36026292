using System.Collections.Immutable;
using Engine.Domain.Orders;

namespace Engine.Domain.Ports;

/// <summary>A place in the journal: database epoch (changes on restore), transaction, sequence; ordered in that way.</summary>
public readonly record struct JournalPosition(long Epoch, ulong Xid, long Seq) : IComparable<JournalPosition>
{
    public int CompareTo(JournalPosition other)
    {
        var epoch = Epoch.CompareTo(other.Epoch);
        if (epoch != 0)
        {
            return epoch;
        }

        var xid = Xid.CompareTo(other.Xid);
        return xid != 0 ? xid : Seq.CompareTo(other.Seq);
    }
}

/// <summary>A stored event with its place and its author.</summary>
public sealed record JournalEvent(
    JournalPosition Position,
    MerchantId Merchant,
    OrderKey Order,
    int Version,
    DateTimeOffset At,
    OrderEvent Event,
    string Actor,
    Guid CommandId,
    string? Cause);

/// <param name="Next">Where to go on; equals the asked position when there was nothing.</param>
/// <param name="HeldBack">More is stored, but a transaction that still runs may precede it. Nobody tells when that ends: look again soon.</param>
public sealed record JournalBatch(ImmutableArray<JournalEvent> Events, JournalPosition Next, bool HeldBack);

/// <summary>The journal as readers see it: only what no running transaction can still precede.</summary>
public interface IJournalFeed
{
    /// <summary>Partitions of the journal; a shop is always in the same one.</summary>
    int Partitions { get; }

    int PartitionOf(ShopId shop);

    Task<JournalBatch> ReadAsync(int partition, JournalPosition after, int max, CancellationToken ct);

    /// <summary>A place between what can be read now and what can be read only later: for readers that begin today.</summary>
    Task<JournalPosition> HorizonAsync(CancellationToken ct);

    /// <summary>Seconds by which the readable horizon trails behind, because of a long transaction somewhere on the server.</summary>
    Task<TimeSpan> HorizonAgeAsync(CancellationToken ct);

    /// <summary>Newest committed row and the oldest position over all readers' cursors, as sequence numbers; for the stepped clock and lag metrics.</summary>
    Task<(long Head, long Applied)> ProgressAsync(CancellationToken ct);

    /// <summary>Signals commits of this process, so that a reader need not wait for its next poll. Never the only way.</summary>
    event Action<int>? Committed;
}
