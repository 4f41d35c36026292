using System.Collections.Immutable;
using Engine.Domain.Parcels;
using Engine.Domain.Ports;

namespace Engine.Domain.Orders;

/// <summary>The purchase protocol: intent, outcome, read-back (design 2.10 and 2.11). Nothing is bought without passing here.</summary>
internal static class PurchaseDecisions
{
    public static Decision Intend(OrderState order, IntendPurchase command, FulfillmentPolicy policy)
    {
        if (order.Find(command.Parcel) is not { } parcel)
        {
            return OrderDecider.NoParcel(order, command.Parcel);
        }

        if (parcel.Status is ParcelStatus.Intended or ParcelStatus.Unknown)
        {
            return Decision.Refuse(RefusalReason.AttemptOpen, $"Parcel {parcel.Id} has an attempt without a recorded end.");
        }

        if (order.HasOpenRequest)
        {
            return Decision.Refuse(RefusalReason.CancellationPending, $"Order {order.Key} has a cancellation request open.");
        }

        if (parcel.Status != ParcelStatus.Planned || order.Status is not (OrderStatus.AwaitingLabel or OrderStatus.Purchasing)
            || (!order.IsShippable() && !PlantedBugs.NoReadBack) || order.IsBoughtElsewhere(parcel))
        {
            return Decision.Refuse(
                RefusalReason.WrongStatus,
                $"Order {order.Key} is {order.Status} (marketplace: {order.MarketplaceStatus}) and its parcel {parcel.Id} is {parcel.Status}: nothing to buy.");
        }

        if (command.SignedAt - command.ReadAt > policy.MaxReadAge)
        {
            return Decision.Refuse(
                RefusalReason.ReadTooOld, $"Order {order.Key} was last read at {command.ReadAt:O}, more than {policy.MaxReadAge} before sending.");
        }

        var attempt = new PurchaseAttempt(checked((parcel.Attempt?.Number ?? 0) + 1), command.RequestHash, command.SignedAt, command.ReadAt);
        return Decision.Accept(new PurchaseIntended(parcel.Id, command.Kind, attempt, command.Now));
    }

    private static bool IsShippable(this OrderState order) =>
        order.MarketplaceStatus is MarketplaceStatus.AwaitingShipment or MarketplaceStatus.PartiallyShipping;

    public static Decision Record(OrderState order, RecordPurchase command, FulfillmentPolicy policy) =>
        Record(order, command.Parcel, command.Attempt, command.Outcome, command.Now, policy, bought =>
            new LabelPurchased(command.Parcel, command.Attempt, bought.PackageId, bought.Price, bought.CarrierId, bought.CarrierName, command.Now),
            bought => bought.PackageId);

    public static Decision Record(OrderState order, RecordTracking command, FulfillmentPolicy policy) =>
        Record(order, command.Parcel, command.Attempt, command.Outcome, command.Now, policy, accepted =>
            new TrackingConfirmed(command.Parcel, command.Attempt, accepted.PackageId, accepted.Warning, command.Now),
            accepted => accepted.PackageId);

    private static Decision Record<T>(
        OrderState order,
        ParcelId parcelId,
        int attempt,
        CallOutcome<T> outcome,
        DateTimeOffset now,
        FulfillmentPolicy policy,
        Func<T, OrderEvent> success,
        Func<T, string> packageOf)
    {
        if (order.Find(parcelId) is not { } parcel)
        {
            return OrderDecider.NoParcel(order, parcelId);
        }

        if (parcel.Attempt?.Number != attempt || parcel.Status is not (ParcelStatus.Intended or ParcelStatus.Unknown))
        {
            // Someone else has already settled this attempt: a read-back that adopted its package, say; or that of somebody else.
            return outcome is CallOutcome<T>.Succeeded { Value: var late } && packageOf(late) != parcel.PackageId
                && !order.Status.IsFinal() && order.Status != OrderStatus.Parked
                ? Decision.Accept(new OrderParked(
                    ParkReason.SecondLabel,
                    $"Attempt {attempt} bought package {packageOf(late)} for parcel {parcel.Id}, which has another (package {parcel.PackageId ?? "of a later attempt"}). Void one of them in Seller Center, then resume.",
                    now))
                : Decision.AlreadyDone;
        }

        return outcome switch
        {
            CallOutcome<T>.Succeeded s => Decision.Accept(success(s.Value)),
            CallOutcome<T>.RateLimited l => Decision.Accept(new PurchaseNotApplied(parcelId, attempt, l.Describe(), now)),
            CallOutcome<T>.NotApplied n => Decision.Accept(new PurchaseNotApplied(parcelId, attempt, n.Reason, now)),
            CallOutcome<T>.Unknown when parcel.Status == ParcelStatus.Unknown => Decision.AlreadyDone,
            CallOutcome<T>.Unknown u => Decision.Accept(new PurchaseUnknown(parcelId, attempt, u.Reason, now)),
            CallOutcome<T>.Rejected r => Refused(order, parcelId, attempt, r.Class, r.Code, r.Message, now, policy),
            _ => throw new InvalidOperationException(outcome.GetType().Name),
        };
    }

