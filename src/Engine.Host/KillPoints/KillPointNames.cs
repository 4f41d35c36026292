using System.Collections.Immutable;
using System.Globalization;
using Engine.Domain.Ports;

namespace Engine.Host.KillPoints;

/// <summary>The kill points that lie in the engine, by their names in settings. P2 and P3 lie at the marketplace: the sandbox kills there.</summary>
internal static class KillPointNames
{
    private static readonly (string Name, KillPoint Point)[] All =
    [
        ("P0", KillPoint.BeforeIntent),
        ("P1", KillPoint.IntentStored),
        ("P1b", KillPoint.Permitted),
        ("P4", KillPoint.Answered),
        ("P5", KillPoint.OutcomeStored),
        ("P6", KillPoint.BeforeDocument),
        ("P6b", KillPoint.DocumentKept),
        ("P7", KillPoint.ErpTold),
    ];

    public static IEnumerable<string> Names => All.Select(p => p.Name);

    public static string NameOf(KillPoint point) => All.First(p => p.Point == point).Name;

    /// <summary>`P0:2,P4`: each with how often it must be reached first (1 where nothing is said). Null: not to be read.</summary>
    public static ImmutableDictionary<KillPoint, int>? Read(string text)
    {
        var read = ImmutableDictionary.CreateBuilder<KillPoint, int>();
        foreach (var part in text.Split(',', StringSplitOptions.TrimEntries))
        {
            var (name, times) = part.Split(':') switch
            {
                [var alone] => (alone, 1),
                [var before, var behind] when int.TryParse(behind, NumberStyles.None, CultureInfo.InvariantCulture, out var nth) && nth > 0 => (before, nth),
                _ => ("", 0),
            };
            var known = Array.FindIndex(All, p => p.Name == name);
            if (known < 0 || !read.TryAdd(All[known].Point, times))
            {
                return null;
            }
        }

        return read.ToImmutable();
    }
}
