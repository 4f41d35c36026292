using System.Collections.Immutable;

namespace Engine.Domain.Orders;

/// <summary>What follows from reading an order at the marketplace, in whatever order and however often it is read.</summary>
internal static class Observation
{
    /// <summary>The rule that holds a scan against a deadline, stored with every dispatch.</summary>
    public const string ScanRule = "CFG-PLATFORM-FIRST/EVT-CARRIER-SCAN/LDR-BOUNDARY";

    public static Decision Decide(OrderState order, ObserveOrder command)
    {
        var facts = command.Facts;
        if (order.Version > 0 && facts.UpdatedAt < order.UpdatedAt)
        {
            return Decision.AlreadyDone;
        }

        var events = ImmutableArray.CreateBuilder<OrderEvent>();
        var now = order;
        void Happen(OrderEvent e)
        {
            events.Add(e);
            now = OrderFold.Evolve(now, e, command.Now);
        }

        if (order.Version == 0)
        {
            Happen(Receive(facts));
        }
        else if (Update(order, facts) is { } update)
        {
            Happen(update);
        }

        Progress(() => now, facts, command.Now, Happen);
        if (command.Measures is { } measures
            && OrderDecider.Allocate(now, new AllocateOrder(null, measures, command.Now)) is Decision.Accepted { Events: [OrderAllocated allocated] })
        {
            Happen(allocated);
        }

        return events.Count == 0 ? Decision.AlreadyDone : new Decision.Accepted(events.ToImmutable());
    }

    public static Decision Poison(OrderState order, RecordPoison command)
    {
        var parked = new OrderParked(
            ParkReason.Unstorable,
            $"The marketplace's order cannot be taken in: {command.Detail}. Handle it in Seller Center; it goes on by itself once it can be.",
            command.Now);
        return order.Version == 0
            ? Decision.Accept(Receive(new MarketplaceOrder { OrderId = order.Key.OrderId, Status = MarketplaceStatus.Unrecognised, PlacedAt = command.PlacedAt, UpdatedAt = command.UpdatedAt }), parked)
            : order.Status == OrderStatus.Parked || order.Status.IsFinal() ? Decision.AlreadyDone : Decision.Accept(parked);
    }

    private static OrderReceived Receive(MarketplaceOrder facts) => new(
        facts.Fulfiller == Fulfiller.Platform ? OrderStatus.PlatformFulfilled : OrderStatus.Unpaid,
        facts.Status,
        facts.PlacedAt,
        facts.UpdatedAt,
        facts.Fulfiller,
        facts.Shipping,
        facts.Status == MarketplaceStatus.Unrecognised ? new OrderDeadlines(null, null, null, null) : DeadlinesOf(facts),
        CancelRequested: false,
        facts.WarehouseId,
        facts.DeliveryOptionId,
        facts.Lines);

    private static OrderUpdated? Update(OrderState order, MarketplaceOrder facts)
    {
        // What was measured against a deadline stays measured against it.
        var settled = order.FirstScanAt is not null || order.Status == OrderStatus.Cancelled || facts.Status == MarketplaceStatus.Unrecognised;
        var understood = order.IsNotUnderstoodYet() && facts.Status != MarketplaceStatus.Unrecognised;
        var deadlines = settled ? order.Deadlines : DeadlinesOf(facts);
        return facts.UpdatedAt == order.UpdatedAt && facts.Status == order.MarketplaceStatus && deadlines == order.Deadlines
            && facts.WarehouseId == order.WarehouseId && facts.DeliveryOptionId == order.DeliveryOptionId && facts.Lines.SequenceEqual(order.Lines)
            ? null
            : new OrderUpdated(
                facts.Status,
                facts.UpdatedAt,
                deadlines,
                order.Deadlines,
                order.CancelRequested,
                facts.WarehouseId,
                facts.DeliveryOptionId,
                understood ? facts.Fulfiller : order.Fulfiller,
                facts.Lines,
                understood ? facts.Shipping : null);
    }

