using System.Collections.Immutable;
using System.Globalization;
using Engine.Domain.Orders;
using Engine.Domain.Ports;
using Engine.TikTok.Wire;

namespace Engine.TikTok.Translation;

/// <summary>How our orders are told to the Quality Engine: in the words of one of the four shop systems it knows.</summary>
internal static class QualityTranslation
{
    private const string Shopify = "SHOPIFY";

    /// <summary>The systems that the description names; an order in any other is refused.</summary>
    public static readonly ImmutableArray<string> Channels = [Shopify, "WOOCOMMERCE", "BIGCOMMERCE", "MAGENTO"];

    public static QualityImportWire Of(string channel, ImmutableArray<QualityReport> reports) => new([.. reports.Select(r => Of(channel, r))]);

    public static ImmutableArray<QualityRefusal> Refused(ReadOnlyMemory<byte> data) => data.IsEmpty
        ? []
        : [.. (Data.Read(data, WireJson.Default.QualityAnswerWire).Errors ?? []).Select(static error => new QualityRefusal(
            error.Detail?.OrderId ?? "",
            error.Detail?.ExtraErrors?.FirstOrDefault()?.Code ?? error.Code ?? "",
            error.Detail?.ExtraErrors?.FirstOrDefault()?.Message ?? error.Message ?? ""))];

    private static QualityOrderWire Of(string channel, QualityReport report) => new()
    {
        OrderId = report.OrderId,
        ChannelType = channel,

        // An order that is not here has nothing of ours to tell.
        ChannelOrderId = report.Stage is null ? null : report.OrderId,
        ChannelOrderStatus = report.Stage is { } stage ? StatusIn(channel, stage) : null,
        ChannelFulfillmentStatus = report.Stage is { } shipped && channel == Shopify ? ShopifyFulfillment(shipped) : null,
        ChannelOrderUpdateTime = report.ChangedAt.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture),
        IssueReason = report.Reason,
        Packages = report.Packages.IsEmpty ? null : [.. report.Packages.Select(p => new QualityPackageWire(p.PackageId, p.TrackingNumber, p.CarrierName))],
    };

    /// <remarks>The description spells AWATING_SHIPMENT so.</remarks>
    private static string StatusIn(string channel, OrderStatus stage) => (channel, stage) switch
    {
        (Shopify, OrderStatus.Cancelled) => "CANCELED",
        (Shopify, OrderStatus.Completed) => "ARCHIVED",
        (Shopify, _) => "OPEN",
        ("WOOCOMMERCE", OrderStatus.Unpaid) => "PENDING",
        ("WOOCOMMERCE", OrderStatus.OnHold) => "ON_HOLD",
        ("WOOCOMMERCE", OrderStatus.Completed or OrderStatus.Delivered) => "COMPLETED",
        ("WOOCOMMERCE", OrderStatus.Cancelled) => "REFUNDED",
        ("WOOCOMMERCE", _) => "PROCESSING",
        ("BIGCOMMERCE", OrderStatus.Unpaid) => "AWAITING_PAYMENT",
        ("BIGCOMMERCE", OrderStatus.OnHold) => "PENDING",
        ("BIGCOMMERCE", OrderStatus.Cancelled) => "CANCELLED",
        ("BIGCOMMERCE", OrderStatus.AwaitingCollection) => "AWATING_SHIPMENT",
        ("BIGCOMMERCE", OrderStatus.InTransit or OrderStatus.Delivered or OrderStatus.Completed) => "SHIPPED",
        ("BIGCOMMERCE", OrderStatus.Parked) => "MANUAL_VERIFICATION_REQUIRED",
        ("BIGCOMMERCE", _) => "AWAITING_FULFILLMENT",
        ("MAGENTO", OrderStatus.Unpaid) => "PENDING_PAYMENT",
        ("MAGENTO", OrderStatus.OnHold) => "ON_HOLD",
        ("MAGENTO", OrderStatus.Completed or OrderStatus.Delivered) => "COMPLETE",
        ("MAGENTO", OrderStatus.Cancelled) => "CLOSED",
        ("MAGENTO", _) => "PROCESSING",
        _ => throw new ArgumentException($"'{channel}' is none of {string.Join(", ", Channels)}.", nameof(channel)),
    };

    private static string ShopifyFulfillment(OrderStatus stage) => stage switch
    {
        OrderStatus.OnHold => "ON_HOLD",
        OrderStatus.AwaitingCollection or OrderStatus.InTransit or OrderStatus.Delivered or OrderStatus.Completed => "FULFILLED",
        _ => "UNFULFILLED",
    };
}
