using System.Globalization;
using System.Text.Json;
using Engine.Sandbox.Http;

namespace Engine.Sandbox.Quality;

/// <summary>The Quality Engine's exchange: takes how the outside system sees its orders (data_reconciliation 202401, as in the platform's API description).</summary>
/// <remarks>Invented, because undescribed: the scope, the most orders a call takes, and the codes but for the two that the description's examples name.</remarks>
public sealed class ReconciliationEndpoints(Marketplace market)
{
    private const int OrdersMax = 100;
    private const long Refused = 36010031;
    private const long Invalid = 36010025;

    private static readonly Dictionary<string, string[]> StatusesByChannel = new(StringComparer.Ordinal)
    {
        ["SHOPIFY"] = ["OPEN", "ARCHIVED", "CANCELED"],
        ["WOOCOMMERCE"] = ["PENDING", "ON_HOLD", "PROCESSING", "COMPLETED", "REFUNDED"],
        ["BIGCOMMERCE"] =
        [
            "AWAITING_PAYMENT", "AWAITING_FULFILLMENT", "AWATING_SHIPMENT", "PARTIALLY_SHIPPED", "INCOMPLETE", "MANUAL_VERIFICATION_REQUIRED", "SHIPPED", "CANCELLED",
            "REFUND", "PENDING",
        ],
        ["MAGENTO"] = ["NEW", "PROCESSING", "PENDING", "COMPLETE", "CLOSED", "PENDING_PAYMENT", "ON_HOLD"],
    };

    private static readonly string[] ShopifyFulfillment = ["FULFILLED", "ON_HOLD", "PARTIALLY_FULFILLED", "UNFULFILLED", "SCHEDULED"];

    /// <summary>The closed list (quality-engine-incident-reason-code, 2025-07-02).</summary>
    private static readonly HashSet<string> Reasons =
    [
        "SELLER_TIKTOKSHOP_AUTHORIZATION_REVOKED", "SELLER_UNINSTALLED_DTC_APP", "SELLER_NOT_GRANT_DTC_PERMISSION", "SELLER_DTC_STORE_UNAVAILABLE",
        "SELLER_TIKTOKSHOP_STORE_INACTIVE", "SELLER_DTC_NO_SKU", "SELLER_DTC_ABNORMAL_PRODUCT_STATUS", "SELLER_DTC_PRODUCT_OUT_OF_STOCK",
        "SELLER_TIKTOKSHOP_ORDER_AMOUNT_ZERO", "SELLER_APP_OWE_FEE", "SELLER_ABANDON_SYNC_TIKTOKSHOP_ORDER", "APP_MISSED_WEBHOOK",
        "APP_ORDER_RETRIEVE_API_FAILED", "APP_ORDER_RETRIEVE_API_NOT_MATCH_DTC_FIELD", "APP_CALL_DTC_CREATE_ORDER_API_FAILED", "OTHER",
        "INVALID_TRACKING_NUMBER", "UNSUPPORTED_CARRIER_TRACKING_NUMBER", "ORDER_NOT_ELIGIBLE_FOR_FULFILLMENT",
        "FULFILL_UNIT_OR_ORDER_NUMBER_NOT_COMBINED_CORRECTLY", "FULFILL_UNIT_OR_ORDER_NUMBER_NOT_FOUND", "FULFILLMENT_FAILURE_DUE_TO_RATE_LIMIT",
        "FULFILLMENT_FAILURE_DUE_TO_NO_RETRY_LOGIC", "FULFILLMENT_FAILURE_DUE_TO_NO_API_CALL",
    ];

    public void Register(RouteTable routes) =>
        routes.Add("POST", "/data_reconciliation/202401/orders/import", "seller.order.info", ApiWeight.Write, Import);

    private void Import(ApiCall call)
    {
        using var body = RequestBody.Read(call, 36009004);
        if (body is null)
        {
            return;
        }

        if (!body.Root.TryGetProperty("orders", out var orders) || orders.ValueKind != JsonValueKind.Array || orders.GetArrayLength() is 0 or > OrdersMax)
        {
            body.Refuse("orders", $"must list 1 to {OrdersMax} orders");
            return;
        }

        var refused = new List<(JsonElement Order, string Why)>();
        foreach (var order in orders.EnumerateArray())
        {
            if (Problem(call, order) is { } why)
            {
                refused.Add((order, why));
            }
            else
            {
                market.QualityReports[Text(order, "order_id")!] = Text(order, "issue_reason");
            }
        }

        Answer(call.Data(), refused);
    }

    private string? Problem(ApiCall call, JsonElement order)
    {
        var id = Text(order, "order_id");
        if (id is null || !id.All(char.IsAsciiDigit) || !market.Orders.TryGetValue(id, out var known) || !ReferenceEquals(known.Shop, call.Shop))
        {
            return "Invalid order_id";
        }

        if (Text(order, "channel_type") is not { } channel || !StatusesByChannel.TryGetValue(channel, out var statuses))
        {
            return "Invalid channel_type";
        }

        if (Text(order, "channel_order_status") is { } status && !statuses.Contains(status))
        {
            return "Invalid channel_order_status";
        }

        if (channel == "SHOPIFY" && Text(order, "channel_fulfillment_status") is { } fulfillment && !ShopifyFulfillment.Contains(fulfillment))
        {
            return "Invalid channel_fulfillment_status";
        }

        if (Text(order, "channel_order_update_time") is { } updated
            && (updated.Length != 10 || !long.TryParse(updated, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) || seconds > market.Clock.NowSeconds))
        {
            return "Invalid channel_order_update_time";
        }

        return Text(order, "issue_reason") is { } reason && !Reasons.Contains(reason) ? "Invalid issue_reason" : null;
    }

    private static void Answer(Utf8JsonWriter json, List<(JsonElement Order, string Why)> refused)
    {
        json.WriteStartObject();
        json.WriteStartArray("errors"u8);
        foreach (var (order, why) in refused)
        {
            json.WriteStartObject();
            json.WriteString("code"u8, Refused.ToString(CultureInfo.InvariantCulture));
            json.WriteString("message"u8, "The order was not taken.");
            json.WriteStartObject("detail"u8);
            foreach (var member in (string[])["order_id", "channel_order_id", "channel_type"])
            {
                if (Text(order, member) is { } value)
                {
                    json.WriteString(member, value);
                }
            }

            json.WriteStartArray("extra_errors"u8);
            json.WriteStartObject();
            json.WriteString("code"u8, Invalid.ToString(CultureInfo.InvariantCulture));
            json.WriteString("message"u8, why);
            json.WriteEndObject();
            json.WriteEndArray();
            json.WriteEndObject();
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static string? Text(JsonElement order, string name) =>
        order.ValueKind == JsonValueKind.Object && order.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
