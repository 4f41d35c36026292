using System.Collections.Immutable;
using Engine.Domain.Parcels;
using Engine.Domain.Quality;
using Engine.Domain.Work;

namespace Engine.Domain.Orders;

/// <summary>What an order needs next, as a function of its state and of nothing else: the state is the to-do list.</summary>
public static class NextStep
{
    public static ImmutableArray<WorkItem> Of(OrderState order, FulfillmentPolicy policy)
    {
        var work = ImmutableArray.CreateBuilder<WorkItem>(4);
        var now = order.ChangedAt;
        var labelBy = order.Deadlines.LabelBy ?? order.Deadlines.DispatchBy;
        var parcels = order.Parcels;

        if (parcels.Any(p => p.Status is ParcelStatus.Intended or ParcelStatus.Unknown || order.IsBoughtElsewhere(p)) && order.Status != OrderStatus.Parked)
        {
            work.Add(new WorkItem(WorkKind.ReadBack, now, labelBy));
        }

        switch (order.Status)
        {
            case OrderStatus.Allocating when parcels.IsEmpty:
                work.Add(new WorkItem(WorkKind.Allocate, now, labelBy));
                break;
            case OrderStatus.AwaitingLabel or OrderStatus.Purchasing when order.Shipping == ShippingMode.PlatformLabel && parcels.Any(order.IsToBuy):
                work.Add(new WorkItem(WorkKind.BuyLabel, order.NextTryAt ?? now, labelBy));
                break;
            case OrderStatus.AwaitingLabel or OrderStatus.Purchasing when order.Shipping == ShippingMode.SellerCarrier && parcels.Any(order.IsToBuy):
                work.Add(new WorkItem(WorkKind.SendTracking, order.NextTryAt ?? now, labelBy));
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
            work.Add(new WorkItem(WorkKind.Reread, now + policy.RereadEvery, null));
        }

        if (QualityRules.NextLook(QualityFacts.Of(order), now) is { } look)
        {
            work.Add(new WorkItem(WorkKind.Audit, look, null));
        }

        return work.ToImmutable();
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
