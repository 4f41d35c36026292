using System.Collections.Immutable;
using Engine.Domain.Orders;

namespace Engine.Domain.LateDispatch;

/// <summary>Seller-fulfilled orders that share a deadline.</summary>
/// <param name="Orders">All with this deadline.</param>
/// <param name="OnTime">Scanned at or before it.</param>
/// <param name="ScannedLate">Scanned after it.</param>
/// <param name="CancelledBefore">Cancelled unscanned at or before it: leave numerator and denominator (rule LDR-CANCEL, default).</param>
/// <param name="CancelledAfter">Cancelled unscanned after it: stay late (rule LDR-CANCEL, default).</param>
public sealed record DueCounter(long Orders, long OnTime, long ScannedLate, long CancelledBefore, long CancelledAfter)
{
    public static readonly DueCounter Zero = new(0, 0, 0, 0, 0);

    public DueCounter Plus(DueCounter other) => new(
        Orders + other.Orders,
        OnTime + other.OnTime,
        ScannedLate + other.ScannedLate,
        CancelledBefore + other.CancelledBefore,
        CancelledAfter + other.CancelledAfter);
}

/// <summary>Orders whose first scan fell on one day of the policy's zone.</summary>
/// <param name="Seller">Seller-fulfilled.</param>
/// <param name="Late">Of those, scanned after their deadline.</param>
/// <param name="Platform">Fulfilled by the marketplace (FBT).</param>
public sealed record DispatchedCounter(long Seller, long Late, long Platform)
{
    public static readonly DispatchedCounter Zero = new(0, 0, 0);

    public DispatchedCounter Plus(DispatchedCounter other) =>
        new(Seller + other.Seller, Late + other.Late, Platform + other.Platform);
}

/// <summary>Everything the LDR of one shop is made from; sums, so that they can be kept by adding deltas.</summary>
public sealed record LateDispatchCounters(
    ImmutableSortedDictionary<DateTimeOffset, DueCounter> Due,
    ImmutableSortedDictionary<DateOnly, DispatchedCounter> Dispatched)
{
    public static readonly LateDispatchCounters Zero = new(
        ImmutableSortedDictionary<DateTimeOffset, DueCounter>.Empty, ImmutableSortedDictionary<DateOnly, DispatchedCounter>.Empty);

    public LateDispatchCounters Plus(LateDispatchDelta delta)
    {
        var due = Due.ToBuilder();
        foreach (var (at, counter) in delta.Due)
        {
            due[at] = due.GetValueOrDefault(at, DueCounter.Zero).Plus(counter);
        }

        var dispatched = Dispatched.ToBuilder();
        foreach (var (on, counter) in delta.Dispatched)
        {
            dispatched[on] = dispatched.GetValueOrDefault(on, DispatchedCounter.Zero).Plus(counter);
        }

        return new LateDispatchCounters(due.ToImmutable(), dispatched.ToImmutable());
    }
}

/// <summary>What a run of events adds to a shop's counters. Filled by <see cref="Add"/>; needs no state of the order.</summary>
public sealed class LateDispatchDelta
{
    public Dictionary<DateTimeOffset, DueCounter> Due { get; } = [];

    public Dictionary<DateOnly, DispatchedCounter> Dispatched { get; } = [];

    public bool IsEmpty => Due.Count == 0 && Dispatched.Count == 0;

    public void Add(OrderEvent happened)
    {
        switch (happened)
        {
            case OrderReceived { Fulfiller: Fulfiller.Seller, Deadlines.DispatchBy: { } by }:
                AddDue(by, DueCounter.Zero with { Orders = 1 });
                break;
            case OrderUpdated u when u.Deadlines.DispatchBy != u.FormerDeadlines.DispatchBy && u.Fulfiller == Fulfiller.Seller:
                AddDue(u.FormerDeadlines.DispatchBy, DueCounter.Zero with { Orders = -1 });
                AddDue(u.Deadlines.DispatchBy, DueCounter.Zero with { Orders = 1 });
                break;
            case CarrierScanned { Fulfiller: Fulfiller.Platform } s:
                AddDispatched(s.ScannedAt, DispatchedCounter.Zero with { Platform = 1 });
                break;
            case CarrierScanned s:
                AddDue(s.DispatchBy, DueCounter.Zero with { OnTime = s.Late ? 0 : 1, ScannedLate = s.Late ? 1 : 0 });
                AddDispatched(s.ScannedAt, new DispatchedCounter(1, s.Late ? 1 : 0, 0));
                break;
            case OrderCancelled { WasScanned: false, Fulfiller: Fulfiller.Seller, DispatchBy: { } by } c:
                AddDue(by, c.At <= by ? DueCounter.Zero with { CancelledBefore = 1 } : DueCounter.Zero with { CancelledAfter = 1 });
                break;
        }
    }

    private void AddDue(DateTimeOffset? at, DueCounter counter)
    {
        if (at is { } key)
        {
            Due[key] = Due.GetValueOrDefault(key, DueCounter.Zero).Plus(counter);
        }
    }

    private void AddDispatched(DateTimeOffset at, DispatchedCounter counter)
    {
        var on = PolicyDay.Of(at);
        Dispatched[on] = Dispatched.GetValueOrDefault(on, DispatchedCounter.Zero).Plus(counter);
    }
}
