using System.Security.Cryptography;
using System.Text;

namespace Engine.Sandbox.Signing;

/// <summary>Webhook signature (tiktok-shop-api.md 11.1): HMAC-SHA256 of app key and raw body, key = app secret; sent bare in Authorization.</summary>
public static class WebhookSignature
{
    public static string Compute(string appKey, ReadOnlySpan<byte> secret, ReadOnlySpan<byte> body)
    {
        using var hmac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, secret);
        hmac.AppendData(Encoding.UTF8.GetBytes(appKey));
        hmac.AppendData(body);
        Span<byte> mac = stackalloc byte[32];
        hmac.GetHashAndReset(mac);
        return Convert.ToHexStringLower(mac);
    }

    public static bool Verify(string appKey, ReadOnlySpan<byte> secret, ReadOnlySpan<byte> body, string header) =>
        RequestSignature.Matches(Compute(appKey, secret, body), header);
}