    private static Decision Refused(
        OrderState order, ParcelId parcel, int attempt, RefusalClass refusal, string code, string message, DateTimeOffset now, FulfillmentPolicy policy)
    {
        var text = $"{code}: {message}";
        PurchaseRejected Rejected(DateTimeOffset? nextTry) => new(parcel, attempt, refusal, code, message, nextTry, now);
        Decision Person(string reason, string detail) => Decision.Accept(Rejected(null), new OrderParked(reason, detail, now));
        switch (refusal)
        {
            // Proof that an earlier try worked, or is still at work: reading decides.
            case RefusalClass.AlreadyDone or RefusalClass.InProgress or RefusalClass.Unlisted or RefusalClass.RetryLater:
                return Decision.Accept(new PurchaseUnknown(parcel, attempt, text, now));
            case RefusalClass.Authorization:
                return Decision.Accept(new PurchaseNotApplied(parcel, attempt, text, now));
            case RefusalClass.StateConflict when order.Replans < policy.ReplansMax:
                return Decision.Accept(Rejected(now + FulfillmentPolicy.PauseAfter(order.Replans)));
            case RefusalClass.StateConflict:
                return Person(ParkReason.FixData, $"The marketplace refused the label {policy.ReplansMax} times, last with {text}. Look at the order in Seller Center, then resume.");
            case RefusalClass.FixData:
                return Person(ParkReason.FixData, $"The marketplace wants corrected data: {text}. Correct it, then resume.");
            case RefusalClass.Bug:
                return Person(ParkReason.Bug, $"The marketplace calls the request wrong: {text}. Report this to the engine's makers.");
            default:
                throw new InvalidOperationException($"No rule for refusals of class {refusal}.");
        }
    }

    public static Decision Abandon(OrderState order, AbandonAttempt command)
    {
        if (order.Find(command.Parcel) is not { } parcel)
        {
            return OrderDecider.NoParcel(order, command.Parcel);
        }

        if (PlantedBugs.NoReadBack && parcel.Status == ParcelStatus.Intended)
        {
            return Decision.Accept(new PurchaseNotApplied(command.Parcel, command.Attempt, "planted bug: not read back", command.Now));
        }

        return parcel.Status == ParcelStatus.Intended && parcel.Attempt?.Number == command.Attempt
            ? Decision.Accept(new PurchaseUnknown(command.Parcel, command.Attempt, "its end was never recorded", command.Now))
            : Decision.AlreadyDone;
    }

    public static Decision ReadBack(OrderState order, RecordReadBack command, FulfillmentPolicy policy)
    {
        if (order.Find(command.Parcel) is not { } parcel)
        {
            return OrderDecider.NoParcel(order, command.Parcel);
        }

        if (parcel.Status is not (ParcelStatus.Intended or ParcelStatus.Unknown or ParcelStatus.Planned))
        {
            return Decision.AlreadyDone;
        }

        if (command.Package is { } package && Take(order, parcel, package, command, policy) is { } taken)
        {
            return taken;
        }

        return parcel.Attempt is { } attempt && parcel.Status != ParcelStatus.Planned
            ? FoundNothing(parcel, attempt, command, policy)
            : Decision.AlreadyDone;
    }

    /// <summary>A package that went down with its order was paid all the same, and is known from now on. One that was cancelled under an order
    /// that we take for alive proves that the attempt did something: either the order is cancelled too by now, or a person did it.</summary>
    private static Decision? Take(OrderState order, Parcel parcel, MarketplacePackage package, RecordReadBack command, FulfillmentPolicy policy) => parcel switch
    {
        _ when !package.Cancelled || order.Status == OrderStatus.Cancelled => Adopt(order, parcel, package, command),
        { Status: ParcelStatus.Planned } or { Attempt: null } => null,
        { Attempt: { } attempt } when order.Status.IsFinal() || order.Status == OrderStatus.Parked || command.SystemNow < policy.FenceOf(attempt.SignedAt) =>
            Decision.AlreadyDone,
        _ => Decision.Accept(new OrderParked(
            ParkReason.PackageCancelled,
            $"Package {package.PackageId} of our parcel {parcel.Id} was cancelled. If the order is to be shipped, buy its label in Seller Center, then resume.",
            command.Now)),
    };

    /// <summary>Null: the package says nothing about the parcel, and nobody is to be asked about an order that is over.</summary>
    private static Decision? Adopt(OrderState order, Parcel parcel, MarketplacePackage package, RecordReadBack command)
    {
        var ours = parcel.LineIds.ToHashSet(StringComparer.Ordinal);
        var exactly = ours.SetEquals(package.LineIds) && package.OrderIds.All(id => id == order.Key.OrderId);
        return exactly
            ? Decision.Accept(new LabelAdopted(
                parcel.Id,
                parcel.Status == ParcelStatus.Planned ? 0 : parcel.Attempt?.Number ?? 0,
                package.PackageId,
                package.TrackingNumber,
                package.CarrierId,
                package.CarrierName,
                command.Now))
            : order.Status.IsFinal() ? null
            : order.Status == OrderStatus.Parked ? Decision.AlreadyDone : Decision.Accept(new OrderParked(
                ParkReason.ForeignPackage,
                $"Package {package.PackageId} at the marketplace holds other lines than our parcel {parcel.Id}. Decide in Seller Center which is right, then resume.",
                command.Now));
    }

    /// <summary>Only what is read after the fence proves anything: before it, the attempt may still take effect.</summary>
    private static Decision FoundNothing(Parcel parcel, PurchaseAttempt attempt, RecordReadBack command, FulfillmentPolicy policy)
    {
        if (PlantedBugs.NoFence)
        {
            return Decision.Accept(new PurchaseCleared(parcel.Id, attempt.Number, command.Now));
        }

        if (command.SystemNow < policy.FenceOf(attempt.SignedAt))
        {
            return Decision.AlreadyDone;
        }

        var empty = new ReadBackEmpty(parcel.Id, attempt.Number, command.SystemNow);
        return attempt.FirstEmptyReadBackAt switch
        {
            null => Decision.Accept(empty),
            { } first when command.SystemNow - first >= policy.VisibilityBound =>
                Decision.Accept(empty, new PurchaseCleared(parcel.Id, attempt.Number, command.Now)),
            _ => Decision.AlreadyDone,
        };
    }
}
