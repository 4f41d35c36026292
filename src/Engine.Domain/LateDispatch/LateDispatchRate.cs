using System.Collections.Immutable;

namespace Engine.Domain.LateDispatch;

/// <summary>Which definition of the rate.</summary>
public enum LateDispatchFormula
{
    /// <summary>V1, until 2026-06-14: late ones of the orders dispatched in the window, FBT in the denominator (rule LDR-V1).</summary>
    DispatchedCohort,

    /// <summary>V2, from 2026-06-15: of the orders due in the window, those not in transit by then; FBT out (rule LDR-V2, a reconstruction).</summary>
    DueCohort,
}

/// <summary>A rate as two whole numbers; rounding is not published, so thresholds compare integers.</summary>
/// <param name="Late">Numerator.</param>
/// <param name="Orders">Denominator; 0 = no rate (rule LDR-EMPTY).</param>
public readonly record struct LateDispatchRate(LateDispatchFormula Formula, long Late, long Orders)
{
    /// <summary>Null without orders.</summary>
    public decimal? Ratio => Orders == 0 ? null : (decimal)Late / Orders;

    /// <summary>How many more orders may become late before the rate passes the threshold: floor(T*D) - L, exact (fact sheet 4.4).</summary>
    /// <param name="thresholdPercent">4 for the target, 10 for enforcement.</param>
    public long Headroom(int thresholdPercent) => checked((Orders * thresholdPercent / 100) - Late);
}

/// <summary>What a shop's counters say at a moment.</summary>
/// <param name="Window">First and last day, inclusive, in the policy's zone; null = everything ever counted.</param>
/// <param name="Headline">The formula in force on the last day.</param>
/// <param name="SmallSample">Fewer than 10 orders: show, do not judge (fact sheet 4.2, confidence L).</param>
public sealed record LateDispatchReport(
    (DateOnly First, DateOnly Last)? Window,
    LateDispatchFormula Headline,
    LateDispatchRate DispatchedCohort,
    LateDispatchRate DueCohort,
    long OverdueUnscanned,
    bool SmallSample)
{
    public LateDispatchRate HeadlineRate => Headline == LateDispatchFormula.DueCohort ? DueCohort : DispatchedCohort;
}

public static class LateDispatch
{
    /// <summary>First day of formula V2 (fact sheet 2: 2026-06-15, confidence M).</summary>
    public static readonly DateOnly DueCohortFrom = new(2026, 6, 15);

    /// <summary>Length of the scored window (fact sheet 4.2: 7 calendar days, confidence M).</summary>
    public const int WindowDays = 7;

    /// <summary>The settled window: the complete Pacific days ending yesterday.</summary>
    public static LateDispatchReport Settled(LateDispatchCounters counters, DateTimeOffset now)
    {
        var last = PolicyDay.Of(now).AddDays(-1);
        return Report(counters, (last.AddDays(1 - WindowDays), last), now);
    }

    /// <summary>The same days and today so far: what the settled window is turning into.</summary>
    public static LateDispatchReport Live(LateDispatchCounters counters, DateTimeOffset now)
    {
        var today = PolicyDay.Of(now);
        return Report(counters, (today.AddDays(1 - WindowDays), today), now);
    }

    /// <summary>Without a window.</summary>
    public static LateDispatchReport Overall(LateDispatchCounters counters, DateTimeOffset now) => Report(counters, null, now);

    private static LateDispatchReport Report(LateDispatchCounters counters, (DateOnly First, DateOnly Last)? window, DateTimeOffset now)
    {
        var from = window is { } w ? PolicyDay.StartOf(w.First) : DateTimeOffset.MinValue;
        var to = window is { } v ? PolicyDay.StartOf(v.Last.AddDays(1)) : DateTimeOffset.MaxValue;

        long dueLate = 0, due = 0, overdue = 0;
        foreach (var (at, c) in counters.Due)
        {
            if (at < from || at >= to)
            {
                continue;
            }

            if (at >= now)
            {
                // A deadline is inclusive: an order due this very moment is not late yet. What is in transit already is settled (rule LDR-LIVE).
                due += c.OnTime;
                continue;
            }

            due += c.Orders - c.CancelledBefore;
            dueLate += c.Orders - c.CancelledBefore - c.OnTime;
            overdue += c.Orders - c.CancelledBefore - c.CancelledAfter - c.OnTime - c.ScannedLate;
        }

        long dispatched = 0, dispatchedLate = 0;
        foreach (var (day, c) in counters.Dispatched)
        {
            if (window is { } days && (day < days.First || day > days.Last))
            {
                continue;
            }

            dispatched += c.Seller + c.Platform;
            dispatchedLate += c.Late;
        }

        var headline = (window?.Last ?? PolicyDay.Of(now)) >= DueCohortFrom ? LateDispatchFormula.DueCohort : LateDispatchFormula.DispatchedCohort;
        var v1 = new LateDispatchRate(LateDispatchFormula.DispatchedCohort, dispatchedLate, dispatched);
        var v2 = new LateDispatchRate(LateDispatchFormula.DueCohort, dueLate, due);
        return new LateDispatchReport(
            window, headline, v1, v2, overdue, (headline == LateDispatchFormula.DueCohort ? v2 : v1).Orders < 10);
    }
}
