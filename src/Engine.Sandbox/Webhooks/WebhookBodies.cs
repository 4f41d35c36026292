using System.Buffers;
using System.Text.Json;

namespace Engine.Sandbox.Webhooks;

/// <summary>Webhook bodies by type (tiktok-shop-api.md 11.4).</summary>
public static class WebhookBodies
{
    public const string OrderStatusChange = "ORDER_STATUS_CHANGE";
    public const string RecipientAddressUpdate = "RECIPIENT_ADDRESS_UPDATE";
    public const string PackageUpdate = "PACKAGE_UPDATE";
    public const string CancellationStatusChange = "CANCELLATION_STATUS_CHANGE";
    public const string SellerDeauthorization = "SELLER_DEAUTHORIZATION";

    /// <summary>Event types that the management API accepts (11.3).</summary>
    public static readonly string[] EventTypes =
    [
        OrderStatusChange, RecipientAddressUpdate, PackageUpdate, "PRODUCT_STATUS_CHANGE", SellerDeauthorization, "UPCOMING_AUTHORIZATION_EXPIRATION",
        CancellationStatusChange, "RETURN_STATUS_CHANGE", "REVERSE_STATUS_UPDATE", "NEW_CONVERSATION", "NEW_MESSAGE", "NEW_MESSAGE_LISTENER",
        "PRODUCT_INFORMATION_CHANGE", "PRODUCT_CREATION", "PRODUCT_CATEGORY_CHANGE", "PRODUCT_AUDIT_STATUS_CHANGE", "INVOICE_STATUS_CHANGE",
    ];

    public static byte[] Envelope(int type, string id, string shopId, long timestamp, Action<Utf8JsonWriter> data)
    {
        var buffer = new ArrayBufferWriter<byte>(320);
        using var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { SkipValidation = true });
        json.WriteStartObject();
        json.WriteNumber("type"u8, type);
        json.WriteString("tts_notification_id"u8, id);
        json.WriteString("shop_id"u8, shopId);
        json.WriteNumber("timestamp"u8, timestamp);
        json.WriteStartObject("data"u8);
        data(json);
        json.WriteEndObject();
        json.WriteEndObject();
        json.Flush();
        return buffer.WrittenSpan.ToArray();
    }
}
