using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Engine.Domain.Ports;

namespace Engine.FrontDoor.Tests.Fakes;

/// <summary>Signs and reads webhooks in a way of its own; the real signature has its own tests.</summary>
internal sealed class FakeHints : IMarketplaceHints
{
    private static readonly byte[] Secret = "webhook-test-secret"u8.ToArray();

    public bool Unfit { get; set; }

    public static string Sign(byte[] body) => Convert.ToHexStringLower(HMACSHA256.HashData(Secret, body));

    public static byte[] Body(string shop, int type = 1, string? order = "576461", string? id = null) => Encoding.UTF8.GetBytes(JsonSerializer.Serialize(
        new { type, shop_id = shop, tts_notification_id = id, data = new { order_id = order } }));

    public HintReading Read(string? signatureHeader, ReadOnlySpan<byte> body)
    {
        if (Unfit)
        {
            throw new CryptographicException("No key.");
        }

        if (signatureHeader != Sign(body.ToArray()))
        {
            return new HintReading.Forged();
        }

        try
        {
            var root = JsonDocument.Parse(body.ToArray()).RootElement;
            return new HintReading.Hint(
                root.GetProperty("shop_id").GetString()!,
                root.GetProperty("type").GetInt32(),
                root.GetProperty("data").GetProperty("order_id").GetString(),
                root.GetProperty("tts_notification_id").GetString(),
                null);
        }
        catch (JsonException e)
        {
            return new HintReading.Unreadable(e.Message);
        }
    }
}
