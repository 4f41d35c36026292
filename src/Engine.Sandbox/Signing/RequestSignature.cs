using System.Buffers;
using System.Security.Cryptography;
using System.Text;

namespace Engine.Sandbox.Signing;

/// <summary>
/// Request signature over the raw bytes (tiktok-shop-api.md 2.1): secret, path, sorted decoded parameters, body, secret;
/// HMAC-SHA256 with the secret; lower-case hexadecimal.
/// </summary>
public static class RequestSignature
{
    public const int HexLength = 64;

    /// <param name="query">Decoded pairs; of a repeated name the first counts.</param>
    public static string Compute(ReadOnlySpan<byte> secret, string path, IReadOnlyList<KeyValuePair<string, string>> query,
        string? contentType, ReadOnlySpan<byte> body)
    {
        var sorted = new List<KeyValuePair<string, string>>(query.Count);
        foreach (var pair in query)
        {
            if (pair.Key is "sign" or "access_token" || Holds(sorted, pair.Key))
            {
                continue;
            }

            sorted.Add(pair);
        }

        sorted.Sort(static (a, b) => string.CompareOrdinal(a.Key, b.Key));
        var signsBody = body.Length > 0 && !IsMultipart(contentType);
        var size = (secret.Length * 2) + Encoding.UTF8.GetMaxByteCount(path.Length) + (signsBody ? body.Length : 0);
        foreach (var (name, value) in sorted)
        {
            size += Encoding.UTF8.GetMaxByteCount(name.Length) + Encoding.UTF8.GetMaxByteCount(value.Length);
        }

        var buffer = ArrayPool<byte>.Shared.Rent(size);
        try
        {
            var at = 0;
            secret.CopyTo(buffer);
            at += secret.Length;
            at += Encoding.UTF8.GetBytes(path, buffer.AsSpan(at));
            foreach (var (name, value) in sorted)
            {
                at += Encoding.UTF8.GetBytes(name, buffer.AsSpan(at));
                at += Encoding.UTF8.GetBytes(value, buffer.AsSpan(at));
            }

            if (signsBody)
            {
                body.CopyTo(buffer.AsSpan(at));
                at += body.Length;
            }

            secret.CopyTo(buffer.AsSpan(at));
            at += secret.Length;
            Span<byte> mac = stackalloc byte[32];
            HMACSHA256.HashData(secret, buffer.AsSpan(0, at), mac);
            return Convert.ToHexStringLower(mac);
        }
        finally
        {
            // The buffer held the secret.
            ArrayPool<byte>.Shared.Return(buffer, clearArray: true);
        }
    }

    public static bool Matches(string expected, string given) =>
        CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(expected), Encoding.UTF8.GetBytes(given));

    /// <summary>Only the media type counts, without regard to case; parameters such as the boundary do not.</summary>
    public static bool IsMultipart(string? contentType)
    {
        if (contentType is null)
        {
            return false;
        }

        var end = contentType.IndexOf(';');
        var mediaType = (end < 0 ? contentType.AsSpan() : contentType.AsSpan(0, end)).Trim();
        return mediaType.Equals("multipart/form-data", StringComparison.OrdinalIgnoreCase);
    }

    private static bool Holds(List<KeyValuePair<string, string>> pairs, string name)
    {
        foreach (var pair in pairs)
        {
            if (string.Equals(pair.Key, name, StringComparison.Ordinal))
            {
                return true;
            }
        }

        return false;
    }
}
