using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Engine.Domain.Cancellations;
using Engine.Domain.Labels;
using Engine.Domain.Orders;
using Engine.Domain.Parcels;
using Engine.Domain.Ports;
using Engine.TikTok.Calls;
using Engine.TikTok.Signing;
using Engine.TikTok.Translation;
using Engine.TikTok.Transport;
using Engine.TikTok.Wire;
using Microsoft.Extensions.Options;

namespace Engine.TikTok;

/// <summary>TikTok Shop as the engine's marketplace. Builds requests and hands them to the caller; the rest is in Calls and Translation.</summary>
internal sealed class TikTokMarketplace(SignedCaller caller, LabelDownload download, IOptions<TikTokOptions> options) : IMarketplace
{
    private const int DetailIdsMax = 50;
    private const int SearchPageMax = 100;
    private const int IdempotencyKeyMax = 255;

    public Task<CallOutcome<OrderPage>> SearchOrdersAsync(ShopId shop, OrderSearch search, CancellationToken ct)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(search.PageSize, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(search.PageSize, SearchPageMax);
        var body = Body(
            new OrderSearchWire
            {
                CreateTimeGe = Instants.SecondsFrom(search.PlacedFrom),
                CreateTimeLt = Instants.SecondsTo(search.PlacedTo),
                UpdateTimeGe = Instants.SecondsFrom(search.UpdatedFrom),
                UpdateTimeLt = Instants.SecondsTo(search.UpdatedTo),
            },
            WireJson.Default.OrderSearchWire);
        QueryParameter[] query =
        [
            new("page_size", Text(search.PageSize)),
            new("sort_field", search.ByUpdateTime ? "update_time" : "create_time"),
            new("sort_order", "ASC"),
            .. PageToken(search.PageToken),
        ];

        // A search without any bound has no body at all: whether '{}' is signed is the one thing the platform leaves open.
        return caller.CallAsync(
            Endpoints.SearchOrders, shop, "/order/202309/orders/search", query, body.Length > 2 ? body : null,
            data =>
            {
                var (orders, next, counted) = OrderTranslation.Page(data, search.IsKnown);
                return new OrderPage(orders, next, counted);
            },
            ct);
    }

    public Task<CallOutcome<ImmutableArray<MarketplaceOrder>>> ReadOrdersAsync(ShopId shop, ImmutableArray<string> orderIds, CancellationToken ct)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(orderIds.Length, DetailIdsMax);
        if (orderIds.IsEmpty)
        {
            return Task.FromResult<CallOutcome<ImmutableArray<MarketplaceOrder>>>(new CallOutcome<ImmutableArray<MarketplaceOrder>>.Succeeded([]));
        }

