using System.Collections.Immutable;
using Engine.Domain.Cancellations;
using Engine.Domain.Parcels;
using Engine.Domain.Ports;

namespace Engine.Domain.Orders;

/// <summary>State + command -> events. The whole life of an order is decided here; grains and desks only carry it out.</summary>
public static class OrderDecider
{
    public static Decision Decide(OrderState order, OrderCommand command, FulfillmentPolicy policy) => (order.Version, command) switch
    {
        (_, ObserveOrder c) => Observation.Decide(order, c),
        (_, RecordPoison c) => Observation.Poison(order, c),
        (0, _) => Decision.Refuse(RefusalReason.UnknownOrder, $"Order {order.Key} was never received."),
        (_, AllocateOrder c) => Allocate(order, c),
        (_, IntendPurchase c) => PurchaseDecisions.Intend(order, c, policy),
        (_, RecordPurchase c) => PurchaseDecisions.Record(order, c, policy),
        (_, RecordTracking c) => PurchaseDecisions.Record(order, c, policy),
        (_, AbandonAttempt c) => PurchaseDecisions.Abandon(order, c),
        (_, RecordReadBack c) => PurchaseDecisions.ReadBack(order, c, policy),
        (_, RecordLabelFile c) => StoreLabel(order, c),
        (_, SubmitTracking c) => TakeTracking(order, c),
        (_, CheckScan c) => MissScan(order, c, policy),
        (_, ParkOrder c) => Park(order, c),
        (_, SettleCancellation c) => CancellationDecisions.Settle(order, c, policy),
        (_, RecordCancellationAnswer c) => CancellationDecisions.Record(order, c, policy),
        (_, AnswerCancellation c) => CancellationDecisions.Order(order, c),
        (_, ResumeOrder c) => Resume(order, c),
        _ => throw new InvalidOperationException($"No decision for {command.GetType().Name}."),
    };

    internal static Decision Allocate(OrderState order, AllocateOrder command)
    {
        if (order.Status != OrderStatus.Allocating || !order.Parcels.IsEmpty)
        {
            return Decision.AlreadyDone;
        }

        var plan = ParcelPlanner.Plan(order, command.Measures);
        if (plan.IsEmpty)
        {
            return Decision.Accept(new OrderParked(
                ParkReason.Untranslatable, $"Order {order.Key} has no lines as it was read: there is nothing to put into a parcel.", command.Now));
        }

        var allocated = new OrderAllocated(command.WarehouseId ?? order.WarehouseId, plan);
        var lacking = plan.FirstOrDefault(p => p.Measure is null && p.Status == ParcelStatus.Planned);
        return lacking is null || order.Shipping == ShippingMode.SellerCarrier
            ? Decision.Accept(allocated)
            : Decision.Accept(new OrderParked(
                ParkReason.NoMeasure,
                $"No weight is known for the parcel of lines {string.Join(", ", lacking.LineIds)}: set a parcel profile for their SKUs, then resume.",
                command.Now));
    }

    private static Decision StoreLabel(OrderState order, RecordLabelFile command)
    {
        if (order.Find(command.Parcel) is not { } parcel)
        {
            return NoParcel(order, command.Parcel);
        }

        return parcel.LabelKey == command.LabelKey
            ? Decision.AlreadyDone
            : Decision.Accept(new LabelStored(command.Parcel, command.LabelKey, command.TrackingNumber, command.Now));
    }

    private static Decision TakeTracking(OrderState order, SubmitTracking command)
    {
        if (order.Shipping != ShippingMode.SellerCarrier)
        {
            return Decision.Refuse(
                RefusalReason.NotSellerShipped, $"Order {order.Key} ships with the marketplace's label; it takes no tracking number.");
        }

        if (command.TrackingNumber.Length is 0 or > 64 || command.TrackingNumber.Any(c => char.IsWhiteSpace(c) || char.IsControl(c)))
        {
            return Decision.Refuse(RefusalReason.TrackingInvalid, "A tracking number has 1 to 64 characters without blanks.");
        }

        var open = order.Parcels.Where(p => p.Status is ParcelStatus.Planned).ToList();
        var parcel = command.Parcel is { } named ? order.Find(named) : open.Count == 1 ? open[0] : order.Parcels.Length == 1 ? order.Parcels[0] : null;
        if (parcel is null)
        {
            return Decision.Refuse(
                RefusalReason.ParcelMissing,
                $"Order {order.Key} has {order.Parcels.Length} parcels; name the one that the tracking number belongs to.");
        }

        if (parcel.TrackingNumber == command.TrackingNumber && parcel.CarrierId == command.CarrierId)
        {
            return Decision.AlreadyDone;
        }

        return order.Status is OrderStatus.NeedsTracking && parcel.Status == ParcelStatus.Planned
            ? Decision.Accept(new TrackingSubmitted(parcel.Id, command.TrackingNumber, command.CarrierId, command.Now))
            : Decision.Refuse(
                RefusalReason.WrongStatus, $"Order {order.Key} is {order.Status}; a tracking number is taken while it is {OrderStatus.NeedsTracking}.");
    }

    private static Decision MissScan(OrderState order, CheckScan command, FulfillmentPolicy policy) =>
        order.Status == OrderStatus.AwaitingCollection && !order.ScanAlarmRaised
        && order.Deadlines.DispatchBy is { } by && command.Now >= by - policy.ScanAlarmMargin
            ? Decision.Accept(new ScanMissing(command.Now, by))
            : Decision.AlreadyDone;

    private static Decision Park(OrderState order, ParkOrder command) =>
        order.Status == OrderStatus.Parked || order.Status.IsFinal()
            ? Decision.AlreadyDone
            : Decision.Accept(new OrderParked(command.Reason, command.Detail, command.Now));

    private static Decision Resume(OrderState order, ResumeOrder command) => order switch
    {
        { Status: not OrderStatus.Parked } => Decision.AlreadyDone,
        { ParkedReason: ParkReason.CancellationAsked, HasOpenRequest: true } => Decision.Refuse(
            RefusalReason.AnswerNeeded, $"The buyer of order {order.Key} asked to cancel: approve or reject that, instead of resuming."),
        _ => Decision.Accept(new OrderResumed(command.Now)),
    };

    internal static Parcel? Find(this OrderState order, ParcelId parcel) => order.Parcels.FirstOrDefault(p => p.Id == parcel);

    internal static Decision NoParcel(OrderState order, ParcelId parcel) =>
        Decision.Refuse(RefusalReason.UnknownParcel, $"Order {order.Key} has no parcel {parcel}.");
}
