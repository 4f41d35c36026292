using System.Collections.Immutable;
using Engine.Domain.Cancellations;
using Engine.Domain.Labels;
using Engine.Domain.Parcels;
using Engine.Domain.Ports;

namespace Engine.Domain.Orders;

/// <summary>Everything that can have happened to an order. Stored for ever: names in <see cref="OrderEventNames"/>, members only ever added.</summary>
/// <remarks>No member may carry a token, a secret or a buyer's person.</remarks>
public abstract record OrderEvent;

/// <summary>The deadlines the marketplace has given; see <see cref="MarketplaceOrder"/> for each.</summary>
public sealed record OrderDeadlines(
    DateTimeOffset? LabelBy,
    DateTimeOffset? DispatchBy,
    DateTimeOffset? CancelledIfUnlabelledAt,
    DateTimeOffset? CancelledIfUnscannedAt);

/// <summary>First seen, in whatever state the marketplace had it.</summary>
public sealed record OrderReceived(
    OrderStatus Status,
    MarketplaceStatus MarketplaceStatus,
    DateTimeOffset PlacedAt,
    DateTimeOffset UpdatedAt,
    Fulfiller Fulfiller,
    ShippingMode Shipping,
    OrderDeadlines Deadlines,
    bool CancelRequested,
    string? WarehouseId,
    string? DeliveryOptionId,
    ImmutableArray<OrderLine> Lines) : OrderEvent;

/// <summary>The marketplace changed facts that steer us; the status changes come as their own events.</summary>
/// <param name="Fulfiller">Differs from before only when the order could not be understood before; so <paramref name="Shipping"/>, null = as before.</param>
public sealed record OrderUpdated(
    MarketplaceStatus MarketplaceStatus,
    DateTimeOffset UpdatedAt,
    OrderDeadlines Deadlines,
    OrderDeadlines FormerDeadlines,
    bool CancelRequested,
    string? WarehouseId,
    string? DeliveryOptionId,
    Fulfiller Fulfiller,
    ImmutableArray<OrderLine> Lines,
    ShippingMode? Shipping = null) : OrderEvent;

/// <summary>Paid, now in the remorse hour.</summary>
public sealed record OrderPaid(DateTimeOffset At) : OrderEvent;

/// <summary>The hold ended (or there was none): may be fulfilled from now on.</summary>
public sealed record OrderReleased(DateTimeOffset At) : OrderEvent;

/// <summary>Warehouse taken and parcels planned.</summary>
public sealed record OrderAllocated(string? WarehouseId, ImmutableArray<Parcel> Parcels) : OrderEvent;

/// <summary>The buyer asks to cancel; nothing of the order is bought while that is open.</summary>
public sealed record CancellationRequested(DateTimeOffset At) : OrderEvent;

/// <summary>The request was withdrawn or refused.</summary>
public sealed record CancellationWithdrawn(DateTimeOffset At) : OrderEvent;

/// <summary>The marketplace cancelled the order.</summary>
/// <param name="DispatchBy">The deadline in force, for readers that keep no state.</param>
/// <param name="WasScanned">A carrier had scanned it before.</param>
public sealed record OrderCancelled(
    DateTimeOffset At, string? Reason, DateTimeOffset? DispatchBy, Fulfiller Fulfiller, bool WasScanned) : OrderEvent;

/// <summary>What an attempt is for.</summary>
public enum PurchaseKind
{
    BuyLabel = 0,
    SendTracking = 1,
}

/// <summary>Durable before the call leaves: a label is about to be bought (or a tracking number sent).</summary>
public sealed record PurchaseIntended(ParcelId Parcel, PurchaseKind Kind, PurchaseAttempt Attempt, DateTimeOffset At) : OrderEvent;

/// <summary>The attempt surely had no effect (never sent, rate limited): the next may start at once.</summary>
public sealed record PurchaseNotApplied(ParcelId Parcel, int Attempt, string Reason, DateTimeOffset At) : OrderEvent;

/// <summary>Nobody knows whether the attempt took effect; from here only reading helps.</summary>
public sealed record PurchaseUnknown(ParcelId Parcel, int Attempt, string Reason, DateTimeOffset At) : OrderEvent;

/// <summary>A read-back since the unknown attempt showed no package on its lines. System time.</summary>
public sealed record ReadBackEmpty(ParcelId Parcel, int Attempt, DateTimeOffset SystemAt) : OrderEvent;

