using System.Collections.Immutable;
using System.Globalization;
using Engine.Domain.Orders;
using Engine.Domain.Parcels;
using Engine.Domain.Ports;
using Engine.FrontDoor.Wire;
using NodaTime;
using NodaTime.Text;

namespace Engine.FrontDoor.Orders;

/// <summary>From what the engine knows to what the API shows.</summary>
internal static class OrderView
{
    private static readonly OffsetDateTimePattern Local = OffsetDateTimePattern.Rfc3339;

    public static OrderSummary Of(OrderRow row) => new(
        row.Key.Shop.Value,
        row.Key.OrderId,
        row.Status,
        row.Version,
        row.PlacedAt,
        row.ChangedAt,
        row.LabelBy,
        row.DispatchBy,
        row.FirstScanAt,
        row.Late,
        row.ParkedReason);

    public static OrderDetail Of(OrderState order, ImmutableArray<OrderHistoryEntry> history, string? zone) => new(
        order.Key.Shop.Value,
        order.Key.OrderId,
        order.Status,
        order.MarketplaceStatus,
        order.Version,
        order.Fulfiller,
        order.Shipping,
        order.PlacedAt,
        order.UpdatedAt,
        order.ChangedAt,
        order.ReleasedAt,
        order.CancelRequested,
        order.CancelledAt,
        order.WarehouseId,
        new DeadlinesView(
            "platform",
            In(zone, order.Deadlines.LabelBy),
            In(zone, order.Deadlines.DispatchBy),
            In(zone, order.Deadlines.CancelledIfUnlabelledAt),
            In(zone, order.Deadlines.CancelledIfUnscannedAt)),
        order.FirstScanAt,
        order.Late,
        order.ParkedReason is { } reason ? new ParkedView(reason, order.ParkedDetail) : null,
        [.. order.Lines.Select(l => new LineView(l.LineId, l.SkuId, l.SellerSku, l.ProductId, l.Quantity, l.Cancelled))],
        [.. order.Parcels.Select(p => Of(order.Key, p))],
        // Never a later event than the state shown: both are read, one after the other.
        [.. history.Where(h => h.Version <= order.Version).Select(h => new HistoryView(h.Version, h.At, h.Name, h.Actor, h.Cause, SnakeCase.Of(h.BodyJson)))]);

    private static ParcelView Of(OrderKey order, Parcel parcel) => new(
        parcel.Id.Value,
        parcel.Status,
        parcel.LineIds,
        parcel.Measure?.WeightGrams,
        parcel.Measure?.LengthMm,
        parcel.Measure?.WidthMm,
        parcel.Measure?.HeightMm,
        parcel.Attempt?.Number,
        parcel.PackageId,
        parcel.Price,
        parcel.TrackingNumber,
        parcel.CarrierId,
        parcel.CarrierName,
        parcel.LabelKey is null ? null : $"{Path(order)}/labels/{Uri.EscapeDataString(parcel.Id.Value)}");

    public static string Path(OrderKey order) => $"/v1/orders/{order.Shop.Value}/{Uri.EscapeDataString(order.OrderId)}";

    public static string ETag(OrderState order) => string.Create(CultureInfo.InvariantCulture, $"\"{order.Version}\"");

    private static ZonedInstant? In(string? zone, DateTimeOffset? at)
    {
        if (at is not { } instant)
        {
            return null;
        }

        return zone is not null && DateTimeZoneProviders.Tzdb.GetZoneOrNull(zone) is { } tz
            ? new ZonedInstant(instant, Local.Format(Instant.FromDateTimeOffset(instant).InZone(tz).ToOffsetDateTime()), zone)
            : new ZonedInstant(instant, null, null);
    }
}
