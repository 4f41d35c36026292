using System.Text.Json;
using Engine.Domain.Labels;
using Engine.Domain.Orders;
using Engine.Domain.Parcels;

namespace Engine.FrontDoor.Orders;

/// <summary>Orders by (changed at, shop, order), ascending: an order that changes moves to the end, so that nobody who keeps reading misses it.</summary>
/// <param name="NextCursor">Where to go on; null when this page is not full.</param>
public sealed record OrderList(IReadOnlyList<OrderSummary> Orders, string? NextCursor);

/// <param name="ChangedAt">Business time of the order's latest event.</param>
/// <param name="LabelBy">Ship-by that steers buying; not scored.</param>
/// <param name="DispatchBy">Latest first carrier scan that is on time, inclusive: the LDR deadline.</param>
/// <param name="Late">Null until the first scan.</param>
public sealed record OrderSummary(
    string Shop,
    string OrderId,
    OrderStatus Status,
    int Version,
    DateTimeOffset PlacedAt,
    DateTimeOffset ChangedAt,
    DateTimeOffset? LabelBy,
    DateTimeOffset? DispatchBy,
    DateTimeOffset? FirstScanAt,
    bool? Late,
    string? ParkedReason);

/// <param name="Version">Number of events so far; also the ETag.</param>
public sealed record OrderDetail(
    string Shop,
    string OrderId,
    OrderStatus Status,
    MarketplaceStatus MarketplaceStatus,
    int Version,
    Fulfiller Fulfiller,
    ShippingMode Shipping,
    DateTimeOffset PlacedAt,
    DateTimeOffset UpdatedAt,
    DateTimeOffset ChangedAt,
    DateTimeOffset? ReleasedAt,
    bool CancelRequested,
    DateTimeOffset? CancelledAt,
    string? WarehouseId,
    DeadlinesView Deadlines,
    DateTimeOffset? FirstScanAt,
    bool? Late,
    ParkedView? Parked,
    IReadOnlyList<LineView> Lines,
    IReadOnlyList<ParcelView> Parcels,
    IReadOnlyList<HistoryView> History);

/// <param name="Source">Who said so: `platform`, whose own timestamps win.</param>
public sealed record DeadlinesView(
    string Source,
    ZonedInstant? LabelBy,
    ZonedInstant? DispatchBy,
    ZonedInstant? CancelledIfUnlabelledAt,
    ZonedInstant? CancelledIfUnscannedAt);

/// <param name="At">UTC.</param>
/// <param name="Local">The same instant with the shop's offset; null where the zone of the shop's region is not known.</param>
/// <param name="Zone">IANA name.</param>
public sealed record ZonedInstant(DateTimeOffset At, string? Local, string? Zone);

/// <param name="Reason">Stable code.</param>
/// <param name="Detail">Which thing, and what to do.</param>
public sealed record ParkedView(string Reason, string? Detail);

public sealed record LineView(string LineId, string SkuId, string? SellerSku, string ProductId, int Quantity, bool Cancelled);

/// <param name="PackageId">The marketplace's, once there is a label.</param>
/// <param name="LabelUrl">Path of the label file; null while it is not in the vault.</param>
public sealed record ParcelView(
    string ParcelId,
    ParcelStatus Status,
    IReadOnlyList<string> LineIds,
    int? WeightGrams,
    int? LengthMm,
    int? WidthMm,
    int? HeightMm,
    int? Attempt,
    string? PackageId,
    LabelPrice? Price,
    string? TrackingNumber,
    string? CarrierId,
    string? CarrierName,
    string? LabelUrl);

/// <param name="Name">Stable; new ones may appear.</param>
/// <param name="Actor">`system`, `platform`, `key:ID` or `person:ID`.</param>
/// <param name="Body">The event's own members.</param>
public sealed record HistoryView(int Version, DateTimeOffset At, string Name, string Actor, string? Cause, JsonElement Body);

/// <param name="ParcelId">Null: the order's only parcel.</param>
/// <param name="TrackingNumber">1 to 64 characters without blanks.</param>
/// <param name="CarrierId">The marketplace's shipping provider id.</param>
public sealed record TrackingRequest(string? ParcelId, string TrackingNumber, string CarrierId);

/// <summary>The tracking number is stored and will be sent to the marketplace; the order tells when that is done.</summary>
public sealed record TrackingReceipt(string Shop, string OrderId, string? ParcelId, string TrackingNumber, string CarrierId);
