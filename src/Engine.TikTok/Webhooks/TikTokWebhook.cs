using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Engine.TikTok;

/// <summary>What the front door needs of a TikTok notification: is it genuine, and what does it hint at.</summary>
public static class TikTokWebhook
{
    private const int HashBytes = 32;
    private const int OrderIdsMax = 100;

    /// <summary>Whether the Authorization header is the platform's signature over these raw bytes. Constant time in the signature's content.</summary>
    /// <remarks>HMAC-SHA256 of app key followed by the body, key = app secret, lower-case hexadecimal, no scheme word. The signature covers no
    /// time: a replayed notification verifies, so treat it as a hint and dedupe by <see cref="WebhookHint.NotificationId"/>.</remarks>
    /// <param name="signature">The header as received; null or of another length is simply not genuine.</param>
    /// <param name="body">The raw request body, before any parsing.</param>
    public static bool Verify(string appKey, string appSecret, string? signature, ReadOnlySpan<byte> body)
    {
        ArgumentException.ThrowIfNullOrEmpty(appKey);
        ArgumentException.ThrowIfNullOrEmpty(appSecret);
        if (signature is null || signature.Length != 2 * HashBytes)
        {
            return false;
        }

        using var hmac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, Encoding.UTF8.GetBytes(appSecret));
        hmac.AppendData(Encoding.UTF8.GetBytes(appKey));
        hmac.AppendData(body);
        Span<byte> hash = stackalloc byte[HashBytes];
        hmac.GetHashAndReset(hash);

        Span<byte> expected = stackalloc byte[2 * HashBytes];
        Span<byte> given = stackalloc byte[2 * HashBytes];
        WriteHex(hash, expected);
        for (var i = 0; i < given.Length; i++)
        {
            given[i] = signature[i] < 128 ? (byte)signature[i] : (byte)0;
        }

        return CryptographicOperations.FixedTimeEquals(expected, given);
    }

    /// <summary>Reads the envelope; unknown types and members are tolerated. Null when the body is no such envelope.</summary>
    public static WebhookHint? Read(ReadOnlySpan<byte> body)
    {
        try
        {
            return ReadEnvelope(body);
        }
        catch (Exception problem) when (problem is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    private static WebhookHint? ReadEnvelope(ReadOnlySpan<byte> body)
    {
        var reader = new Utf8JsonReader(body);
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
        {
            return null;
        }

        int? type = null;
        string? notification = null, shop = null;
        long? sent = null;
        var orders = new List<string>();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("type"u8))
            {
                type = (int?)Number(ref reader, int.MaxValue);
            }
            else if (reader.ValueTextEquals("tts_notification_id"u8))
            {
                notification = Text(ref reader);
            }
            else if (reader.ValueTextEquals("shop_id"u8))
            {
                shop = Text(ref reader);
            }
            else if (reader.ValueTextEquals("timestamp"u8))
            {
                sent = Number(ref reader, 253_402_300_799);
            }
            else if (reader.ValueTextEquals("data"u8))
            {
                CollectOrderIds(ref reader, orders);
            }
            else
            {
                reader.Read();
                reader.Skip();
            }
        }

        if (reader.TokenType != JsonTokenType.EndObject || type is null)
        {
            return null;
        }

        return new WebhookHint(
            (WebhookType)type.Value,
            notification,
            shop,
            sent is { } seconds ? DateTimeOffset.FromUnixTimeSeconds(seconds) : null,
            [.. orders.Distinct(StringComparer.Ordinal)]);
    }

    /// <summary>`order_id` and `order_id_list` at any depth below data: types 1, 3, 11, 12 have the first, type 4 the second.</summary>
    private static void CollectOrderIds(ref Utf8JsonReader reader, List<string> orders)
    {
        reader.Read();
        if (reader.TokenType is not (JsonTokenType.StartObject or JsonTokenType.StartArray))
        {
            return;
        }

        var end = reader.CurrentDepth;
        while (reader.Read() && reader.CurrentDepth > end)
        {
            if (reader.TokenType != JsonTokenType.PropertyName)
            {
                continue;
            }

            if (reader.ValueTextEquals("order_id"u8))
            {
                Add(Text(ref reader));
            }
            else if (reader.ValueTextEquals("order_id_list"u8))
            {
                reader.Read();
                if (reader.TokenType != JsonTokenType.StartArray)
                {
                    reader.Skip();
                    continue;
                }

                while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
                {
                    if (reader.TokenType == JsonTokenType.String)
                    {
                        Add(reader.GetString());
                    }
                    else
                    {
                        reader.Skip();
                    }
                }
            }
        }

        void Add(string? id)
        {
            if (!string.IsNullOrEmpty(id) && orders.Count < OrderIdsMax)
            {
                orders.Add(id);
            }
        }
    }

    private static string? Text(ref Utf8JsonReader reader)
    {
        reader.Read();
        switch (reader.TokenType)
        {
            case JsonTokenType.String:
                return reader.GetString();
            case JsonTokenType.Number:
                return Encoding.UTF8.GetString(reader.ValueSpan);
            default:
                reader.Skip();
                return null;
        }
    }

    private static long? Number(ref Utf8JsonReader reader, long max)
    {
        var text = Text(ref reader);
        return long.TryParse(text, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var value) && value <= max
            ? value
            : null;
    }

    private static void WriteHex(ReadOnlySpan<byte> bytes, Span<byte> hex)
    {
        for (var i = 0; i < bytes.Length; i++)
        {
            hex[2 * i] = "0123456789abcdef"u8[bytes[i] >> 4];
            hex[(2 * i) + 1] = "0123456789abcdef"u8[bytes[i] & 15];
        }
    }
}
