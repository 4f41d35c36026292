using System.Collections.Immutable;

namespace Engine.Domain.Orders;

/// <summary>An order's status in neutral words; each channel's adapter translates its own.</summary>
public enum MarketplaceStatus
{
    /// <summary>A word this version does not know: stored, shown, never acted on.</summary>
    Unrecognised = 0,
    Unpaid = 1,
    OnHold = 2,
    AwaitingShipment = 3,
    PartiallyShipping = 4,
    AwaitingCollection = 5,
    InTransit = 6,
    Delivered = 7,
    Completed = 8,
    Cancelled = 9,
}

/// <summary>Who picks, packs and ships.</summary>
public enum Fulfiller
{
    Seller = 0,

    /// <summary>The marketplace itself (FBT): do not ship, not part of the LDR.</summary>
    Platform = 1,
}

/// <summary>Whose carrier contract moves the parcel.</summary>
public enum ShippingMode
{
    /// <summary>Label bought from the marketplace.</summary>
    PlatformLabel = 0,

    /// <summary>The seller's own carrier; the marketplace is told the tracking number.</summary>
    SellerCarrier = 1,
}

/// <summary>One unit of one SKU. Marketplaces that send one line per unit have quantity 1.</summary>
/// <param name="TrackingNumber">As the marketplace shows it for this line; null = none. Not in events stored before it was added.</param>
public sealed record OrderLine(
    string LineId,
    string SkuId,
    string? SellerSku,
    string ProductId,
    int Quantity,
    bool Cancelled,
    string? PackageId,
    string? TrackingNumber = null);

/// <summary>What the marketplace says about an order, as read just now: translated, and without the buyer's person.</summary>
/// <remarks>All instants are UTC. Deadlines are the platform's own timestamps (policy rule CFG-PLATFORM-FIRST).</remarks>
public sealed record MarketplaceOrder
{
    public required string OrderId { get; init; }

    public required MarketplaceStatus Status { get; init; }

    /// <summary>With <see cref="MarketplaceStatus.Unrecognised"/>: which part could not be understood. No values of the document, no personal data.</summary>
    public string? NotUnderstood { get; init; }

    /// <summary>The marketplace's version of the order: facts with an older one never replace newer ones.</summary>
    public required DateTimeOffset UpdatedAt { get; init; }

    public required DateTimeOffset PlacedAt { get; init; }

    public DateTimeOffset? PaidAt { get; init; }

    public Fulfiller Fulfiller { get; init; }

    public ShippingMode Shipping { get; init; }

    /// <summary>Ship-by that steers buying (TikTok: rts_sla_time). Not scored.</summary>
    public DateTimeOffset? LabelBy { get; init; }

    /// <summary>Latest first carrier scan that is still on time, inclusive (TikTok: tts_sla_time). The LDR deadline.</summary>
    public DateTimeOffset? DispatchBy { get; init; }

    /// <summary>The platform cancels if nothing is arranged by then (TikTok: shipping_due_time, else cancel_order_sla_time).</summary>
    public DateTimeOffset? CancelledIfUnlabelledAt { get; init; }

    /// <summary>The platform cancels if no scan is seen by then (TikTok: collection_due_time).</summary>
    public DateTimeOffset? CancelledIfUnscannedAt { get; init; }

    /// <summary>First carrier scan by the platform's clock (TikTok: collection_time).</summary>
    public DateTimeOffset? FirstScanAt { get; init; }

    public DateTimeOffset? DeliveredAt { get; init; }

    public DateTimeOffset? CancelledAt { get; init; }

    /// <summary>A buyer's cancellation request is pending.</summary>
    public bool CancelRequested { get; init; }

    /// <summary>The marketplace's own reason word and initiator, where the order is cancelled.</summary>
    public string? CancelReason { get; init; }

    public string? WarehouseId { get; init; }

    /// <summary>Key for the carriers that a seller-shipped order may use.</summary>
    public string? DeliveryOptionId { get; init; }

    public ImmutableArray<OrderLine> Lines { get; init; } = [];

    /// <summary>Packages that exist for this order at the marketplace, whoever made them.</summary>
    public ImmutableArray<string> PackageIds { get; init; } = [];

    public string? TrackingNumber { get; init; }

    public string? CarrierName { get; init; }

    /// <summary>ISO-2 country, state and postal prefix (at most 3 characters): all that is kept of the address in clear.</summary>
    public string? Country { get; init; }

    public string? State { get; init; }

    public string? PostalPrefix { get; init; }

    /// <summary>The marketplace's document, UTF-8 JSON, recipient data already removed. Stored wide, apart from the hot row.</summary>
    public ReadOnlyMemory<byte> Document { get; init; }

    /// <summary>The recipient, UTF-8 JSON, only where the seller ships itself; goes to the encrypted table and nowhere else.</summary>
    public ReadOnlyMemory<byte> Recipient { get; init; }

    /// <summary>Never prints documents: they are large, and the recipient is personal.</summary>
    public override string ToString() => $"{OrderId} {Status} at {UpdatedAt:O}";
}
