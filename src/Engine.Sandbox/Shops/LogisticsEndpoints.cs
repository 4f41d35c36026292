using System.Text.Json;
using Engine.Sandbox.Http;

namespace Engine.Sandbox.Shops;

/// <summary>Warehouses, their delivery options and the carriers of an option (tiktok-shop-api.md 8).</summary>
public sealed class LogisticsEndpoints
{
    public void Register(RouteTable routes)
    {
        routes.Add("GET", "/logistics/202309/warehouses", "seller.logistics", ApiWeight.LightRead, Warehouses);
        routes.Add("GET", "/logistics/202309/warehouses/{warehouse_id}/delivery_options", "seller.logistics", ApiWeight.LightRead, DeliveryOptions);
        routes.Add("GET", "/logistics/202309/delivery_options/{delivery_option_id}/shipping_providers", "seller.logistics", ApiWeight.LightRead, Providers);
    }

    private static void Warehouses(ApiCall call)
    {
        var shop = call.Shop;
        var json = call.Data();
        json.WriteStartObject();
        json.WriteStartArray("warehouses"u8);
        Warehouse(json, shop.WarehouseId, "Reno DC", shop.WarehouseEntityId, isDefault: true);
        if (shop.SecondWarehouseId is { } second)
        {
            Warehouse(json, second, "Reno DC 2", second, isDefault: false);
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Warehouse(Utf8JsonWriter json, string id, string name, string entityId, bool isDefault)
    {
        json.WriteStartObject();
        json.WriteString("id"u8, id);
        json.WriteString("name"u8, name);
        json.WriteString("entity_id"u8, entityId);
        json.WriteString("effect_status"u8, "ENABLED"u8);
        json.WriteString("type"u8, "SALES_WAREHOUSE"u8);
        json.WriteString("sub_type"u8, "DOMESTIC_WAREHOUSE"u8);
        json.WriteBoolean("is_default"u8, isDefault);
        json.WriteStartObject("address"u8);
        json.WriteString("region"u8, "United States"u8);
        json.WriteString("region_code"u8, "US"u8);
        json.WriteString("state"u8, "Nevada"u8);
        json.WriteString("city"u8, "Reno"u8);
        json.WriteString("distict"u8, "Washoe"u8);
        json.WriteString("postal_code"u8, "89502"u8);
        json.WriteString("address_line1"u8, "1 Example Way"u8);
        json.WriteString("address_line2"u8, ""u8);
        json.WriteString("full_address"u8, "1 Example Way, Reno, NV 89502"u8);
        json.WriteString("contact_person"u8, "Dock"u8);
        json.WriteString("phone_number"u8, "(+1)775*****00"u8);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void DeliveryOptions(ApiCall call)
    {
        var shop = call.Shop;
        if (call.PathValues[0] != shop.WarehouseId)
        {
            call.InvalidParameter("warehouse_id", "is unknown");
            return;
        }

        var json = call.Data();
        json.WriteStartObject();
        json.WriteStartArray("delivery_options"u8);
        foreach (var (id, type, name) in (ReadOnlySpan<(string, string, string)>)[(shop.TikTokDeliveryOptionId, "STANDARD", "Standard Shipping"), (shop.SellerDeliveryOptionId, "SEND_BY_SELLER", "Shipped by seller")])
        {
            json.WriteStartObject();
            json.WriteString("id"u8, id);
            json.WriteString("name"u8, name);
            json.WriteString("type"u8, type);
            json.WriteString("description"u8, ""u8);
            json.WriteStartObject("dimension_limit"u8);
            json.WriteNumber("max_length"u8, 120);
            json.WriteNumber("max_width"u8, 80);
            json.WriteNumber("max_height"u8, 80);
            json.WriteString("unit"u8, "CM"u8);
            json.WriteEndObject();
            json.WriteStartObject("weight_limit"u8);
            json.WriteNumber("min_weight"u8, 0);
            json.WriteNumber("max_weight"u8, 68_038);
            json.WriteString("unit"u8, "GRAM"u8);
            json.WriteEndObject();
            json.WriteStrings("platform"u8, ["TIKTOK_SHOP"]);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Providers(ApiCall call)
    {
        var shop = call.Shop;
        if (call.PathValues[0] == shop.TikTokDeliveryOptionId)
        {
            call.Fail(21008117, "The delivery option is shipped by TikTok.");
            return;
        }

        if (call.PathValues[0] != shop.SellerDeliveryOptionId)
        {
            call.Fail(21008116, "The delivery option is not subscribed.");
            return;
        }

        var json = call.Data();
        json.WriteStartObject();
        json.WriteStartArray("shipping_providers"u8);
        foreach (var carrier in shop.Carriers)
        {
            json.WriteStartObject();
            json.WriteString("id"u8, carrier.Id);
            json.WriteString("name"u8, carrier.Name);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }
}
