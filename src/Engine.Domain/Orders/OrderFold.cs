using System.Collections.Immutable;
using Engine.Domain.Cancellations;
using Engine.Domain.Parcels;

namespace Engine.Domain.Orders;

/// <summary>How each event changes what is known. Total: an event that was once written can always be applied.</summary>
public static class OrderFold
{
    /// <param name="at">Business time of the decision, as stored with the event.</param>
    public static OrderState Evolve(OrderState order, OrderEvent happened, DateTimeOffset at)
    {
        var next = Apply(order, happened);
        return next with
        {
            Version = checked(order.Version + 1),
            ChangedAt = at,
            ReceivedAt = order.ReceivedAt ?? at,
            ObservedAt = happened is OrderReceived or OrderUpdated ? at : order.ObservedAt,
        };
    }

    public static OrderState Evolve(OrderState order, IEnumerable<OrderEvent> happened, DateTimeOffset at)
    {
        foreach (var e in happened)
        {
            order = Evolve(order, e, at);
        }

        return order;
    }

    private static OrderState Apply(OrderState order, OrderEvent happened) => happened switch
    {
        OrderReceived e => order with
        {
            Status = e.Status,
            MarketplaceStatus = e.MarketplaceStatus,
            PlacedAt = e.PlacedAt,
            UpdatedAt = e.UpdatedAt,
            Fulfiller = e.Fulfiller,
            Shipping = e.Shipping,
            Deadlines = e.Deadlines,
            CancelRequested = e.CancelRequested,
            WarehouseId = e.WarehouseId,
            DeliveryOptionId = e.DeliveryOptionId,
            Lines = e.Lines,
        },
        OrderUpdated e => order with
        {
            MarketplaceStatus = e.MarketplaceStatus,
            UpdatedAt = e.UpdatedAt,
            Fulfiller = e.Fulfiller,
            Shipping = e.Shipping ?? order.Shipping,
            Deadlines = e.Deadlines,
            CancelRequested = e.CancelRequested,
            WarehouseId = e.WarehouseId,
            DeliveryOptionId = e.DeliveryOptionId,
            Lines = e.Lines,
        },
        OrderPaid => order with { Status = OrderStatus.OnHold },
        OrderReleased e => order with { Status = OrderStatus.Allocating, ReleasedAt = e.At },
        OrderAllocated e => (order with { WarehouseId = e.WarehouseId, Parcels = e.Parcels }).Settle(),
        CancellationRequested => (order with { CancelRequested = true }).Settle(),
        CancellationWithdrawn => (order.WithCase(c => c with { End = c.End ?? CancellationEnd.Closed }) with { CancelRequested = false }).Settle(),
        CancellationSeen e => (order with
        {
            Cancellation = new CancellationCase { CancelId = e.CancelId, RequestedAt = e.RequestedAt, SeenAt = e.SeenAt, AnswerBy = e.AnswerBy },
        }).Settle(),
        CancellationAnswerOrdered e => order.WithCase(c => c with { Ordered = e.Answer, NextTryAt = null }),
        CancellationAnswerIntended e => order.WithCase(c => c with
        {
            Attempt = new AnswerAttempt(e.Attempt, e.Answer, e.IdempotencyKey, e.At, AnswerOutcome.Open),
            NextTryAt = null,
        }),
        CancellationAnswerEnded e => order.WithCase(c => c with
        {
            Attempt = c.Attempt is null ? null : c.Attempt with { Outcome = e.Outcome, At = e.At },
            Refusals = c.Refusals + (e.Outcome is AnswerOutcome.Refused or AnswerOutcome.Unknown ? 1 : 0),
            NextTryAt = e.NextTryAt,
        }),
        CancellationClosed e => order.WithCase(c => c with { End = e.End }).Settle(),
        OrderCancelled e => order with
        {
            Status = OrderStatus.Cancelled,
            CancelledAt = e.At,
            CancelReason = e.Reason,
            CancelRequested = false,
            Cancellation = order.Cancellation is null ? null : order.Cancellation with { End = order.Cancellation.End ?? CancellationEnd.Approved },
            Parcels = [.. order.Parcels.Select(Cancel)],
        },
        PurchaseIntended e => (order with { PurchaseIntendedAt = e.At }).With(e.Parcel, p => p with { Status = ParcelStatus.Intended, Attempt = e.Attempt }),
        PurchaseNotApplied e => order.With(e.Parcel, p => p with { Status = order.Unbought(), Trouble = ParcelTrouble.NotApplied(e.Reason) }),
        PurchaseUnknown e => order.With(e.Parcel, p => p with { Status = ParcelStatus.Unknown, Trouble = ParcelTrouble.Unknown(e.Reason) }),
        ReadBackEmpty e => order.With(e.Parcel, p => p with
        {
            Attempt = p.Attempt is null ? null : p.Attempt with
            {
                EmptyReadBacks = p.Attempt.EmptyReadBacks + 1,
                FirstEmptyReadBackAt = p.Attempt.FirstEmptyReadBackAt ?? e.SystemAt,
                LastEmptyReadBackAt = e.SystemAt,
            },
        }),
        PurchaseCleared e => order.With(e.Parcel, p => p with { Status = order.Unbought() }),
        PurchaseRejected e => (order with { Replans = order.Replans + 1, NextTryAt = e.NextTryAt }).With(e.Parcel, p => p with { Status = order.Unbought(), Trouble = new ParcelTrouble(e.Code) }),
        LabelPurchased e => (order with { Replans = 0, NextTryAt = null }).With(e.Parcel, p => p with
        {
            Status = order.Bought(ParcelStatus.Purchased),
            PackageId = e.PackageId,
            HeldSince = p.HeldSince ?? e.At,
            Trouble = null,
            Price = e.Price,
            CarrierId = e.CarrierId,
            CarrierName = e.CarrierName,
        }),
        LabelAdopted e => (order with { Replans = 0, NextTryAt = null }).With(e.Parcel, p => p with
        {
            Status = order.Bought(ParcelStatus.Adopted),
            PackageId = e.PackageId,
            HeldSince = p.HeldSince ?? e.At,
            Trouble = null,
            TrackingNumber = e.TrackingNumber,
            CarrierId = e.CarrierId,
            CarrierName = e.CarrierName,
        }),
        LabelStored e => order.With(e.Parcel, p => p with
        {
            Status = p.Status is ParcelStatus.Scanned or ParcelStatus.Cancelled ? p.Status : ParcelStatus.Ready,
            LabelKey = e.LabelKey,
            TrackingNumber = e.TrackingNumber ?? p.TrackingNumber,
        }),
        TrackingSubmitted e => order.With(e.Parcel, p => p with { TrackingNumber = e.TrackingNumber, CarrierId = e.CarrierId, HeldSince = p.HeldSince ?? e.At }),
        TrackingConfirmed e => order.With(e.Parcel, p => p with { Status = order.Bought(ParcelStatus.Ready), PackageId = e.PackageId, Trouble = null }),
        CarrierScanned e => order with
        {
            Status = order.Status == OrderStatus.PlatformFulfilled ? order.Status : OrderStatus.InTransit,
            FirstScanAt = e.ScannedAt,
            Late = e.Late,
            Parcels = [.. order.Parcels.Select(p => p.IsOpen() || p.Status == ParcelStatus.Cancelled ? p : p with { Status = ParcelStatus.Scanned })],
        },
        ScanMissing => order with { ScanAlarmRaised = true },
        OrderDelivered => order with { Status = order.Status == OrderStatus.PlatformFulfilled ? order.Status : OrderStatus.Delivered },
        OrderCompleted => order with { Status = OrderStatus.Completed },
        OrderParked e => order with
        {
            Status = OrderStatus.Parked,
            ParkedReason = e.Reason,
            ParkedDetail = e.Detail,
            ParkedAt = e.At,
            ParkedFrom = order.Status == OrderStatus.Parked ? order.ParkedFrom : order.Status,
        },
        OrderResumed => (order with { Status = order.Unparked(), ParkedReason = null, ParkedDetail = null, ParkedAt = null, ParkedFrom = null }).Settle(),
        _ => throw new InvalidOperationException($"No fold for {happened.GetType().Name}."),
    };

