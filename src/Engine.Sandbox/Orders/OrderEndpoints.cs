using Engine.Sandbox.Http;

namespace Engine.Sandbox.Orders;

/// <summary>Get Order List and Get Order Detail (tiktok-shop-api.md 6.1, 6.2).</summary>
public sealed class OrderEndpoints(Marketplace market)
{
    private const int IdsPerDetail = 50;
    private const int WarehousesPerFilter = 100;
    private static readonly string[] SortFields = ["create_time", "update_time"];

    public void Register(RouteTable routes)
    {
        routes.Add("POST", "/order/202309/orders/search", "seller.order.info", ApiWeight.Read, Search);
        routes.Add("GET", "/order/202309/orders", "seller.order.info", ApiWeight.LightRead, Detail);
        routes.Add("GET", "/order/202507/orders", "seller.order.info", ApiWeight.LightRead, Detail);
    }

    private void Search(ApiCall call)
    {
        using var body = RequestBody.Read(call, 36009004);
        if (body is null || Paging.Read(call, body, 20, 100, SortFields, ascendingByDefault: false) is not { } paging
            || !body.Text("order_status", out var status) || !body.Text("shipping_type", out var shippingType) || !body.Text("buyer_user_id", out var buyer)
            || !body.Flag("is_buyer_request_cancel", out var cancelRequested) || !body.Texts("warehouse_ids", out var warehouses)
            || !body.Whole("create_time_ge", out var createdFrom) || !body.Whole("create_time_lt", out var createdTo)
            || !body.Whole("update_time_ge", out var updatedFrom) || !body.Whole("update_time_lt", out var updatedTo))
        {
            return;
        }

        if (status is { Length: > 0 } && !OrderStatus.All.Contains(status))
        {
            body.Refuse("order_status", "is unknown");
            return;
        }

        if (shippingType is { Length: > 0 } and not ("TIKTOK" or "SELLER"))
        {
            body.Refuse("shipping_type", "must be TIKTOK or SELLER");
            return;
        }

        if (warehouses is { Count: > WarehousesPerFilter })
        {
            body.Refuse("warehouse_ids", "may hold at most 100 ids");
            return;
        }

        var shop = call.Shop;
        bool Matches(Order order) =>
            (string.IsNullOrEmpty(status) || order.Status == status)
            && (string.IsNullOrEmpty(shippingType) || order.ShippingType == shippingType)
            && (string.IsNullOrEmpty(buyer) || order.Buyer.UserId == buyer)
            && (cancelRequested is not { } c || order.PendingCancel is not null == c)
            && (warehouses is not { Count: > 0 } || warehouses.Contains(order.WarehouseId ?? shop.WarehouseId))
            && order.CreateTime >= (createdFrom ?? long.MinValue) && order.CreateTime < (createdTo ?? long.MaxValue)
            && order.UpdateTime >= (updatedFrom ?? long.MinValue) && order.UpdateTime < (updatedTo ?? long.MaxValue);

        lock (shop.Gate)
        {
            var byUpdate = paging.SortField == "update_time";
            var (orders, next, total) = paging.Page(byUpdate ? shop.OrdersByUpdate : shop.OrdersByCreation,
                (byUpdate ? updatedFrom : createdFrom) ?? long.MinValue, (byUpdate ? updatedTo : createdTo) ?? long.MaxValue, Matches);
            var json = call.Data();
            json.WriteStartObject();
            json.WriteString("next_page_token"u8, next);
            json.WriteNumber("total_count"u8, total);
            json.WriteStartArray("orders"u8);
            foreach (var order in orders)
            {
                OrderJson.Write(json, order);
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }
    }

    /// <summary>One unknown or foreign id fails the whole call with 21008111 (6.2).</summary>
    private void Detail(ApiCall call)
    {
        var ids = (call.Query["ids"] ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        if (ids.Length is 0 or > IdsPerDetail)
        {
            call.InvalidParameter("ids", "must hold 1 to 50 order ids");
            return;
        }

        lock (call.Shop.Gate)
        {
            var found = new Order[ids.Length];
            for (var i = 0; i < ids.Length; i++)
            {
                if (!market.Orders.TryGetValue(ids[i], out var order) || !ReferenceEquals(order.Shop, call.Shop))
                {
                    call.Fail(21008111, "The order does not belong to the seller.");
                    return;
                }

                found[i] = order;
            }

            var json = call.Data();
            json.WriteStartObject();
            json.WriteStartArray("orders"u8);
            foreach (var order in found)
            {
                OrderJson.Write(json, order);
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }
    }
}
