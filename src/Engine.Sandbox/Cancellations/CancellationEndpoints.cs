using System.Text.Json;
using Engine.Sandbox.Http;
using Engine.Sandbox.Orders;

namespace Engine.Sandbox.Cancellations;

/// <summary>Search, approve, reject and seller's cancellation (tiktok-shop-api.md 10).</summary>
public sealed class CancellationEndpoints(Marketplace market)
{
    private const string Scope = "seller.return_refund.basic";
    private static readonly string[] SortFields = ["create_time", "update_time"];
    private static readonly string[] SellerReasons =
    [
        "seller_cancel_reason_out_of_stock", "seller_cancel_reason_wrong_price", "seller_cancel_paid_reason_address_not_deliver",
        "seller_cancel_paid_reason_buyer_requested_cancellation",
    ];

    private static readonly string[] UnpaidReasons =
    [
        "seller_cancel_unpaid_reason_out_of_stock", "seller_cancel_unpaid_reason_wrong_price",
        "seller_cancel_unpaid_reason_buyer_hasnt_paid_within_time_allowed", "seller_cancel_unpaid_reason_buyer_requested_cancellation",
    ];

    private static readonly string[] RejectReasons =
    [
        "seller_reject_apply_product_has_been_packed", "order_manage_list_action_respond_popup_reject_reason_invalid_cancellation_reason",
        "order_manage_list_action_respond_popup_reject_reason_delivered", "order_manage_list_action_respond_popup_reject_reason_buyer_agree",
    ];

    public void Register(RouteTable routes)
    {
        routes.Add("POST", "/return_refund/202309/cancellations/search", Scope, ApiWeight.Read, Search);
        routes.Add("POST", "/return_refund/202309/cancellations", Scope, ApiWeight.Write, Cancel);
        routes.Add("POST", "/return_refund/202309/cancellations/{cancel_id}/approve", Scope, ApiWeight.Write, Approve);
        routes.Add("POST", "/return_refund/202309/cancellations/{cancel_id}/reject", Scope, ApiWeight.Write, Reject);
    }

