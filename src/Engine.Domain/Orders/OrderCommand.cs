using System.Collections.Immutable;
using Engine.Domain.Cancellations;
using Engine.Domain.Labels;
using Engine.Domain.Parcels;
using Engine.Domain.Ports;

namespace Engine.Domain.Orders;

/// <summary>Everything that can be asked of an order.</summary>
public abstract record OrderCommand;

/// <summary>The marketplace says this about the order; seen at business instant <paramref name="Now"/>.</summary>
/// <param name="Measures">Weight and size of one unit by line id, where known already: then a released order is allocated at once.</param>
public sealed record ObserveOrder(
    MarketplaceOrder Facts, DateTimeOffset Now, ImmutableDictionary<string, ParcelMeasure>? Measures = null) : OrderCommand;

/// <summary>Take the warehouse and plan the parcels. <paramref name="Measures"/>: weight and size of one unit by line id; a missing line has none known.</summary>
public sealed record AllocateOrder(string? WarehouseId, ImmutableDictionary<string, ParcelMeasure> Measures, DateTimeOffset Now) : OrderCommand;

/// <summary>Record that a label is about to be bought (or a tracking number sent).</summary>
/// <param name="ReadAt">System time of the newest re-read of the order.</param>
/// <param name="SignedAt">System time that the request will carry.</param>
public sealed record IntendPurchase(
    ParcelId Parcel, PurchaseKind Kind, string RequestHash, DateTimeOffset ReadAt, DateTimeOffset SignedAt, DateTimeOffset Now) : OrderCommand;

/// <summary>How an attempt to buy ended.</summary>
public sealed record RecordPurchase(ParcelId Parcel, int Attempt, CallOutcome<PurchasedLabel> Outcome, DateTimeOffset Now) : OrderCommand;

/// <summary>How an attempt to send a tracking number ended.</summary>
public sealed record RecordTracking(ParcelId Parcel, int Attempt, CallOutcome<TrackingAccepted> Outcome, DateTimeOffset Now) : OrderCommand;

/// <summary>An open attempt of an activation that is gone: its end was never recorded.</summary>
public sealed record AbandonAttempt(ParcelId Parcel, int Attempt, DateTimeOffset Now) : OrderCommand;

/// <summary>What a read-back of a parcel's lines showed. <paramref name="Package"/> null: no package holds any of them.</summary>
/// <param name="SystemNow">System instant at which the read was started.</param>
public sealed record RecordReadBack(ParcelId Parcel, MarketplacePackage? Package, DateTimeOffset SystemNow, DateTimeOffset Now) : OrderCommand;

/// <summary>The label file is in the vault.</summary>
public sealed record RecordLabelFile(ParcelId Parcel, string LabelKey, string? TrackingNumber, DateTimeOffset Now) : OrderCommand;

/// <summary>The seller hands in its own carrier's tracking number. Null parcel: the order's only one.</summary>
public sealed record SubmitTracking(ParcelId? Parcel, string TrackingNumber, string CarrierId, DateTimeOffset Now) : OrderCommand;

/// <summary>The alarm time of a labelled order has come.</summary>
public sealed record CheckScan(DateTimeOffset Now) : OrderCommand;

/// <summary>The buyer's request to cancel was read just now: decide, and record the intent where an answer is due.</summary>
public sealed record SettleCancellation(CancellationRequest Request, DateTimeOffset Now) : OrderCommand;

/// <summary>How a try to answer a buyer's request ended.</summary>
public sealed record RecordCancellationAnswer(string CancelId, int Attempt, CallOutcome<CancellationAnswer> Outcome, DateTimeOffset Now) : OrderCommand;

/// <summary>A person decides what to answer the buyer.</summary>
public sealed record AnswerCancellation(CancellationAnswer Answer, DateTimeOffset Now) : OrderCommand;

/// <summary>The marketplace has this order, but it cannot be taken in: recorded as an exception, so that it is never forgotten and its neighbours go on.</summary>
/// <param name="Detail">What is wrong; no values of the document, no personal data.</param>
public sealed record RecordPoison(DateTimeOffset PlacedAt, DateTimeOffset UpdatedAt, string Detail, DateTimeOffset Now) : OrderCommand;

/// <summary>Give the order to a person.</summary>
public sealed record ParkOrder(string Reason, string Detail, DateTimeOffset Now) : OrderCommand;

/// <summary>Put a parked order back to work.</summary>
public sealed record ResumeOrder(DateTimeOffset Now) : OrderCommand;

/// <summary>Closed set of reasons for refusing a command; stable codes of the API.</summary>
public enum RefusalReason
{
    UnknownOrder,
    UnknownParcel,
    WrongStatus,
    CancellationPending,
    ReadTooOld,
    AttemptOpen,
    NotSellerShipped,
    ParcelMissing,
    TrackingInvalid,
    NoCancellationPending,
    AnswerNeeded,
}

/// <summary>What a command leads to.</summary>
public abstract record Decision
{
    private Decision()
    {
    }

    public sealed record Accepted(ImmutableArray<OrderEvent> Events) : Decision;

    /// <summary>Already so: success to the caller, no new event.</summary>
    public sealed record Nothing : Decision;

    public sealed record Refused(RefusalReason Reason, string Message) : Decision;

    public static readonly Decision AlreadyDone = new Nothing();

    public static Decision Accept(params ReadOnlySpan<OrderEvent> events) => new Accepted([.. events]);

    public static Decision Refuse(RefusalReason reason, string message) => new Refused(reason, message);
}
