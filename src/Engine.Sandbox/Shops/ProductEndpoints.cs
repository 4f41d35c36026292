using System.Globalization;
using System.Text.Json;
using Engine.Sandbox.Http;

namespace Engine.Sandbox.Shops;

/// <summary>Get Product (weight, size) and Search Products (tiktok-shop-api.md 9.3).</summary>
public sealed class ProductEndpoints
{
    private const int UnitsInStock = 1000;
    private const int IdsPerFilter = 10;

    public void Register(RouteTable routes)
    {
        routes.Add("GET", "/product/202309/products/{product_id}", "seller.product.basic", ApiWeight.LightRead, Detail);
        routes.Add("POST", "/product/202502/products/search", "seller.product.basic", ApiWeight.Read, Search);
    }

    private static void Detail(ApiCall call)
    {
        lock (call.Shop.Gate)
        {
            if (call.Shop.Products.Find(p => p.Id == call.PathValues[0]) is not { } product)
            {
                call.Fail(12052048, "The product is not listed in this shop.");
                return;
            }

            var json = call.Data();
            json.WriteStartObject();
            json.WriteString("id"u8, product.Id);
            json.WriteString("title"u8, product.Title);
            json.WriteString("status"u8, "ACTIVATE"u8);
            json.WriteString("description"u8, product.Title);
            json.WriteStartObject("package_weight"u8);
            json.WriteString("value"u8, (product.WeightGrams / 1000m).ToString("0.###", CultureInfo.InvariantCulture));
            json.WriteString("unit"u8, "KILOGRAM"u8);
            json.WriteEndObject();
            json.WriteStartObject("package_dimensions"u8);
            json.WriteString("length"u8, product.LengthCm.ToString(CultureInfo.InvariantCulture));
            json.WriteString("width"u8, product.WidthCm.ToString(CultureInfo.InvariantCulture));
            json.WriteString("height"u8, product.HeightCm.ToString(CultureInfo.InvariantCulture));
            json.WriteString("unit"u8, "CENTIMETER"u8);
            json.WriteEndObject();
            json.WriteNumber("create_time"u8, product.CreateTime);
            json.WriteNumber("update_time"u8, product.CreateTime);
            WriteSkus(json, call.Shop, product);
            json.WriteEndObject();
        }
    }

    private static void Search(ApiCall call)
    {
        using var body = RequestBody.Read(call, 12052910);
        if (body is null || !body.Texts("sku_ids", out var skuIds) || !body.Texts("seller_skus", out var sellerSkus) || !body.Text("status", out var status))
        {
            return;
        }

        if (sellerSkus is { Count: > IdsPerFilter })
        {
            call.Fail(12019027, "Too many seller_skus.");
            return;
        }

        if (skuIds is { Count: > IdsPerFilter })
        {
            call.Fail(12019087, "Too many sku_ids.");
            return;
        }

        if (!int.TryParse(call.Query["page_size"], NumberStyles.None, CultureInfo.InvariantCulture, out var size) || size is < 1 or > 100)
        {
            call.Fail(12019109, "page_size is invalid.");
            return;
        }

        var offset = 0;
        if (call.Query["page_token"] is { Length: > 0 } token && !TryReadToken(token, out offset))
        {
            call.Fail(12019108, "page_token is invalid.");
            return;
        }

        lock (call.Shop.Gate)
        {
            var found = call.Shop.Products.Where(p =>
                (string.IsNullOrEmpty(status) || status is "ALL" or "ACTIVATE")
                && (skuIds is not { Count: > 0 } || p.Skus.Any(s => skuIds.Contains(s.Id)))
                && (sellerSkus is not { Count: > 0 } || p.Skus.Any(s => sellerSkus.Contains(s.SellerSku)))).ToList();
            var json = call.Data();
            json.WriteStartObject();
            json.WriteString("next_page_token"u8, offset + size < found.Count ? Token(offset + size) : "");
            json.WriteNumber("total_count"u8, found.Count);
            json.WriteStartArray("products"u8);
            foreach (var product in found.Skip(offset).Take(size))
            {
                json.WriteStartObject();
                json.WriteString("id"u8, product.Id);
                json.WriteString("title"u8, product.Title);
                json.WriteString("status"u8, "ACTIVATE"u8);
                json.WriteNumber("create_time"u8, product.CreateTime);
                json.WriteNumber("update_time"u8, product.CreateTime);
                json.WriteStrings("sales_regions"u8, [call.Shop.Region]);
                WriteSkus(json, call.Shop, product);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }
    }

    private static void WriteSkus(Utf8JsonWriter json, Shop shop, Product product)
    {
        json.WriteStartArray("skus"u8);
        foreach (var sku in product.Skus)
        {
            json.WriteStartObject();
            json.WriteString("id"u8, sku.Id);
            json.WriteString("seller_sku"u8, sku.SellerSku);
            json.WriteStartObject("price"u8);
            json.WriteString("currency"u8, shop.Currency);
            json.WriteMoney("sale_price"u8, sku.PriceCents);
            json.WriteMoney("tax_exclusive_price"u8, sku.PriceCents);
            json.WriteEndObject();
            json.WriteStartArray("inventory"u8);
            json.WriteStartObject();
            json.WriteString("warehouse_id"u8, shop.WarehouseId);
            json.WriteNumber("quantity"u8, UnitsInStock);
            json.WriteEndObject();
            json.WriteEndArray();
            json.WriteStartObject("status_info"u8);
            json.WriteString("status"u8, "NORMAL"u8);
            json.WriteEndObject();
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static string Token(int offset) => Convert.ToBase64String([0xFB, 0xFF, 0xBF, .. BitConverter.GetBytes(offset), 0]);

    private static bool TryReadToken(string token, out int offset)
    {
        Span<byte> bytes = stackalloc byte[8];
        offset = 0;
        if (!Convert.TryFromBase64String(token, bytes, out var written) || written != 8)
        {
            return false;
        }

        offset = BitConverter.ToInt32(bytes[3..]);
        return offset >= 0;
    }
}