    private static void Progress(Func<OrderState> state, MarketplaceOrder facts, DateTimeOffset seenAt, Action<OrderEvent> happen)
    {
        if (facts.Status == MarketplaceStatus.Unrecognised)
        {
            if (!state().Status.IsFinal() && state().Status != OrderStatus.Parked)
            {
                happen(new OrderParked(
                    ParkReason.Untranslatable,
                    $"The marketplace's order cannot be understood ({facts.NotUnderstood ?? "unknown status"}). Nothing is done with it. Handle it in Seller Center; it goes on by itself once a newer engine, or a newer version of the order, can be read.",
                    seenAt));
            }

            return;
        }

        if (state() is { Status: OrderStatus.Parked, ParkedReason: ParkReason.Untranslatable or ParkReason.Unstorable })
        {
            happen(new OrderResumed(seenAt));
        }

        var alive = facts.Status is not (MarketplaceStatus.Cancelled or MarketplaceStatus.Unpaid or MarketplaceStatus.Unrecognised);
        if (alive && state().Status == OrderStatus.Unpaid)
        {
            happen(new OrderPaid(facts.PaidAt ?? facts.PlacedAt));
        }

        if (alive && facts.Status != MarketplaceStatus.OnHold && state().Status == OrderStatus.OnHold)
        {
            happen(new OrderReleased(facts.UpdatedAt));
        }

        if (state().FirstScanAt is null && ScanOf(facts, seenAt) is { } scan)
        {
            var by = state().Deadlines.DispatchBy;
            var late = state().Fulfiller == Fulfiller.Seller && by is { } deadline && scan.At > deadline;
            happen(new CarrierScanned(scan.At, scan.Source, by, late, ScanRule, state().Fulfiller));
        }

        if (state().Status.IsFinal())
        {
            return;
        }

        if (facts.Status == MarketplaceStatus.Cancelled)
        {
            happen(new OrderCancelled(
                facts.CancelledAt ?? facts.UpdatedAt, facts.CancelReason, state().Deadlines.DispatchBy, state().Fulfiller, state().FirstScanAt is not null));
            return;
        }

        if (facts.CancelRequested != state().CancelRequested && facts.Status is not (MarketplaceStatus.Unpaid or MarketplaceStatus.Unrecognised))
        {
            happen(facts.CancelRequested ? new CancellationRequested(facts.UpdatedAt) : new CancellationWithdrawn(facts.UpdatedAt));
        }

        if (!state().HasOpenRequest && state() is { Status: OrderStatus.Parked, ParkedReason: ParkReason.CancellationAsked or ParkReason.CancellationRefused })
        {
            happen(new OrderResumed(seenAt));
        }

        if (facts.Status is MarketplaceStatus.Delivered or MarketplaceStatus.Completed && facts.DeliveredAt is { } deliveredAt
            && state().Status == OrderStatus.InTransit)
        {
            happen(new OrderDelivered(deliveredAt));
        }

        if (facts.Status == MarketplaceStatus.Completed)
        {
            happen(new OrderCompleted(facts.UpdatedAt));
        }
    }

    /// <summary>Received in a shape that could not be read, and never read since: who ships it, and how, is not known yet.</summary>
    private static bool IsNotUnderstoodYet(this OrderState order) =>
        order is { Status: OrderStatus.Parked, ParkedReason: ParkReason.Untranslatable or ParkReason.Unstorable, ParkedFrom: OrderStatus.Unpaid or OrderStatus.PlatformFulfilled };

    /// <summary>The first scan by the platform's clock; where it only shows the state, our time of seeing it, marked.</summary>
    private static (DateTimeOffset At, ScanSource Source)? ScanOf(MarketplaceOrder facts, DateTimeOffset seenAt) => facts switch
    {
        { FirstScanAt: { } at } => (at, ScanSource.Platform),
        { Status: MarketplaceStatus.InTransit or MarketplaceStatus.Delivered } => (seenAt, ScanSource.Observed),
        _ => null,
    };

    private static OrderDeadlines DeadlinesOf(MarketplaceOrder facts) =>
        new(facts.LabelBy, facts.DispatchBy, facts.CancelledIfUnlabelledAt, facts.CancelledIfUnscannedAt);
}
