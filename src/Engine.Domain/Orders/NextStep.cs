using System.Collections.Immutable;
using Engine.Domain.Cancellations;
using Engine.Domain.Parcels;
using Engine.Domain.Quality;
using Engine.Domain.Work;

namespace Engine.Domain.Orders;

/// <summary>What an order needs next, as a function of its state and of nothing else: the state is the to-do list.</summary>
public static class NextStep
{
    /// <summary>In one interval between two re-reads.</summary>
    private const int RereadMarks = 12;

    public static ImmutableArray<WorkItem> Of(OrderState order, FulfillmentPolicy policy)
    {
        var work = ImmutableArray.CreateBuilder<WorkItem>(4);
        var now = order.ChangedAt;
        var labelBy = order.Deadlines.LabelBy ?? order.Deadlines.DispatchBy;
        var cancelAt = order.Deadlines.CancelledIfUnlabelledAt;
        var parcels = order.Parcels;

        if (parcels.Any(order.IsToReadBack) && order.Status != OrderStatus.Parked)
        {
            work.Add(new WorkItem(WorkKind.ReadBack, now, labelBy, cancelAt));
        }

        if (order.Status == OrderStatus.Parked)
        {
            work.Add(new WorkItem(WorkKind.AskPerson, order.ParkedAt ?? now, ExceptionRules.DeadlineOf(order, policy)));
        }

        if (order.HasOpenRequest && order.SettleDueAt(policy) is { } settleAt)
        {
            work.Add(new WorkItem(WorkKind.SettleCancellation, settleAt, order.Cancellation?.AnswerBy ?? labelBy));
        }

        switch (order.Status)
        {
            case OrderStatus.Allocating when parcels.IsEmpty:
                work.Add(new WorkItem(WorkKind.Allocate, now, labelBy, cancelAt));
                break;
            case OrderStatus.AwaitingLabel or OrderStatus.Purchasing when !order.HasOpenRequest && order.Shipping == ShippingMode.PlatformLabel && parcels.Any(order.IsToBuy):
                work.Add(new WorkItem(WorkKind.BuyLabel, order.NextTryAt ?? now, labelBy, cancelAt));
                break;
            case OrderStatus.AwaitingLabel or OrderStatus.Purchasing when !order.HasOpenRequest && order.Shipping == ShippingMode.SellerCarrier && parcels.Any(order.IsToBuy):
                work.Add(new WorkItem(WorkKind.SendTracking, order.NextTryAt ?? now, labelBy, cancelAt));
                break;
            case OrderStatus.AwaitingCollection when !order.ScanAlarmRaised && order.Deadlines.DispatchBy is { } by:
                work.Add(new WorkItem(WorkKind.WatchScan, by - policy.ScanAlarmMargin, by));
                break;
        }

        if (order.Status is not (OrderStatus.Cancelled or OrderStatus.Completed) && order.Shipping == ShippingMode.PlatformLabel
            && parcels.Any(p => p.Status is ParcelStatus.Purchased or ParcelStatus.Adopted))
        {
            work.Add(new WorkItem(WorkKind.FetchDocument, now, labelBy));
        }

        if (!order.Status.IsFinal())
        {
            work.Add(new WorkItem(WorkKind.Reread, order.RereadAt(policy), null));
        }

        if (QualityRules.NextLook(QualityFacts.Of(order), now) is { } look)
        {
            work.Add(new WorkItem(WorkKind.Audit, look, null));
        }

        return work.ToImmutable();
    }

    /// <summary>
    /// Never later than <see cref="FulfillmentPolicy.RereadEvery"/> after the last look, and up to a twelfth of it earlier: on marks counted
    /// from the order's own beginning, so that a look soon after another leaves the row as it stands, and orders do not all fall due at once.
    /// </summary>
    private static DateTimeOffset RereadAt(this OrderState order, FulfillmentPolicy policy)
    {
        var latest = order.ObservedAt + policy.RereadEvery;
        return latest.AddTicks(-((latest - order.PlacedAt).Ticks % (policy.RereadEvery / RereadMarks).Ticks));
    }

    /// <summary>Business time from which the buyer's request is to be read and settled; null while only a person can help.</summary>
    private static DateTimeOffset? SettleDueAt(this OrderState order, FulfillmentPolicy policy)
    {
        if (order.Status.IsFinal() || (order.Status == OrderStatus.Parked && order.ParkedReason == ParkReason.CancellationRefused))
        {
            return null;
        }

        return order.Cancellation is not { End: null } request
            ? order.ChangedAt
            : CancellationRules.Next(order, request, policy.CancellationOf(order.Key.Shop), order.ChangedAt) switch
            {
                CancellationStep.Answer => request.NextTryAt ?? order.ChangedAt,
                CancellationStep.Wait wait => wait.Until,
                CancellationStep.AskPerson ask => order.Status == OrderStatus.Parked ? ask.Until : order.ChangedAt,
                _ => null,
            };
    }

    /// <summary>The parcel is ours to buy (or, seller-shipped, to announce): planned, complete, and nobody has made a package of its lines.</summary>
    public static bool IsToBuy(this OrderState order, Parcel parcel) =>
        parcel.Status == ParcelStatus.Planned && !order.IsBoughtElsewhere(parcel)
        && (order.Shipping == ShippingMode.PlatformLabel ? parcel.Measure is not null : parcel.TrackingNumber is not null && parcel.CarrierId is not null);

    /// <summary>Lines of a parcel for which we have recorded no purchase are in a package: to be read, and adopted if it holds exactly them.</summary>
    public static bool IsBoughtElsewhere(this OrderState order, Parcel parcel) =>
        parcel.Status == ParcelStatus.Planned && !PlantedBugs.NoReadBack
        && order.Status is not (OrderStatus.Cancelled or OrderStatus.Completed)
        && order.Lines.Any(l => l.PackageId is not null && parcel.LineIds.Contains(l.LineId, StringComparer.Ordinal));
}
