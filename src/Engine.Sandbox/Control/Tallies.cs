using Engine.Sandbox.Orders;

namespace Engine.Sandbox.Control;

/// <summary>Running counts for GET /sandbox/progress.</summary>
public sealed class Tallies
{
    private readonly long[] _orders = new long[Enum.GetValues<OrderTally>().Length];
    private long _planned;
    private long _placed;
    private long _unfinishable;
    private long _unfinishableOpen;
    private long _labelsSold;
    private long _labelsChargedTwice;
    private long _dispatched;
    private long _late;
    private long _calls;
    private long _throttled;

    /// <summary>Orders that a scenario has planned and not yet placed.</summary>
    public long Planned => Interlocked.Read(ref _planned);
    public long Placed => Interlocked.Read(ref _placed);
    public long Unfinishable => Interlocked.Read(ref _unfinishable);
    public long LabelsSold => Interlocked.Read(ref _labelsSold);
    public long LabelsChargedTwice => Interlocked.Read(ref _labelsChargedTwice);
    public long Dispatched => Interlocked.Read(ref _dispatched);
    public long Late => Interlocked.Read(ref _late);
    public long Calls => Interlocked.Read(ref _calls);
    public long Throttled => Interlocked.Read(ref _throttled);

    public long this[OrderTally tally] => Interlocked.Read(ref _orders[(int)tally]);

    /// <summary>Every order is scanned, cancelled, FBT or named unfinishable, and none is still to come.</summary>
    public bool Done => Planned == 0
        && this[OrderTally.Fbt] + this[OrderTally.Scanned] + this[OrderTally.Cancelled] + Interlocked.Read(ref _unfinishableOpen) >= Placed;

    public void Plan(long orders) => Interlocked.Add(ref _planned, orders);

    public void Place(bool wasPlanned)
    {
        Interlocked.Increment(ref _placed);
        if (wasPlanned)
        {
            Interlocked.Decrement(ref _planned);
        }
    }

    /// <returns>The number of labels sold in the run, this one included.</returns>
    public long SellLabel(bool again)
    {
        if (again)
        {
            Interlocked.Increment(ref _labelsChargedTwice);
        }

        return Interlocked.Increment(ref _labelsSold);
    }

    public void Dispatch(bool late)
    {
        Interlocked.Increment(ref _dispatched);
        if (late)
        {
            Interlocked.Increment(ref _late);
        }
    }

    public void Call(bool throttled)
    {
        Interlocked.Increment(ref _calls);
        if (throttled)
        {
            Interlocked.Increment(ref _throttled);
        }
    }

    public void NameUnfinishable() => Interlocked.Increment(ref _unfinishable);

    public void Move(Order order, OrderTally to)
    {
        var from = order.Tally;
        if (from == to)
        {
            return;
        }

        if (from != OrderTally.None)
        {
            Interlocked.Decrement(ref _orders[(int)from]);
        }

        Interlocked.Increment(ref _orders[(int)to]);
        order.Tally = to;
        if (order.Unfinishable is not null)
        {
            var wasOpen = from is OrderTally.OnHold or OrderTally.ShippableUnlabelled or OrderTally.LabelledUnscanned;
            var isOpen = to is OrderTally.OnHold or OrderTally.ShippableUnlabelled or OrderTally.LabelledUnscanned;
            if (wasOpen != isOpen)
            {
                Interlocked.Add(ref _unfinishableOpen, isOpen ? 1 : -1);
            }
        }
    }
}
