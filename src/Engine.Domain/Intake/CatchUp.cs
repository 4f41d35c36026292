using System.Collections.Immutable;
using Engine.Domain.Orders;

namespace Engine.Domain.Intake;

/// <summary>How far a shop's orders were read; business instants, whole seconds, exclusive.</summary>
/// <param name="ChangesTo">Every change before it was read by two passes that agreed.</param>
/// <param name="PlacedTo">Every order placed before it was seen in a window of creation times.</param>
public sealed record ReadTo(DateTimeOffset? ChangesTo, DateTimeOffset? PlacedTo)
{
    /// <summary>What may be claimed: complete up to here. Null while one of the two readings has not begun.</summary>
    public DateTimeOffset? CompleteUpTo => ChangesTo is { } changes && PlacedTo is { } placed ? changes < placed ? changes : placed : null;
}

/// <summary>What two passes over one slice of changes say together.</summary>
public abstract record PassVerdict
{
    private PassVerdict()
    {
    }

    /// <summary>They agree: the slice is done.</summary>
    public sealed record Agreed : PassVerdict;

    /// <summary>The newer pass saw what the older ones had not: read again.</summary>
    public sealed record Again : PassVerdict;

    /// <summary>Orders seen before are not in the newer pass. They may have changed after the slice's end; until that is seen, they may as well have been skipped.</summary>
    public sealed record Prove(ImmutableArray<string> OrderIds) : PassVerdict;
}

/// <summary>The decisions of catch-up (design 2.9). A list sorted by update time shifts while it is read: an order that changes leaves its place, and the one
/// behind it may slip over the edge of a page unseen. A list sorted by creation time does not: nothing leaves it.</summary>
public static class CatchUp
{
    /// <summary>Pages of one slice (design 2.9).</summary>
    public const int PagesMax = 20;

    /// <summary>Passes over one slice before it is left for the next sweep.</summary>
    public const int PassesMax = 5;

    /// <summary>Where the watermark may stand at most: so far behind the clock that no list lags any more, whatever the clocks' difference.</summary>
    public static DateTimeOffset LatestEnd(DateTimeOffset now, TimeSpan lag, TimeSpan skewBound) => WholeSecond(now - lag - skewBound);

    /// <summary>Where a slice ends whose pages are used up at an order of <paramref name="last"/>: before that second, for its other orders may be on the next page.
    /// Null: the slice holds nothing but that second, and must be read on.</summary>
    /// <param name="first">The first order's instant.</param>
    public static DateTimeOffset? CutAt(DateTimeOffset first, DateTimeOffset last) => WholeSecond(last) > WholeSecond(first) ? WholeSecond(last) : null;

    /// <summary>Compares a pass with everything seen in the passes before it.</summary>
    /// <param name="before">Orders and their update times of all earlier passes.</param>
    /// <param name="pass">Those of the newest pass.</param>
    /// <param name="end">The slice's end, exclusive. What changed at or after it is of a later slice.</param>
    /// <param name="newest">The newest update time that was ever seen of an order, wherever.</param>
    public static PassVerdict Compare(
        IReadOnlyDictionary<string, DateTimeOffset> before,
        IReadOnlyDictionary<string, DateTimeOffset> pass,
        DateTimeOffset end,
        Func<string, DateTimeOffset?> newest)
    {
        foreach (var (order, at) in pass)
        {
            if (at < end && !(before.TryGetValue(order, out var former) && former == at))
            {
                return new PassVerdict.Again();
            }
        }

        ImmutableArray<string> unexplained = [.. before
            .Where(b => b.Value < end && !pass.ContainsKey(b.Key) && !(newest(b.Key) >= end))
            .Select(b => b.Key)
            .Order(StringComparer.Ordinal)];
        return unexplained.IsEmpty ? new PassVerdict.Agreed() : new PassVerdict.Prove(unexplained);
    }

    /// <summary>After the orders to be proved were read one by one: whether all of them did change after the slice's end.</summary>
    public static bool IsProved(PassVerdict.Prove asked, DateTimeOffset end, Func<string, DateTimeOffset?> newest) =>
        asked.OrderIds.All(id => newest(id) >= end);

    /// <summary>A window of creation times is whole when it brought as many orders as the marketplace counts in it, where it counts.</summary>
    public static bool IsWhole(int distinctOrders, long? counted) => counted is not { } all || distinctOrders >= all;

    private static DateTimeOffset WholeSecond(DateTimeOffset at) => new(at.Ticks - (at.Ticks % TimeSpan.TicksPerSecond), at.Offset);
}

/// <summary>What becomes of an order that could not be stored.</summary>
public static class PoisonPolicy
{
    /// <summary>Tries in a row before the order is recorded as an exception and no longer holds its shop back.</summary>
    public const int TriesMax = 3;

    /// <summary>True: hold back and try again; false: record it and go on.</summary>
    public static bool HoldsBack(int tries) => tries < TriesMax;

    /// <summary>Why it is missing, in the words of the incident rules.</summary>
    public static Quality.MissingCause CauseOf(MarketplaceOrder order) =>
        order.Status == MarketplaceStatus.Unrecognised ? Quality.MissingCause.NotReadable : Quality.MissingCause.StoreFailed;
}