    /// <summary>Where an order goes on that leaves the person it stood before; what is in our hands follows from its parcels.</summary>
    private static OrderStatus Unparked(this OrderState order) => order.ParkedFrom switch
    {
        OrderStatus.Unpaid or OrderStatus.PlatformFulfilled => order.Fulfiller == Fulfiller.Platform ? OrderStatus.PlatformFulfilled : OrderStatus.Unpaid,
        OrderStatus.OnHold => OrderStatus.OnHold,
        OrderStatus.InTransit or OrderStatus.Delivered => order.ParkedFrom.Value,
        _ => OrderStatus.Allocating,
    };

    private static OrderState WithCase(this OrderState order, Func<CancellationCase, CancellationCase> change) =>
        order.Cancellation is null ? order : order with { Cancellation = change(order.Cancellation) };

    /// <summary>Where a parcel stands whose attempt is known to have bought nothing.</summary>
    private static ParcelStatus Unbought(this OrderState order) =>
        order.Status == OrderStatus.Cancelled ? ParcelStatus.Cancelled : ParcelStatus.Planned;

    /// <summary>A parcel with an open attempt stays open: its label may have been sold, and must be found.</summary>
    private static Parcel Cancel(Parcel parcel) => parcel.IsOpen() ? parcel : parcel with { Status = ParcelStatus.Cancelled };

