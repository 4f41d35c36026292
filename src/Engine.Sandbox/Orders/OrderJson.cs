using System.Text.Json;
using Engine.Sandbox.Fulfillment;
using Engine.Sandbox.Http;

namespace Engine.Sandbox.Orders;

/// <summary>An order as list and detail show it (tiktok-shop-api.md 6.5 to 6.8). Members that do not apply are absent.</summary>
public static class OrderJson
{
    private const long ShippingFeeCents = 499;

    public static void Write(Utf8JsonWriter json, Order order)
    {
        if (order.Poison is { } poison)
        {
            poison.Write(json, order);
        }
        else
        {
            WriteClean(json, order);
        }
    }

    public static void WriteClean(Utf8JsonWriter json, Order order)
    {
        var shop = order.Shop;
        var tiktok = order.ShippingType == "TIKTOK";
        json.WriteStartObject();
        json.WriteString("id"u8, order.Id);
        json.WriteString("status"u8, order.Status);
        json.WriteString("order_type"u8, "NORMAL"u8);
        json.WriteString("fulfillment_type"u8, order.IsFbt ? "FULFILLMENT_BY_TIKTOK"u8 : "FULFILLMENT_BY_SELLER"u8);
        json.WriteString("shipping_type"u8, order.ShippingType);
        json.WriteString("delivery_type"u8, "HOME_DELIVERY"u8);
        json.WriteString("delivery_option_id"u8, tiktok ? shop.TikTokDeliveryOptionId : shop.SellerDeliveryOptionId);
        json.WriteString("delivery_option_name"u8, "Standard Shipping"u8);
        json.WriteString("warehouse_id"u8, order.WarehouseId ?? shop.WarehouseId);
        json.WriteString("user_id"u8, order.Buyer.UserId);
        json.WriteString("buyer_email"u8, order.Buyer.Email);
        json.WriteString("buyer_message"u8, ""u8);
        json.WriteNumber("create_time"u8, order.CreateTime);
        json.WriteNumber("paid_time"u8, order.CreateTime);
        json.WriteNumber("update_time"u8, order.UpdateTime);
        WriteTimes(json, order);
        json.WriteBoolean("is_on_hold_order"u8, true);
        json.WriteBoolean("is_buyer_request_cancel"u8, order.PendingCancel is not null);
        json.WriteBoolean("is_sample_order"u8, false);
        json.WriteBoolean("is_cod"u8, false);
        json.WriteBoolean("is_replacement_order"u8, false);
        json.WriteBoolean("is_exchange_order"u8, false);
        json.WriteBoolean("has_updated_recipient_address"u8, order.AddressWasChanged);
        if (order.SplitOrCombineTag is { } tag)
        {
            json.WriteString("split_or_combine_tag"u8, tag);
        }

        if (order.CancelReason is { } reason)
        {
            json.WriteString("cancellation_initiator"u8, order.CancelInitiator);
            json.WriteString("cancel_reason"u8, reason);
        }

        json.WriteStartArray("packages"u8);
        Package? shown = null;
        foreach (var package in order.Packages)
        {
            json.WriteStartObject();
            json.WriteString("id"u8, package.Id);
            json.WriteEndObject();
            shown = package.IsLive ? package : shown;
        }

        json.WriteEndArray();
        if (shown is not null)
        {
            json.WriteString("tracking_number"u8, shown.TrackingNumber);
            json.WriteString("shipping_provider"u8, shown.Carrier.Name);
            json.WriteString("shipping_provider_id"u8, shown.Carrier.Id);
        }

        var total = WriteLines(json, order);
        WritePayment(json, shop.Currency, total);
        WriteAddress(json, order);
        json.WriteEndObject();
    }

    private static void WriteTimes(Utf8JsonWriter json, Order order)
    {
        void Time(ReadOnlySpan<byte> name, long seconds)
        {
            if (seconds > 0)
            {
                json.WriteNumber(name, seconds);
            }
        }

        Time("rts_time"u8, order.RtsTime);
        Time("rts_sla_time"u8, order.Deadlines.RtsSla);
        Time("tts_sla_time"u8, order.Deadlines.TtsSla);
        Time("cancel_order_sla_time"u8, order.Deadlines.ShippingDue);
        Time("shipping_due_time"u8, order.Deadlines.ShippingDue);
        Time("collection_due_time"u8, order.Deadlines.CollectionDue);
        Time("delivery_sla_time"u8, order.Deadlines.DeliverySla);
        Time("collection_time"u8, (order.ScannedAtMs ?? 0) / 1000);
        Time("delivery_time"u8, order.DeliveryTime);
        Time("cancel_time"u8, (order.CancelledAtMs ?? 0) / 1000);
        Time("request_cancel_time"u8, order.RequestCancelTime);
    }

