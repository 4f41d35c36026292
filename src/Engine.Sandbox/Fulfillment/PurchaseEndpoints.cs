using Engine.Sandbox.Http;
using Engine.Sandbox.Orders;
using Engine.Sandbox.Shops;

namespace Engine.Sandbox.Fulfillment;

/// <summary>Get Eligible Shipping Service and Create Packages (tiktok-shop-api.md 7.2 to 7.4), with the codes of 15.3.</summary>
public sealed class PurchaseEndpoints(Marketplace market)
{
    private const int OrdersPerParcel = 20;

    public void Register(RouteTable routes)
    {
        routes.Add("POST", "/fulfillment/202309/orders/{order_id}/shipping_services/query", "seller.fulfillment.basic", ApiWeight.Read, QueryServices);
        routes.Add("POST", "/fulfillment/202309/packages", "seller.fulfillment.basic", ApiWeight.Write, Create202309);
        if (market.Options.Api202512)
        {
            routes.Add("POST", "/fulfillment/202512/packages", "seller.fulfillment.basic", ApiWeight.Write, Create202512);
        }
    }

    private void QueryServices(ApiCall call)
    {
        using var body = RequestBody.Read(call, 21001001);
        if (body is null || !body.Texts("order_line_item_ids", out var lineIds) || !ParcelMeasures.TryRead(body, out var weight, out var size))
        {
            return;
        }

        lock (call.Shop.Gate)
        {
            if (!TryFindOrder(call, call.PathValues[0], out var order))
            {
                return;
            }

            if (order.ScannedAtMs is not null)
            {
                call.Fail(21011006, "Orders have been shipped.");
                return;
            }

            if (!TryPickLines(call, order, lineIds, refuseAmbiguous: true, out var lines))
            {
                return;
            }

            var (ownWeight, ownSize) = ParcelMeasures.FromProducts(lines);
            var parcelWeight = weight ?? ownWeight;
            var parcelSize = size ?? ownSize;
            var services = call.Shop.Services.Where(s => parcelWeight.Grams <= s.MaxGrams).ToList();
            if (services.Count == 0)
            {
                call.Fail(21011037, "No shipping service is available for this weight, size or address.");
                return;
            }

            var json = call.Data();
            json.WriteStartObject();
            json.WriteString("order_id"u8, order.Id);
            json.WriteStrings("order_line_id"u8, lines.Select(static l => l.Id));
            ParcelMeasures.Write(json, parcelWeight, parcelSize);
            json.WriteStartArray("shipping_services"u8);
            for (var i = 0; i < services.Count; i++)
            {
                WriteService(call, services[i], parcelWeight.Grams, isDefault: i == 0);
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }
    }

    private void Create202309(ApiCall call)
    {
        using var body = RequestBody.Read(call, 21001001);
        if (body is null || !body.Text("order_id", out var orderId) || !body.Texts("order_line_item_ids", out var lineIds)
            || !body.Text("shipping_service_id", out var serviceId) || !ParcelMeasures.TryRead(body, out var weight, out var size))
        {
            return;
        }

        if (string.IsNullOrEmpty(orderId))
        {
            body.Refuse("order_id", "is required");
            return;
        }

        Package? package;
        lock (call.Shop.Gate)
        {
            if (!TryFindOrder(call, orderId, out var order) || !MayBeBought(call, order)
                || !TryPickLines(call, order, lineIds, refuseAmbiguous: true, out var lines))
            {
                return;
            }

            package = Buy(call, [order], lines, serviceId, weight, size);
        }

        Answer(call, package, withLines: true);
    }

    private void Create202512(ApiCall call)
    {
        using var body = RequestBody.Read(call, 21001001);
        if (body is null || !body.Text("order_id", out var orderId) || !body.Text("ship_type", out var shipType) || !body.Texts("order_list_ids", out var orderIds)
            || !body.Text("shipping_service_id", out var serviceId) || !ParcelMeasures.TryRead(body, out var weight, out var size)
            || !TryReadLineObjects(body, out var lineIds))
        {
            return;
        }

        if (shipType is not ("1" or "2" or "3"))
        {
            body.Refuse("ship_type", "must be \"1\", \"2\" or \"3\"");
            return;
        }

        if (string.IsNullOrEmpty(orderId) && shipType != "3")
        {
            body.Refuse("order_id", "is required");
            return;
        }

        Package? package;
        lock (call.Shop.Gate)
        {
            package = shipType == "3"
                ? BuyCombined(call, body, orderId, orderIds ?? [], serviceId, weight, size)
                : BuyFromOne(call, body, orderId!, shipType == "2" ? lineIds : null, shipType == "2", serviceId, weight, size);
        }

        Answer(call, package, withLines: false);
    }

    private Package? BuyFromOne(ApiCall call, RequestBody body, string orderId, List<string>? lineIds, bool partly, string? serviceId, Measure? weight, Size? size)
    {
        if (partly && lineIds is not { Count: > 0 })
        {
            body.Refuse("order_line_item", "is required for ship_type 2");
            return null;
        }

        return TryFindOrder(call, orderId, out var order) && MayBeBought(call, order) && TryPickLines(call, order, lineIds, refuseAmbiguous: !partly, out var lines)
            ? Buy(call, [order], lines, serviceId, weight, size)
            : null;
    }

    /// <summary>Same buyer's address and warehouse is what really decides (7.4); here the shop has one warehouse, so the buyer decides.</summary>
    private Package? BuyCombined(ApiCall call, RequestBody body, string? primary, List<string> ids, string? serviceId, Measure? weight, Size? size)
    {
        if (!string.IsNullOrEmpty(primary) && !ids.Contains(primary))
        {
            ids.Insert(0, primary);
        }

        if (ids.Count is < 2 or > OrdersPerParcel || ids.Distinct(StringComparer.Ordinal).Count() != ids.Count)
        {
            body.Refuse("order_list_ids", "must hold 2 to 20 different orders");
            return null;
        }

        var orders = new List<Order>();
        foreach (var id in ids)
        {
            if (!TryFindOrder(call, id, out var order) || !MayBeBought(call, order))
            {
                return null;
            }

            if (orders.Count > 0 && order.Buyer.FullAddress != orders[0].Buyer.FullAddress && order.Buyer.UserId != orders[0].Buyer.UserId)
            {
                call.Fail(21011031, "The orders cannot be combined.");
                return null;
            }

            orders.Add(order);
        }

        var lines = orders.SelectMany(static o => o.Lines).ToList();
        return RefusesRepeat(call, lines) ? null : Buy(call, orders, lines, serviceId, weight, size);
    }

    /// <summary>What forbids a purchase whatever the lines are, in the order in which it is checked.</summary>
    private bool MayBeBought(ApiCall call, Order order)
    {
        if (order.IsFbt)
        {
            call.Fail(21008025, "The order is fulfilled by TikTok.");
        }
        else if (order.Status == OrderStatus.OnHold)
        {
            call.Fail(21011044, "The order is on hold.");
        }
        else if (order.Status == OrderStatus.Cancelled)
        {
            call.Fail(21011003, "The fulfillment unit does not support this action.");
        }
        else if (order.ShippingType != "TIKTOK")
        {
            call.Fail(21008106, "The interface is not available for this order.");
        }
        else if (order.PendingCancel is not null && market.Options.RefusePurchaseOnPendingCancel)
        {
            call.Fail(21011007, "The item has an open after-sale request.");
        }
        else
        {
            return true;
        }

        return false;
    }

    private bool TryPickLines(ApiCall call, Order order, List<string>? ids, bool refuseAmbiguous, out List<LineItem> lines)
    {
        lines = [];
        if (ids is not { Count: > 0 })
        {
            // Several packages are possible as soon as a part of the order is packed.
            if (refuseAmbiguous && order.Lines.Any(static l => l.Package is not null) && order.Lines.Any(static l => l.Package is null))
            {
                call.Fail(21011048, "There are several shippable packages; order_line_item_ids is required.");
                return false;
            }

            lines.AddRange(order.Lines);
        }
        else
        {
            foreach (var id in ids)
            {
                if (order.Line(id) is not { } line || lines.Contains(line))
                {
                    call.Fail(21011029, "The order line items do not belong to the fulfillment unit.");
                    return false;
                }

                lines.Add(line);
            }
        }

        return call.Route!.Template.EndsWith("/query", StringComparison.Ordinal) || !RefusesRepeat(call, lines);
    }

    /// <summary>The documented refusals of a repeated purchase; with RepeatPurchase=charge it is sold again, so that only the buyer can prevent it.</summary>
    private bool RefusesRepeat(ApiCall call, List<LineItem> lines)
    {
        foreach (var line in lines)
        {
            if (line.Package is not { IsLive: true, IsSecret: false } package || (market.Options.ChargeRepeatedPurchase && !package.RefusesRepeat))
            {
                continue;
            }

            if (!package.IsVisible)
            {
                call.Fail(21030005, "The label is being created, please wait.");
            }
            else if (package.Status != PackageStatus.Processing)
            {
                call.Fail(21011020, "Orders have been shipped.");
            }
            else
            {
                call.Fail(21022025, "The shipping label has been purchased.");
            }

            return true;
        }

        return false;
    }

    private Package? Buy(ApiCall call, IReadOnlyList<Order> orders, List<LineItem> lines, string? serviceId, Measure? weight, Size? size)
    {
        var shop = call.Shop;
        var (ownWeight, ownSize) = ParcelMeasures.FromProducts(lines);
        var parcelWeight = weight ?? ownWeight;
        ShippingService? service;
        if (string.IsNullOrEmpty(serviceId))
        {
            service = shop.Services.FirstOrDefault(s => parcelWeight.Grams <= s.MaxGrams);
        }
        else
        {
            service = shop.Services.FirstOrDefault(s => s.Id == serviceId);
            if (service is null)
            {
                call.Fail(21004008, "The shipping service was not found.");
                return null;
            }
        }

        if (service is null || parcelWeight.Grams > service.MaxGrams)
        {
            call.Fail(11021009, "No shipping service is available for this weight, size or address.");
            return null;
        }

        service = market.Faults.Allocate(call, orders[0], service, parcelWeight.Grams);
        return market.Seller.Sell(orders, lines, service, parcelWeight, size ?? ownSize, call);
    }

    private static void Answer(ApiCall call, Package? package, bool withLines)
    {
        if (package is null)
        {
            return;
        }

        var json = call.Data();
        json.WriteStartObject();
        json.WriteString("package_id"u8, package.Id);
        if (withLines)
        {
            json.WriteString("order_id"u8, package.Orders[0].Id);
            json.WriteStrings("order_line_item_ids"u8, package.Lines.Select(static l => l.Id));
        }

        ParcelMeasures.Write(json, package.Weight, package.Size);
        json.WriteNumber("create_time"u8, package.CreateTime);
        json.WritePropertyName("shipping_service_info"u8);
        WriteService(call, package.Service!, package.Weight.Grams, isDefault: null);
        json.WriteEndObject();
    }

    private static void WriteService(ApiCall call, ShippingService service, int grams, bool? isDefault)
    {
        var json = call.Json;
        json.WriteStartObject();
        json.WriteString("id"u8, service.Id);
        json.WriteString("name"u8, service.Name);
        json.WriteMoney("price"u8, service.PriceCents(grams));
        json.WriteString("currency"u8, call.Shop.Currency);
        json.WriteNumber("earliest_delivery_days"u8, service.EarliestDays);
        json.WriteNumber("latest_delivery_days"u8, service.LatestDays);
        if (isDefault is { } d)
        {
            json.WriteBoolean("is_default"u8, d);
        }

        json.WriteString("shipping_provider_id"u8, service.Carrier.Id);
        json.WriteString("shipping_provider_name"u8, service.Carrier.Name);
        json.WriteEndObject();
    }

    private bool TryFindOrder(ApiCall call, string id, out Order order)
    {
        if (market.Orders.TryGetValue(id, out order!) && ReferenceEquals(order.Shop, call.Shop))
        {
            return true;
        }

        call.Fail(21008111, "The order does not belong to the seller.");
        return false;
    }

    private static bool TryReadLineObjects(RequestBody body, out List<string>? ids)
    {
        ids = null;
        if (!RequestBody.Find(body.Root, "order_line_item", out var list))
        {
            return true;
        }

        if (list.ValueKind != System.Text.Json.JsonValueKind.Array)
        {
            return body.Refuse("order_line_item", "must be a list");
        }

        ids = [];
        foreach (var item in list.EnumerateArray())
        {
            if (item.ValueKind != System.Text.Json.JsonValueKind.Object || !body.Text(item, "order_line_id", "order_line_id", out var id) || string.IsNullOrEmpty(id))
            {
                return body.Refuse("order_line_item", "must hold objects with order_line_id");
            }

            ids.Add(id);
        }

        return true;
    }
}