    private static bool IsOpen(this Parcel parcel) => parcel.Status is ParcelStatus.Intended or ParcelStatus.Unknown;

    /// <summary>Where a parcel stands whose label is found to be bought: its order may have gone on meanwhile.</summary>
    private static ParcelStatus Bought(this OrderState order, ParcelStatus how) =>
        order.Status == OrderStatus.Cancelled ? ParcelStatus.Cancelled : order.FirstScanAt is not null ? ParcelStatus.Scanned : how;

    private static OrderState With(this OrderState order, ParcelId parcel, Func<Parcel, Parcel> change) =>
        (order with { Parcels = [.. order.Parcels.Select(p => p.Id == parcel ? change(p) : p)] }).Settle();

    /// <summary>The order's status as it follows from its parcels, while the order is in our hands.</summary>
    private static OrderState Settle(this OrderState order)
    {
        if (order.Status is OrderStatus.Cancelled or OrderStatus.Completed or OrderStatus.Delivered or OrderStatus.InTransit
            or OrderStatus.PlatformFulfilled or OrderStatus.Parked or OrderStatus.Unpaid or OrderStatus.OnHold)
        {
            return order;
        }

        var parcels = order.Parcels;
        var status = parcels switch
        {
            [] => OrderStatus.Allocating,
            _ when parcels.Any(p => p.Status == ParcelStatus.Unknown) => OrderStatus.LabelUnknown,
            _ when parcels.Any(p => p.Status == ParcelStatus.Intended) => OrderStatus.Purchasing,
            _ when parcels.All(p => p.Status is ParcelStatus.Purchased or ParcelStatus.Adopted or ParcelStatus.Ready) => OrderStatus.AwaitingCollection,
            _ when order.HasOpenRequest => OrderStatus.CancelRequested,
            _ when order.Shipping == ShippingMode.SellerCarrier && parcels.Any(p => p.Status == ParcelStatus.Planned && p.TrackingNumber is null) => OrderStatus.NeedsTracking,
            _ => OrderStatus.AwaitingLabel,
        };
        return order with { Status = status };
    }
}