        return Bad<ImmutableArray<MarketplaceOrder>>(orderIds) ?? caller.CallAsync(
            Endpoints.ReadOrders, shop, "/order/202507/orders", [new("ids", string.Join(',', orderIds))], null,
            static data => OrderTranslation.Page(data).Orders, ct);
    }

    public Task<CallOutcome<PurchasedLabel>> BuyLabelAsync(LabelPurchase purchase, SendPermit permit, CancellationToken ct)
    {
        if (purchase.LineIds.IsDefaultOrEmpty || purchase.OrderIds.IsDefaultOrEmpty)
        {
            throw new ArgumentException($"The purchase of parcel {purchase.Parcel} names no order or no line.", nameof(purchase));
        }

        if (purchase.OrderIds.Length > 1)
        {
            // The description has no member for lines of several orders: a combined parcel takes its orders whole.
            var combined = new CreateCombinedPackageWire
            {
                ShipType = "3",
                OrderId = purchase.OrderIds[0],
                OrderListIds = [.. purchase.OrderIds],
                ShippingServiceId = purchase.ServiceId,
                Weight = MeasureTranslation.Weight(purchase.Measure),
                Dimension = MeasureTranslation.Dimension(purchase.Measure),
            };
            return caller.PurchaseAsync(
                Endpoints.BuyCombinedLabel, purchase.Shop, "/fulfillment/202512/packages",
                Body(combined, WireJson.Default.CreateCombinedPackageWire), permit, FulfillmentTranslation.Purchased, ct);
        }

        var single = new CreatePackageWire
        {
            OrderId = purchase.OrderIds[0],
            OrderLineItemIds = [.. purchase.LineIds],
            ShippingServiceId = purchase.ServiceId,
            Weight = MeasureTranslation.Weight(purchase.Measure),
            Dimension = MeasureTranslation.Dimension(purchase.Measure),
        };
        return caller.PurchaseAsync(
            Endpoints.BuyLabel, purchase.Shop, "/fulfillment/202309/packages",
            Body(single, WireJson.Default.CreatePackageWire), permit, FulfillmentTranslation.Purchased, ct);
    }

    public Task<CallOutcome<MarketplacePackage>> ReadPackageAsync(ShopId shop, string packageId, CancellationToken ct) =>
        Bad<MarketplacePackage>(packageId) ?? caller.CallAsync(
            Endpoints.ReadPackage, shop, $"/fulfillment/202309/packages/{packageId}", null, null, FulfillmentTranslation.Package, ct);

    public Task<CallOutcome<Page<MarketplacePackage>>> SearchPackagesAsync(
        ShopId shop, DateTimeOffset from, DateTimeOffset? to, string? pageToken, CancellationToken ct)
    {
        var body = Body(
            new PackageSearchWire { CreateTimeGe = Instants.SecondsFrom(from), CreateTimeLt = Instants.SecondsTo(to) },
            WireJson.Default.PackageSearchWire);
        return caller.CallAsync(
            Endpoints.SearchPackages, shop, "/fulfillment/202309/packages/search",
            [new("page_size", "50"), new("sort_field", "create_time"), new("sort_order", "ASC"), .. PageToken(pageToken)],
            body, FulfillmentTranslation.Packages, ct);
    }

    public Task<CallOutcome<LabelDocument>> GetLabelDocumentAsync(ShopId shop, string packageId, CancellationToken ct) =>
        Bad<LabelDocument>(packageId) ?? caller.CallAsync(
            Endpoints.ShippingDocument, shop, $"/fulfillment/202309/packages/{packageId}/shipping_documents",
            [new("document_type", "SHIPPING_LABEL"), new("document_size", "A6")], null, FulfillmentTranslation.Document, ct);

    public Task<CallOutcome<byte[]>> DownloadLabelAsync(Uri url, CancellationToken ct) => download.GetAsync(url, ct);

    public Task<CallOutcome<ImmutableArray<ShippingService>>> GetShippingServicesAsync(LabelPurchase purchase, CancellationToken ct)
    {
        var order = purchase.OrderIds[0];
        var body = Body(
            new ServiceQueryWire
            {
                OrderLineItemIds = [.. purchase.LineIds],
                Weight = MeasureTranslation.Weight(purchase.Measure),
                Dimension = MeasureTranslation.Dimension(purchase.Measure),
            },
            WireJson.Default.ServiceQueryWire);
        return Bad<ImmutableArray<ShippingService>>(order) ?? caller.CallAsync(
            Endpoints.ShippingServices, purchase.Shop, $"/fulfillment/202309/orders/{order}/shipping_services/query", null, body,
            FulfillmentTranslation.Services, ct);
    }

    public Task<CallOutcome<TrackingAccepted>> MarkShippedAsync(
        OrderKey order, ImmutableArray<string> lineIds, string trackingNumber, string carrierId, SendPermit permit, CancellationToken ct)
    {
        if (lineIds.IsDefaultOrEmpty)
        {
            throw new ArgumentException($"The shipment of order {order} names no line.", nameof(lineIds));
        }

        var body = Body(
            new MarkShippedWire { OrderLineItemIds = [.. lineIds], TrackingNumber = trackingNumber, ShippingProviderId = carrierId },
            WireJson.Default.MarkShippedWire);
        return Bad<TrackingAccepted>(order.OrderId) ?? caller.PurchaseAsync(
            Endpoints.MarkShipped, order.Shop, $"/fulfillment/202309/orders/{order.OrderId}/packages", body, permit, FulfillmentTranslation.Accepted, ct);
    }

    public Task<CallOutcome<Page<CancellationRequest>>> SearchCancellationsAsync(
        ShopId shop, DateTimeOffset? updatedFrom, DateTimeOffset? updatedTo, ImmutableArray<string> orderIds, string? pageToken, CancellationToken ct)
    {
        var body = Body(
            new CancellationSearchWire
            {
                OrderIds = orderIds.IsDefaultOrEmpty ? null : [.. orderIds],
                UpdateTimeGe = Instants.SecondsFrom(updatedFrom),
                UpdateTimeLt = Instants.SecondsTo(updatedTo),
            },
            WireJson.Default.CancellationSearchWire);
        return caller.CallAsync(
            Endpoints.SearchCancellations, shop, "/return_refund/202309/cancellations/search",
            [new("page_size", "50"), new("sort_field", "update_time"), new("sort_order", "ASC"), .. PageToken(pageToken)],
            body.Length > 2 ? body : null, OtherTranslation.Cancellations, ct);
    }

    /// <remarks>Approving has no body; rejecting names one reason for all shops, see <see cref="TikTokOptions.CancellationRejectReason"/>.</remarks>
    public Task<CallOutcome<CancellationAnswer>> AnswerCancellationAsync(
        ShopId shop, string cancelId, CancellationAnswer answer, string idempotencyKey, CancellationToken ct)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(idempotencyKey.Length, IdempotencyKeyMax);
        QueryParameter[] query = [new("idempotency_key", idempotencyKey)];
        return Bad<CancellationAnswer>(cancelId) ?? (answer == CancellationAnswer.Approve
            ? caller.CallAsync(
                Endpoints.ApproveCancellation, shop, $"/return_refund/202309/cancellations/{cancelId}/approve", query, null, static _ => CancellationAnswer.Approve, ct)
            : caller.CallAsync(
                Endpoints.RejectCancellation, shop, $"/return_refund/202309/cancellations/{cancelId}/reject", query,
                Body(new CancellationRejectionWire(options.Value.CancellationRejectReason), WireJson.Default.CancellationRejectionWire),
                static _ => CancellationAnswer.Reject, ct));
    }

    /// <remarks>The API description in use has weight and size of the whole product only; SKU-level figures were announced in 2026-05 without
    /// naming their members, so they are not read yet.</remarks>
    public Task<CallOutcome<ParcelMeasure?>> ReadProductMeasureAsync(ShopId shop, string productId, string skuId, CancellationToken ct) =>
        Bad<ParcelMeasure?>(productId) ?? caller.CallAsync(
            Endpoints.ReadProduct, shop, $"/product/202309/products/{productId}", null, null, OtherTranslation.Measure, ct);

    public Task<CallOutcome<ImmutableArray<Warehouse>>> GetWarehousesAsync(ShopId shop, CancellationToken ct) => caller.CallAsync(
        Endpoints.Warehouses, shop, "/logistics/202309/warehouses", null, null, OtherTranslation.Warehouses, ct);

    public Task<CallOutcome<ImmutableArray<Carrier>>> GetCarriersAsync(ShopId shop, string deliveryOptionId, CancellationToken ct) =>
        Bad<ImmutableArray<Carrier>>(deliveryOptionId) ?? caller.CallAsync(
            Endpoints.Carriers, shop, $"/logistics/202309/delivery_options/{deliveryOptionId}/shipping_providers", null, null,
            OtherTranslation.Carriers, ct);

    /// <returns>How many event types now point to the address; the first refusal ends it, what was set stays set.</returns>
    public async Task<CallOutcome<int>> RegisterWebhooksAsync(ShopId shop, Uri address, CancellationToken ct)
    {
        string[] types = ["ORDER_STATUS_CHANGE", "RECIPIENT_ADDRESS_UPDATE", "PACKAGE_UPDATE", "CANCELLATION_STATUS_CHANGE"];
        var set = 0;
        foreach (var type in types)
        {
            var outcome = await CallOutcome.AskTwiceAsync(() => SetAsync(type)).ConfigureAwait(false);
            if (outcome is not CallOutcome<int>.Succeeded)
            {
                return outcome;
            }

            set++;
        }

        return new CallOutcome<int>.Succeeded(set);

        Task<CallOutcome<int>> SetAsync(string type) => caller.CallAsync(
            Endpoints.Webhooks, shop, "/event/202309/webhooks", null,
            Body(new WebhookWire(type, address.AbsoluteUri), WireJson.Default.WebhookWire), static _ => 1, ct);
    }

    private static QueryParameter[] PageToken(string? token) => string.IsNullOrEmpty(token) ? [] : [new("page_token", token)];

    private static ReadOnlyMemory<byte> Body<T>(T wire, JsonTypeInfo<T> type) => JsonSerializer.SerializeToUtf8Bytes(wire, type);

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static Task<CallOutcome<T>>? Bad<T>(string id) => RequestUrl.IsPlainId(id)
        ? null
        : Task.FromResult<CallOutcome<T>>(new CallOutcome<T>.Rejected("client", "bad-id", RefusalClass.Bug, "an id that no path can carry", null));

    private static Task<CallOutcome<T>>? Bad<T>(ImmutableArray<string> ids) => ids.Select(Bad<T>).FirstOrDefault(static bad => bad is not null);
}