    private static long WriteLines(Utf8JsonWriter json, Order order)
    {
        var total = 0L;
        json.WriteStartArray("line_items"u8);
        foreach (var line in order.Lines)
        {
            var sku = line.Sku;
            var package = line.Package is { IsVisible: true } visible ? visible : null;
            total += sku.PriceCents;
            var price = Money.Text(sku.PriceCents);
            json.WriteStartObject();
            json.WriteString("id"u8, line.Id);
            json.WriteString("sku_id"u8, sku.Id);
            json.WriteString("sku_name"u8, sku.Name);
            json.WriteString("seller_sku"u8, sku.SellerSku);
            json.WriteString("product_id"u8, sku.Product.Id);
            json.WriteString("product_name"u8, sku.Product.Title);
            json.WriteString("original_price"u8, price);
            json.WriteString("sale_price"u8, price);
            json.WriteString("seller_discount"u8, "0.00"u8);
            json.WriteString("platform_discount"u8, "0.00"u8);
            json.WriteString("currency"u8, order.Shop.Currency);
            json.WriteString("display_status"u8, DisplayStatus(order, package));
            json.WriteBoolean("is_gift"u8, false);
            json.WriteBoolean("is_dangerous_good"u8, false);
            json.WriteBoolean("needs_prescription"u8, false);
            if (package is not null)
            {
                json.WriteString("package_id"u8, package.Id);
                json.WriteString("package_status"u8, package.Status);
                json.WriteString("tracking_number"u8, package.TrackingNumber);
                json.WriteString("shipping_provider_id"u8, package.Carrier.Id);
                json.WriteString("shipping_provider_name"u8, package.Carrier.Name);
                json.WriteNumber("rts_time"u8, package.CreateTime);
            }

            if (order.CancelReason is { } reason)
            {
                json.WriteString("cancel_reason"u8, reason);
                json.WriteString("cancel_user"u8, order.CancelInitiator);
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
        return total;
    }

    /// <summary>Lines know neither ON_HOLD nor PARTIALLY_SHIPPING (6.4); what stands there instead is not documented.</summary>
    private static string DisplayStatus(Order order, Package? package) => order.Status switch
    {
        OrderStatus.OnHold => OrderStatus.AwaitingShipment,
        OrderStatus.PartiallyShipping => package is null ? OrderStatus.AwaitingShipment : OrderStatus.AwaitingCollection,
        _ => order.Status,
    };

    private static void WritePayment(Utf8JsonWriter json, string currency, long goods)
    {
        var tax = goods * 8 / 100;
        json.WriteStartObject("payment"u8);
        json.WriteString("currency"u8, currency);
        json.WriteMoney("sub_total"u8, goods);
        json.WriteMoney("original_total_product_price"u8, goods);
        json.WriteString("seller_discount"u8, "0.00"u8);
        json.WriteString("platform_discount"u8, "0.00"u8);
        json.WriteMoney("shipping_fee"u8, ShippingFeeCents);
        json.WriteMoney("original_shipping_fee"u8, ShippingFeeCents);
        json.WriteString("shipping_fee_seller_discount"u8, "0.00"u8);
        json.WriteString("shipping_fee_platform_discount"u8, "0.00"u8);
        json.WriteMoney("tax"u8, tax);
        json.WriteMoney("product_tax"u8, tax);
        json.WriteMoney("total_amount"u8, goods + ShippingFeeCents + tax);
        json.WriteEndObject();
    }

    private static void WriteAddress(Utf8JsonWriter json, Order order)
    {
        var buyer = order.Buyer;
        json.WriteStartObject("recipient_address"u8);
        if (order.Status == OrderStatus.OnHold)
        {
            foreach (var name in (ReadOnlySpan<string>)["name", "first_name", "last_name", "phone_number", "full_address", "address_detail", "address_line1", "address_line2", "postal_code", "region_code"])
            {
                json.WriteString(name, ""u8);
            }

            json.WriteStartArray("district_info"u8);
            json.WriteEndArray();
            json.WriteEndObject();
            return;
        }

        var clear = order.ShippingType == "SELLER" && order.Status != OrderStatus.Cancelled && !order.IsFbt;
        json.WriteString("name"u8, clear ? buyer.Name : buyer.MaskedName);
        json.WriteString("first_name"u8, clear ? buyer.FirstName : buyer.FirstName[..1] + "***");
        json.WriteString("last_name"u8, clear ? buyer.LastName : buyer.LastName[..1] + "***");
        json.WriteString("phone_number"u8, clear ? buyer.Phone : buyer.MaskedPhone);
        json.WriteString("full_address"u8, clear ? buyer.FullAddress : $"***, {buyer.City}, {buyer.StateCode}, {buyer.CountryName}");
        json.WriteString("address_detail"u8, clear ? buyer.AddressLine1 : "***");
        json.WriteString("address_line1"u8, clear ? buyer.AddressLine1 : "***");
        json.WriteString("address_line2"u8, clear ? buyer.AddressLine2 : "***");
        json.WriteString("postal_code"u8, order.Status == OrderStatus.Cancelled ? "***" : buyer.PostalCode);
        json.WriteString("region_code"u8, buyer.RegionCode);
        json.WriteStartArray("district_info"u8);
        District(json, "L0"u8, "Country"u8, buyer.CountryName, buyer.RegionCode);
        District(json, "L1"u8, "State"u8, buyer.State, buyer.StateCode);
        if (buyer.County.Length > 0)
        {
            District(json, "L2"u8, "County"u8, buyer.County, null);
        }

        District(json, "L3"u8, "City"u8, buyer.City, null);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void District(Utf8JsonWriter json, ReadOnlySpan<byte> level, ReadOnlySpan<byte> levelName, string name, string? isoCode)
    {
        json.WriteStartObject();
        json.WriteString("address_level"u8, level);
        json.WriteString("address_level_name"u8, levelName);
        json.WriteString("address_name"u8, name);
        if (isoCode is not null)
        {
            json.WriteString("iso_code"u8, isoCode);
        }

        json.WriteEndObject();
    }
}