/// <summary>The unknown attempt is proven to have bought nothing: signature dead, time waited, read twice.</summary>
public sealed record PurchaseCleared(ParcelId Parcel, int Attempt, DateTimeOffset At) : OrderEvent;

/// <summary>The platform refused the attempt; it had no effect.</summary>
/// <param name="NextTryAt">Business time before which it is not tried again; null when a person must act first.</param>
public sealed record PurchaseRejected(
    ParcelId Parcel, int Attempt, RefusalClass Class, string Code, string Message, DateTimeOffset? NextTryAt, DateTimeOffset At) : OrderEvent;

/// <summary>A label was bought by our attempt.</summary>
public sealed record LabelPurchased(
    ParcelId Parcel,
    int Attempt,
    string PackageId,
    LabelPrice? Price,
    string? CarrierId,
    string? CarrierName,
    DateTimeOffset At) : OrderEvent;

/// <summary>A package that exists at the marketplace and holds exactly our lines was taken over.</summary>
/// <param name="Attempt">Our attempt that most likely made it; 0 when bought elsewhere.</param>
public sealed record LabelAdopted(
    ParcelId Parcel,
    int Attempt,
    string PackageId,
    string? TrackingNumber,
    string? CarrierId,
    string? CarrierName,
    DateTimeOffset At) : OrderEvent;

/// <summary>The label file is in the vault.</summary>
public sealed record LabelStored(ParcelId Parcel, string LabelKey, string? TrackingNumber, DateTimeOffset At) : OrderEvent;

/// <summary>The seller's own tracking number was handed in.</summary>
public sealed record TrackingSubmitted(ParcelId Parcel, string TrackingNumber, string CarrierId, DateTimeOffset At) : OrderEvent;

/// <summary>The marketplace accepted the tracking number.</summary>
public sealed record TrackingConfirmed(ParcelId Parcel, int Attempt, string PackageId, string? Warning, DateTimeOffset At) : OrderEvent;

/// <summary>How an instant of dispatch is known.</summary>
public enum ScanSource
{
    /// <summary>The platform's own timestamp.</summary>
    Platform = 0,

    /// <summary>Our time of seeing the state, for want of a timestamp.</summary>
    Observed = 1,
}

/// <summary>First carrier scan: dispatched, on time or late by <paramref name="Rule"/>.</summary>
/// <param name="DispatchBy">The deadline it was held against; null when the platform gave none.</param>
/// <param name="Late">Scanned after <paramref name="DispatchBy"/>; equal is on time.</param>
public sealed record CarrierScanned(
    DateTimeOffset ScannedAt,
    ScanSource Source,
    DateTimeOffset? DispatchBy,
    bool Late,
    string Rule,
    Fulfiller Fulfiller) : OrderEvent;

/// <summary>Labelled, unscanned, and the deadline is near: someone should look for the parcel.</summary>
public sealed record ScanMissing(DateTimeOffset At, DateTimeOffset? DispatchBy) : OrderEvent;

public sealed record OrderDelivered(DateTimeOffset At) : OrderEvent;

public sealed record OrderCompleted(DateTimeOffset At) : OrderEvent;

/// <summary>Given to a person.</summary>
/// <param name="Reason">From <see cref="ParkReason"/>; stored as text.</param>
/// <param name="Detail">Which thing, and what to do; no personal data.</param>
public sealed record OrderParked(string Reason, string Detail, DateTimeOffset At) : OrderEvent;

/// <summary>A person (or new facts) put the order back to work.</summary>
public sealed record OrderResumed(DateTimeOffset At) : OrderEvent;

/// <summary>Why an order stands before a person. Stored and shown by name.</summary>
public static class ParkReason
{
    public const string NoMeasure = "no_parcel_measure";
    public const string FixData = "platform_asks_for_data";
    public const string Unlisted = "platform_refused_unlisted";
    public const string PurchaseInDoubt = "purchase_in_doubt";
    public const string ForeignPackage = "package_holds_other_lines";

    /// <summary>The package of an open attempt was cancelled under a living order.</summary>
    public const string PackageCancelled = "package_cancelled_elsewhere";

    /// <summary>Our attempt bought a label for lines that have another label by now: somebody else bought one too.</summary>
    public const string SecondLabel = "second_label_on_lines";

