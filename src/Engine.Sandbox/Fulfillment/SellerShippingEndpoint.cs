using System.Globalization;
using Engine.Sandbox.Http;
using Engine.Sandbox.Orders;
using Engine.Sandbox.Shops;

namespace Engine.Sandbox.Fulfillment;

/// <summary>Mark Package As Shipped, for orders that the seller ships (tiktok-shop-api.md 7.10).</summary>
public sealed class SellerShippingEndpoint(Marketplace market)
{
    private const int OrdersPerTrackingNumber = 20;

    public void Register(RouteTable routes) =>
        routes.Add("POST", "/fulfillment/202309/orders/{order_id}/packages", "seller.fulfillment.basic", ApiWeight.Write, MarkShipped);

    private void MarkShipped(ApiCall call)
    {
        using var body = RequestBody.Read(call, 21001001);
        if (body is null || !body.Texts("order_line_item_ids", out var lineIds) || !body.Text("tracking_number", out var tracking)
            || !body.Text("shipping_provider_id", out var providerId))
        {
            return;
        }

        if (string.IsNullOrEmpty(tracking) || string.IsNullOrEmpty(providerId))
        {
            body.Refuse("tracking_number, shipping_provider_id", "are required");
            return;
        }

        lock (call.Shop.Gate)
        {
            if (!market.Orders.TryGetValue(call.PathValues[0], out var order) || !ReferenceEquals(order.Shop, call.Shop))
            {
                call.Fail(21008111, "The order does not belong to the seller.");
                return;
            }

            if (!MayBeShipped(call, order) || !TryPickLines(call, order, lineIds, out var lines))
            {
                return;
            }

            if (tracking.Any(static c => !char.IsAsciiLetterOrDigit(c)))
            {
                call.Fail(21004012, "The tracking number contains special characters.");
                return;
            }

            if (call.Shop.Carriers.FirstOrDefault(c => c.Id == providerId) is not { } carrier)
            {
                call.Fail(21011022, "The tracking number or shipping provider is invalid.");
                return;
            }

            var same = call.Shop.TrackingNumbers.GetValueOrDefault(tracking);
            if (same is not null && same[0].Buyer.FullAddress != order.Buyer.FullAddress)
            {
                call.Fail(21034012, "The tracking number is already in use.");
                return;
            }

            if (same is not null && !same.Contains(order) && same.Count >= OrdersPerTrackingNumber)
            {
                call.Fail(21011026, "The tracking number is used on too many orders.");
                return;
            }

            var package = Ship(call.Shop, order, lines, tracking, carrier);
            var json = call.Data();
            json.WriteStartObject();
            json.WriteString("order_id"u8, order.Id);
            json.WriteStrings("order_line_item_ids"u8, lines.Select(static l => l.Id));
            json.WriteString("package_id"u8, package.Id);
            if (Mismatch(tracking, carrier) is { } warning)
            {
                json.WriteStartObject("warning"u8);
                json.WriteString("message"u8, warning);
                json.WriteEndObject();
            }

            json.WriteEndObject();
        }
    }

    private Package Ship(Shop shop, Order order, List<LineItem> lines, string tracking, Carrier carrier)
    {
        var nowMs = market.Clock.NowMs;
        var key = order.Id + "/" + order.Purchases.ToString(CultureInfo.InvariantCulture);
        order.Purchases++;
        var package = new Package
        {
            Id = market.Draw.Id("115", 19, key, "package"),
            Shop = shop,
            Orders = [order],
            Lines = lines,
            ShippingType = "SELLER",
            TrackingNumber = tracking,
            Carrier = carrier,
            CreateTime = nowMs / 1000,
            CreatedAtMs = nowMs,
            Tag = lines.Count < order.Lines.Length ? "SPLIT" : "DEFAULT",
        };
        foreach (var line in lines)
        {
            line.Package = package;
        }

        market.Packages[package.Id] = package;
        if (!shop.TrackingNumbers.TryGetValue(tracking, out var orders))
        {
            shop.TrackingNumbers[tracking] = orders = [];
        }

        orders.Add(order);
        market.Desk.CloseByShipment(order, nowMs);
        market.Lifecycle.Reveal(package, nowMs);
        return package;
    }

    private static bool MayBeShipped(ApiCall call, Order order)
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
            call.Fail(21042057, "The order is not awaiting shipment.");
        }
        else if (order.ShippingType == "TIKTOK" && order.Lines.Any(static l => l.Package is { IsLive: true }))
        {
            call.Fail(21022025, "The shipping label has been purchased.");
        }
        else if (order.ShippingType != "SELLER")
        {
            call.Fail(21011004, "Only packages shipped by the seller support this action.");
        }
        else
        {
            return true;
        }

        return false;
    }

    private static bool TryPickLines(ApiCall call, Order order, List<string>? ids, out List<LineItem> lines)
    {
        lines = [];
        if (ids is not { Count: > 0 })
        {
            if (order.Lines.Any(static l => l.Package is not null) && order.Lines.Any(static l => l.Package is null))
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

        if (lines.Any(static l => l.Package is { IsLive: true }))
        {
            call.Fail(21011020, "Orders have been shipped.");
            return false;
        }

        return true;
    }

    /// <summary>Patterns of the carriers' numbers, coarse (invented); a mismatch is a warning in the US, not an error.</summary>
    private static string? Mismatch(string tracking, Carrier carrier)
    {
        var fits = new List<string>();
        if (tracking.Length is >= 20 and <= 22 && tracking.All(char.IsAsciiDigit))
        {
            fits.Add("USPS");
        }

        if (tracking.Length == 18 && tracking.StartsWith("1Z", StringComparison.Ordinal))
        {
            fits.Add("UPS");
        }

        if (tracking.Length is 12 or 15 or 20 && tracking.All(char.IsAsciiDigit))
        {
            fits.Add("FedEx");
        }

        return fits.Count == 1 && fits[0] == carrier.Name ? null
            : fits.Count > 1 ? "match more than one provider"
            : "the tracking number does not match the shipping provider";
    }
}