    private static void Search(ApiCall call)
    {
        using var body = RequestBody.Read(call, 25001001);
        if (body is null || Paging.Read(call, body, 10, 50, SortFields, ascendingByDefault: true) is not { } paging
            || !body.Texts("cancel_ids", out var ids) || !body.Texts("order_ids", out var orderIds) || !body.Texts("buyer_user_ids", out var buyers)
            || !body.Texts("cancel_types", out var types) || !body.Texts("cancel_status", out var states)
            || !body.Whole("create_time_ge", out var createdFrom) || !body.Whole("create_time_lt", out var createdTo)
            || !body.Whole("update_time_ge", out var updatedFrom) || !body.Whole("update_time_lt", out var updatedTo))
        {
            return;
        }

        // Filters spell a closed request CANCEL, results CANCELLED (10.2).
        var wanted = states?.Select(static s => s == "CANCELLATION_REQUEST_CANCEL" ? Cancellation.Closed : s).ToList();
        bool Matches(Cancellation c) =>
            (ids is not { Count: > 0 } || ids.Contains(c.Id)) && (orderIds is not { Count: > 0 } || orderIds.Contains(c.Order.Id))
            && (buyers is not { Count: > 0 } || buyers.Contains(c.Order.Buyer.UserId)) && (types is not { Count: > 0 } || types.Contains(c.Type))
            && (wanted is not { Count: > 0 } || wanted.Contains(c.Status))
            && c.CreateTime >= (createdFrom ?? long.MinValue) && c.CreateTime < (createdTo ?? long.MaxValue)
            && c.UpdateTime >= (updatedFrom ?? long.MinValue) && c.UpdateTime < (updatedTo ?? long.MaxValue);

        var shop = call.Shop;
        lock (shop.Gate)
        {
            var byUpdate = paging.SortField == "update_time";
            var (found, next, total) = paging.Page(byUpdate ? shop.CancellationsByUpdate : shop.CancellationsByCreation,
                (byUpdate ? updatedFrom : createdFrom) ?? long.MinValue, (byUpdate ? updatedTo : createdTo) ?? long.MaxValue, Matches);
            var json = call.Data();
            json.WriteStartObject();
            json.WriteString("next_page_token"u8, next);
            json.WriteNumber("total_count"u8, total);
            json.WriteStartArray("cancellations"u8);
            foreach (var cancellation in found)
            {
                Write(json, cancellation);
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }
    }

    private void Cancel(ApiCall call)
    {
        using var body = RequestBody.Read(call, 25001001);
        if (body is null || !body.Text("order_id", out var orderId) || !body.Text("cancel_reason", out var reason)
            || !body.Texts("order_line_item_ids", out var lineIds))
        {
            return;
        }

        lock (call.Shop.Gate)
        {
            if (!market.Orders.TryGetValue(orderId ?? "", out var order) || !ReferenceEquals(order.Shop, call.Shop))
            {
                call.Fail(25020005, "No permission for this order.");
            }
            else if (order.Status == OrderStatus.Cancelled)
            {
                call.Fail(25001011, "The order is cancelled already.");
            }
            else if (order.Status is OrderStatus.InTransit or OrderStatus.Delivered or OrderStatus.Completed)
            {
                call.Fail(25001045, "The order has been shipped.");
            }
            else if (UnpaidReasons.Contains(reason))
            {
                call.Fail(25001021, "The reason does not fit the order status.");
            }
            else if (!SellerReasons.Contains(reason))
            {
                call.Fail(25001014, "The reason is unknown.");
            }
            else if (lineIds is { Count: > 0 } && lineIds.Count < order.Lines.Length)
            {
                call.Fail(25005010, "Single lines cannot be cancelled.");
            }
            else
            {
                var cancellation = market.Desk.SellerCancels(order, reason!, market.Clock.NowMs);
                var json = call.Data();
                json.WriteStartObject();
                json.WriteString("cancel_id"u8, cancellation.Id);
                json.WriteString("cancel_status"u8, cancellation.Status);
                json.WriteEndObject();
            }
        }
    }

    private void Approve(ApiCall call)
    {
        if (TryFind(call, out var request) && TryKey(call, out var key))
        {
            lock (call.Shop.Gate)
            {
                Answer(call, request, key, approve: true);
            }
        }
    }

    private void Reject(ApiCall call)
    {
        using var body = RequestBody.Read(call, 25001001);
        if (body is null || !body.Text("reject_reason", out var reason) || !TryFind(call, out var request) || !TryKey(call, out var key))
        {
            return;
        }

        if (!RejectReasons.Contains(reason))
        {
            call.Fail(25001014, "The reason is unknown.");
            return;
        }

        lock (call.Shop.Gate)
        {
            Answer(call, request, key, approve: false);
        }
    }

    /// <summary>One effect per key; the same key with the other answer is a wrong parameter (the platform is silent: invented). Inside the shop's lock.</summary>
    private void Answer(ApiCall call, Cancellation request, string? key, bool approve)
    {
        if (key is not null && request.AnsweredByKey.TryGetValue(key, out var approvedBefore))
        {
            if (approvedBefore == approve)
            {
                call.EmptyData();
            }
            else
            {
                call.Fail(25001001, "Invalid parameter: idempotency_key was used for another decision.");
            }

            return;
        }

        var now = market.Clock.NowMs;
        if (request.Type != "BUYER_CANCEL")
        {
            call.Fail(25020004, "The decision does not fit the request type.");
        }
        else if (approve && request.Status == Cancellation.Pending && request.Order.Status is OrderStatus.InTransit or OrderStatus.Delivered or OrderStatus.Completed)
        {
            call.Fail(25001045, "The order has been shipped.");
        }
        else if (approve ? market.Desk.Approve(request, now) : market.Desk.Reject(request, now))
        {
            if (key is not null)
            {
                request.AnsweredByKey[key] = approve;
            }

            call.EmptyData();
        }
        else
        {
            var (code, message) = (approve, request) switch
            {
                (true, { Status: Cancellation.Closed, RejectedBySeller: false }) => (25020009, "The request was withdrawn."),
                (true, _) => (25011012, "The status no longer allows approving."),
                (false, { Status: Cancellation.Success or Cancellation.Complete }) => (25020010, "The request was approved."),
                (false, _) => (25011011, "The status no longer allows rejecting."),
            };
            call.Fail(code, message);
        }
    }

    /// <summary>Optional, at most 255 characters (10.1).</summary>
    private static bool TryKey(ApiCall call, out string? key)
    {
        key = call.Query["idempotency_key"];
        if (key is { Length: > 255 })
        {
            call.Fail(25001001, "Invalid parameter: idempotency_key is longer than 255 characters.");
            return false;
        }

        return true;
    }

    private bool TryFind(ApiCall call, out Cancellation request)
    {
        if (market.Cancellations.TryGetValue(call.PathValues[0], out request!) && ReferenceEquals(request.Order.Shop, call.Shop))
        {
            return true;
        }

        call.Fail(25020005, "No permission for this order.");
        return false;
    }

    private static void Write(Utf8JsonWriter json, Cancellation cancellation)
    {
        var order = cancellation.Order;
        json.WriteStartObject();
        json.WriteString("cancel_id"u8, cancellation.Id);
        json.WriteString("order_id"u8, order.Id);
        json.WriteString("cancel_type"u8, cancellation.Type);
        json.WriteString("cancel_status"u8, cancellation.Status);
        json.WriteString("role"u8, cancellation.Role);
        json.WriteString("cancel_reason"u8, cancellation.Reason);
        json.WriteString("cancel_reason_text"u8, cancellation.Reason.Replace('_', ' '));
        json.WriteNumber("create_time"u8, cancellation.CreateTime);
        json.WriteNumber("update_time"u8, cancellation.UpdateTime);
        json.WriteStartObject("refund_amount"u8);
        json.WriteString("currency"u8, order.Shop.Currency);
        json.WriteMoney("refund_total"u8, order.Lines.Sum(static l => l.Sku.PriceCents));
        json.WriteMoney("refund_subtotal"u8, order.Lines.Sum(static l => l.Sku.PriceCents));
        json.WriteEndObject();
        if (cancellation.Status == Cancellation.Pending)
        {
            json.WriteStartArray("seller_next_action_response"u8);
            json.WriteStartObject();
            json.WriteString("action"u8, "SELLER_RESPOND_CANCEL"u8);
            json.WriteNumber("deadline"u8, cancellation.DeadlineSeconds ?? 0);
            json.WriteEndObject();
            json.WriteEndArray();
        }

        json.WriteStartArray("cancel_line_items"u8);
        foreach (var line in order.Lines)
        {
            json.WriteStartObject();
            json.WriteString("cancel_line_item_id"u8, "4036" + line.Id[4..]);
            json.WriteString("order_line_item_id"u8, line.Id);
            json.WriteString("sku_id"u8, line.Sku.Id);
            json.WriteString("sku_name"u8, line.Sku.Name);
            json.WriteString("seller_sku"u8, line.Sku.SellerSku);
            json.WriteString("product_name"u8, line.Sku.Product.Title);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }
}