    public const string Bug = "request_refused_as_wrong";
    public const string CancellationAsked = "cancellation_asked";
    public const string CancellationRefused = "cancellation_answer_refused";
    public const string Untranslatable = "order_not_understood";
    public const string Unstorable = "order_not_storable";
    public const string PartlyShippedElsewhere = "partly_shipped_elsewhere";
}

/// <summary>What an event is about, within its order.</summary>
public static class OrderEventSubject
{
    /// <summary>The parcel that it happened to; null: the order as a whole.</summary>
    public static ParcelId? ParcelOf(OrderEvent happened) => happened switch
    {
        PurchaseIntended e => e.Parcel,
        PurchaseNotApplied e => e.Parcel,
        PurchaseUnknown e => e.Parcel,
        ReadBackEmpty e => e.Parcel,
        PurchaseCleared e => e.Parcel,
        PurchaseRejected e => e.Parcel,
        LabelPurchased e => e.Parcel,
        LabelAdopted e => e.Parcel,
        LabelStored e => e.Parcel,
        TrackingSubmitted e => e.Parcel,
        TrackingConfirmed e => e.Parcel,
        _ => null,
    };
}

/// <summary>Stored names of the events: a promise, never changed. A new shape gets a new schema number.</summary>
public static class OrderEventNames
{
    private static readonly (Type Type, string Name, short Schema)[] All =
    [
        (typeof(OrderReceived), "order.received", 1),
        (typeof(OrderUpdated), "order.updated", 1),
        (typeof(OrderPaid), "order.on_hold", 1),
        (typeof(OrderReleased), "order.ready", 1),
        (typeof(OrderAllocated), "order.routed", 1),
        (typeof(CancellationRequested), "order.cancel_requested", 1),
        (typeof(CancellationWithdrawn), "order.cancel_decided", 1),
        (typeof(CancellationSeen), "order.cancel_seen", 1),
        (typeof(CancellationAnswerOrdered), "order.cancel_answer_ordered", 1),
        (typeof(CancellationAnswerIntended), "order.cancel_answer_intended", 1),
        (typeof(CancellationAnswerEnded), "order.cancel_answered", 1),
        (typeof(CancellationClosed), "order.cancel_closed", 1),
        (typeof(OrderCancelled), "order.cancelled", 1),
        (typeof(PurchaseIntended), "label.intended", 1),
        (typeof(PurchaseNotApplied), "label.not_applied", 1),
        (typeof(PurchaseUnknown), "label.unknown", 1),
        (typeof(ReadBackEmpty), "label.read_back_empty", 1),
        (typeof(PurchaseCleared), "label.cleared", 1),
        (typeof(PurchaseRejected), "label.failed", 1),
        (typeof(LabelPurchased), "label.purchased", 1),
        (typeof(LabelAdopted), "label.adopted", 1),
        (typeof(LabelStored), "label.document_ready", 1),
        (typeof(TrackingSubmitted), "tracking.submitted", 1),
        (typeof(TrackingConfirmed), "tracking.confirmed", 1),
        (typeof(CarrierScanned), "package.first_scan", 1),
        (typeof(ScanMissing), "package.scan_missing", 1),
        (typeof(OrderDelivered), "package.delivered", 1),
        (typeof(OrderCompleted), "order.completed", 1),
        (typeof(OrderParked), "exception.opened", 1),
        (typeof(OrderResumed), "exception.resolved", 1),
    ];

    private static readonly Dictionary<Type, (string Name, short Schema)> ByType = All.ToDictionary(e => e.Type, e => (e.Name, e.Schema));
    private static readonly Dictionary<(string Name, short Schema), Type> ByName = All.ToDictionary(e => (e.Name, e.Schema), e => e.Type);

    public static IReadOnlyCollection<Type> Types => ByType.Keys;

    public static (string Name, short Schema) Of(OrderEvent happened) => ByType[happened.GetType()];

    /// <exception cref="KeyNotFoundException">An event of a newer engine: this one refuses to guess.</exception>
    public static Type TypeOf(string name, short schema) => ByName.TryGetValue((name, schema), out var type)
        ? type
        : throw new KeyNotFoundException($"Stored event '{name}' with schema {schema} is not known to this version of the engine; run the newer version.");
}
