using System.Collections.Immutable;
using Engine.Domain.Orders;

namespace Engine.Domain.Quality;

/// <summary>The platform's incident rules, one function each, over the facts of one order (tiktok-quality.md 1.1 and 1.2).</summary>
public static class QualityRules
{
    /// <summary>Business time before the dispatch deadline at which an order that is shipped nowhere is an incident.</summary>
    public static readonly TimeSpan RiskMargin = TimeSpan.FromDays(1);

    /// <summary>Business time that the marketplace is given to show what we have shipped (advice of tiktok-quality.md 1.2).</summary>
    public static readonly TimeSpan ShowGrace = TimeSpan.FromMinutes(5);

    public static readonly ImmutableArray<QualityRule> All = [.. Enum.GetValues<QualityRule>()];

    /// <summary>A cancelled order stays an incident: it cannot be mended any more.</summary>
    public static bool IsAutoCancelled(this QualityRule rule) => rule >= QualityRule.A1;

    public static bool A1(QualityFacts f) => f.TimedOut && f.Missing;

    public static bool A2(QualityFacts f) => f.TimedOut && !f.Missing && !f.AnyOurs;

    public static bool A3(QualityFacts f) => f.TimedOut && !f.Missing && f.AnyOurs && !f.AnyTheirs;

    public static bool A4(QualityFacts f) => f.TimedOut && !f.Missing && f.AnyOurs && f.AnyTheirs;

    public static bool R0(QualityFacts f) => f.Status == MarketplaceStatus.OnHold && f.AnyOurs;

    public static bool R1(QualityFacts f) => f.Status == MarketplaceStatus.AwaitingShipment && f.Missing;

    public static bool R2(QualityFacts f) => f.Status == MarketplaceStatus.PartiallyShipping && f.Missing;

    public static bool R3(QualityFacts f, DateTimeOffset now) => R3From(f) < now;

    public static bool R4(QualityFacts f, DateTimeOffset now) => R4From(f) < now;

    public static bool R5(QualityFacts f, DateTimeOffset now) => R5From(f) <= now;

    public static bool R6(QualityFacts f, DateTimeOffset now) => R6From(f) <= now;

    public static bool R7(QualityFacts f, DateTimeOffset now) => R7From(f) < now;

    /// <summary>The rules that the order breaks at <paramref name="now"/>. What the marketplace ships itself breaks none.</summary>
    public static ImmutableArray<QualityRule> Broken(QualityFacts f, DateTimeOffset now) =>
        f.Fulfiller == Fulfiller.Platform ? [] : [.. All.Where(rule => Holds(rule, f, now))];

    /// <summary>The earliest instant, not before <paramref name="from"/>, at which time alone can make the order break a rule; null = never.</summary>
    public static DateTimeOffset? NextLook(QualityFacts f, DateTimeOffset from)
    {
        if (f.Fulfiller == Fulfiller.Platform)
        {
            return null;
        }

        if (A1(f) || A2(f) || A3(f) || A4(f) || R0(f) || R1(f) || R2(f))
        {
            return from;
        }

        return Moments(f).Min() is { } first ? first > from ? first : from : null;
    }

    /// <summary>After a look at <paramref name="now"/>: the next instant at which time alone changes what it showed; null = never.</summary>
    public static DateTimeOffset? LookAfter(QualityFacts f, DateTimeOffset now) =>
        f.Fulfiller == Fulfiller.Platform ? null : Moments(f).Where(m => m > now).Min();

    /// <summary>A deadline is passed only after its second.</summary>
    private static IEnumerable<DateTimeOffset?> Moments(QualityFacts f) =>
        [R3From(f)?.AddSeconds(1), R4From(f)?.AddSeconds(1), R5From(f), R6From(f), R7From(f)?.AddSeconds(1)];

    private static bool Holds(QualityRule rule, QualityFacts f, DateTimeOffset now) => rule switch
    {
        QualityRule.A1 => A1(f),
        QualityRule.A2 => A2(f),
        QualityRule.A3 => A3(f),
        QualityRule.A4 => A4(f),
        QualityRule.R0 => R0(f),
        QualityRule.R1 => R1(f),
        QualityRule.R2 => R2(f),
        QualityRule.R3 => R3(f, now),
        QualityRule.R4 => R4(f, now),
        QualityRule.R5 => R5(f, now),
        QualityRule.R6 => R6(f, now),
        QualityRule.R7 => R7(f, now),
        _ => throw new InvalidOperationException($"No rule {rule}."),
    };

    private static DateTimeOffset? R3From(QualityFacts f) =>
        f is { Status: MarketplaceStatus.AwaitingShipment, Missing: false, AnyOurs: false, AnyTheirs: false } ? f.DispatchBy - RiskMargin : null;

    private static DateTimeOffset? R4From(QualityFacts f) =>
        f is { Status: MarketplaceStatus.PartiallyShipping, Missing: false } && f.Lines.Any(l => l is { Open: true, Ours: false, Theirs: false })
            ? f.DispatchBy - RiskMargin
            : null;

    private static DateTimeOffset? R5From(QualityFacts f) => f is { Status: MarketplaceStatus.AwaitingShipment, Missing: false } ? NotShownFrom(f) : null;

    private static DateTimeOffset? R6From(QualityFacts f) => f is { Status: MarketplaceStatus.PartiallyShipping, Missing: false } ? NotShownFrom(f) : null;

    private static DateTimeOffset? R7From(QualityFacts f) =>
        f is { Status: MarketplaceStatus.AwaitingCollection, Missing: false, AnyOurs: true, AnyTheirs: true } ? f.DispatchBy : null;

    /// <summary>By line: an order with one shipped line shows a number, its open lines none.</summary>
    private static DateTimeOffset? NotShownFrom(QualityFacts f)
    {
        DateTimeOffset? first = null;
        foreach (var line in f.Lines)
        {
            if (line is { Open: true, Ours: true, Theirs: false })
            {
                var from = (line.OursSince ?? DateTimeOffset.UnixEpoch) + ShowGrace;
                first = first is { } known && known <= from ? known : from;
            }
        }

        return first;
    }
}
