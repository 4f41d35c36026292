using Engine.Sandbox.Documents;
using Engine.Sandbox.Http;
using Engine.Sandbox.Orders;

namespace Engine.Sandbox.Fulfillment;

/// <summary>Search Package, Get Package Detail and Get Package Shipping Document (tiktok-shop-api.md 7.7 to 7.9).</summary>
public sealed class PackageEndpoints(Marketplace market, LabelStorage storage)
{
    private static readonly string[] SortFields = ["create_time", "update_time", "order_pay_time"];
    private static readonly string[] PdfDocuments = ["SHIPPING_LABEL", "PACKING_SLIP", "SHIPPING_LABEL_AND_PACKING_SLIP"];

    public void Register(RouteTable routes)
    {
        routes.Add("POST", "/fulfillment/202309/packages/search", "seller.fulfillment.basic", ApiWeight.Read, Search);
        routes.Add("GET", "/fulfillment/202309/packages/{package_id}", "seller.fulfillment.basic", ApiWeight.LightRead, Detail);
        routes.Add("GET", "/fulfillment/202309/packages/{package_id}/shipping_documents", "seller.fulfillment.basic", ApiWeight.Read, Document);
    }

    private void Search(ApiCall call)
    {
        using var body = RequestBody.Read(call, 21001001);
        if (body is null || Paging.Read(call, body, 20, 50, SortFields, ascendingByDefault: false) is not { } paging
            || !body.Text("package_status", out var status)
            || !body.Whole("create_time_ge", out var createdFrom) || !body.Whole("create_time_lt", out var createdTo)
            || !body.Whole("update_time_ge", out var updatedFrom) || !body.Whole("update_time_lt", out var updatedTo))
        {
            return;
        }

        if (status is { Length: > 0 } && !PackageStatus.All.Contains(status))
        {
            body.Refuse("package_status", "is unknown");
            return;
        }

        var shop = call.Shop;
        bool Matches(Package package) =>
            (string.IsNullOrEmpty(status) || package.Status == status)
            && package.CreateTime >= (createdFrom ?? long.MinValue) && package.CreateTime < (createdTo ?? long.MaxValue)
            && package.UpdateTime >= (updatedFrom ?? long.MinValue) && package.UpdateTime < (updatedTo ?? long.MaxValue);

        lock (shop.Gate)
        {
            var byUpdate = paging.SortField == "update_time";
            var (packages, next, total) = paging.Page(byUpdate ? shop.PackagesByUpdate : shop.PackagesByCreation,
                (byUpdate ? updatedFrom : createdFrom) ?? long.MinValue, (byUpdate ? updatedTo : createdTo) ?? long.MaxValue, Matches);
            var json = call.Data();
            json.WriteStartObject();
            json.WriteString("next_page_token"u8, next);
            json.WriteNumber("total_count"u8, total);
            json.WriteStartArray("packages"u8);
            foreach (var package in packages)
            {
                json.WriteStartObject();
                json.WriteString("id"u8, package.Id);
                WriteOrders(call, package);
                json.WriteStrings("order_line_item_ids"u8, package.Lines.Select(static l => l.Id));
                json.WriteString("status"u8, package.Status);
                json.WriteString("tracking_number"u8, package.TrackingNumber);
                json.WriteString("shipping_provider_id"u8, package.Carrier.Id);
                json.WriteString("shipping_provider_name"u8, package.Carrier.Name);
                json.WriteNumber("create_time"u8, package.CreateTime);
                json.WriteNumber("update_time"u8, package.UpdateTime);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }
    }

    private void Detail(ApiCall call)
    {
        lock (call.Shop.Gate)
        {
            if (!TryFind(call, out var package) || !package.IsVisible)
            {
                call.Fail(10006402, "No permission for this package.");
                return;
            }

            var shop = call.Shop;
            var order = package.Orders[0];
            var buyer = order.Buyer;
            var clear = package.ShippingType == "SELLER";
            var json = call.Data();
            json.WriteStartObject();
            json.WriteString("package_id"u8, package.Id);
            json.WriteString("package_status"u8, package.Status);
            WriteOrders(call, package);
            json.WriteStrings("order_line_item_ids"u8, package.Lines.Select(static l => l.Id));
            json.WriteString("shipping_type"u8, package.ShippingType);
            json.WriteString("warehouse_id"u8, package.WarehouseId ?? order.WarehouseId ?? shop.WarehouseId);
            json.WriteString("delivery_option_id"u8, clear ? shop.SellerDeliveryOptionId : shop.TikTokDeliveryOptionId);
            json.WriteString("delivery_option_name"u8, "Standard Shipping"u8);
            json.WriteString("tracking_number"u8, package.TrackingNumber);
            json.WriteString("shipping_provider_id"u8, package.Carrier.Id);
            json.WriteString("shipping_provider_name"u8, package.Carrier.Name);
            json.WriteString("handover_method"u8, "DROP_OFF"u8);
            json.WriteString("split_and_combine_tag"u8, package.Tag);
            json.WriteBoolean("has_multi_skus"u8, package.Lines.Select(static l => l.Sku.Id).Distinct(StringComparer.Ordinal).Skip(1).Any());
            json.WriteString("note_tag"u8, "BUYER_UNNOTED"u8);
            if (package.Weight.Value is not null)
            {
                ParcelMeasures.Write(json, package.Weight, package.Size);
            }

            json.WriteStartObject("recipient_address"u8);
            json.WriteString("name"u8, clear ? buyer.Name : buyer.MaskedName);
            json.WriteString("phone_number"u8, clear ? buyer.Phone : buyer.MaskedPhone);
            json.WriteString("full_address"u8, clear ? buyer.FullAddress : $"***, {buyer.City}, {buyer.StateCode}, {buyer.CountryName}");
            json.WriteString("address_line1"u8, clear ? buyer.AddressLine1 : "***");
            json.WriteString("postal_code"u8, buyer.PostalCode);
            json.WriteString("region_code"u8, buyer.RegionCode);
            json.WriteEndObject();
            json.WriteStartObject("sender_address"u8);
            json.WriteString("name"u8, shop.Name);
            json.WriteString("phone_number"u8, "(+1)775*****00"u8);
            json.WriteString("full_address"u8, "1 Example Way, Reno, NV 89502"u8);
            json.WriteString("address_line1"u8, "1 Example Way"u8);
            json.WriteString("postal_code"u8, "89502"u8);
            json.WriteString("region_code"u8, "US"u8);
            json.WriteEndObject();
            json.WriteNumber("create_time"u8, package.CreateTime);
            json.WriteNumber("update_time"u8, package.UpdateTime);
            json.WriteEndObject();
        }
    }

    private void Document(ApiCall call)
    {
        var type = call.Query["document_type"];
        var size = call.Query["document_size"] is { Length: > 0 } given ? given : "A6";
        var format = call.Query["document_format"] is { Length: > 0 } wanted ? wanted : "PDF";
        if (type is null || !PdfDocuments.Contains(type) || size is not ("A6" or "A5") || format != "PDF")
        {
            call.Fail(21001001, type is null ? "Invalid parameter: document_type is required" : "Invalid parameter: document_type, document_size or document_format is not available in this market");
            return;
        }

        lock (call.Shop.Gate)
        {
            if (!TryFind(call, out var package))
            {
                var fbt = market.Orders.TryGetValue(call.PathValues[0], out var order) && order.IsFbt;
                call.Fail(fbt ? 21008043 : 21011028, "The package does not belong to the shop.");
            }
            else if (package.ShippingType != "TIKTOK")
            {
                call.Fail(11034002, "Only orders shipped by TikTok have documents.");
            }
            else if (package.Status == PackageStatus.Cancelled)
            {
                call.Fail(21023059, "The package is cancelled.");
            }
            else if (package.Status != PackageStatus.Processing)
            {
                call.Fail(21042102, "The parcel has been picked up.");
            }
            else if (package.Orders.Any(static o => o.PendingCancel is not null))
            {
                call.Fail(21021010, "The item has an open after-sale request.");
            }
            else if (!package.IsVisible || market.Clock.NowMs < package.DocumentReadyAtMs)
            {
                call.Fail(11034037, "The carrier is still producing the document.");
            }
            else
            {
                var json = call.Data();
                json.WriteStartObject();
                json.WriteString("doc_url"u8, storage.Url(call.Http.Request, package, type, size));
                json.WriteString("tracking_number"u8, package.TrackingNumber);
                json.WriteEndObject();
            }
        }
    }

    private static void WriteOrders(ApiCall call, Package package)
    {
        call.Json.WriteStartArray("orders"u8);
        foreach (var order in package.Orders)
        {
            call.Json.WriteStartObject();
            call.Json.WriteString("id"u8, order.Id);
            call.Json.WriteEndObject();
        }

        call.Json.WriteEndArray();
    }

    private bool TryFind(ApiCall call, out Package package) =>
        market.Packages.TryGetValue(call.PathValues[0], out package!) && ReferenceEquals(package.Shop, call.Shop);
}
