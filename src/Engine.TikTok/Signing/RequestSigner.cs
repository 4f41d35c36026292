using System.Buffers;
using System.Security.Cryptography;
using System.Text;

namespace Engine.TikTok.Signing;

/// <summary>Signs a request as the platform verifies it: over the decoded query, the path and the exact body bytes that are sent.</summary>
/// <remarks>Rule: platform page "sign your API request", as laid down in tests/data/tiktok-signing-vectors.json. Ordinal order of names,
/// no separators, secret on both sides, HMAC-SHA256 with the secret as key, lower-case hexadecimal. Thread safe; never prints the secret.</remarks>
public sealed class RequestSigner
{
    private const int HashBytes = 32;
    private readonly byte[] secret;

    public RequestSigner(string appSecret)
    {
        ArgumentException.ThrowIfNullOrEmpty(appSecret);
        secret = Encoding.UTF8.GetBytes(appSecret);
    }

    /// <summary>64 lower-case hexadecimal characters.</summary>
    /// <param name="path">Begins with '/', no host, no query.</param>
    /// <param name="query">All parameters sent but the signature; `sign` and `access_token` are left out if they are among them.</param>
    /// <param name="contentType">The header as sent; the body of multipart/form-data takes no part, whatever its parameters.</param>
    /// <param name="body">The very bytes that are sent; empty for none.</param>
    public string Sign(string path, ReadOnlySpan<QueryParameter> query, string? contentType, ReadOnlySpan<byte> body)
    {
        if (IsMultipart(contentType))
        {
            body = default;
        }

        var order = query.Length <= 32 ? stackalloc int[query.Length] : new int[query.Length];
        var count = SortedByName(query, order);

        var size = (2 * secret.Length) + Encoding.UTF8.GetMaxByteCount(path.Length) + body.Length;
        for (var i = 0; i < count; i++)
        {
            ref readonly var parameter = ref query[order[i]];
            size += Encoding.UTF8.GetMaxByteCount(parameter.Name.Length) + Encoding.UTF8.GetMaxByteCount(parameter.Value.Length);
        }

        var rented = ArrayPool<byte>.Shared.Rent(size);
        try
        {
            var text = rented.AsSpan();
            secret.CopyTo(text);
            var length = secret.Length;
            length += Encoding.UTF8.GetBytes(path, text[length..]);
            for (var i = 0; i < count; i++)
            {
                ref readonly var parameter = ref query[order[i]];
                length += Encoding.UTF8.GetBytes(parameter.Name, text[length..]);
                length += Encoding.UTF8.GetBytes(parameter.Value, text[length..]);
            }

            body.CopyTo(text[length..]);
            length += body.Length;
            secret.CopyTo(text[length..]);
            length += secret.Length;

            Span<byte> hash = stackalloc byte[HashBytes];
            HMACSHA256.HashData(secret, text[..length], hash);
            return Convert.ToHexStringLower(hash);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented, clearArray: true);
        }
    }

    /// <summary>Media type only, case-insensitive: parameters such as the boundary do not count.</summary>
    private static bool IsMultipart(string? contentType)
    {
        if (contentType is null)
        {
            return false;
        }

        var media = contentType.AsSpan();
        var parameters = media.IndexOf(';');
        media = (parameters < 0 ? media : media[..parameters]).Trim();
        return media.Equals("multipart/form-data", StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>Indexes of the parameters that take part, in ordinal order of their names; insertion sort, since there are some ten of them.</summary>
    private static int SortedByName(ReadOnlySpan<QueryParameter> query, Span<int> order)
    {
        var count = 0;
        for (var i = 0; i < query.Length; i++)
        {
            if (query[i].Name is "sign" or "access_token")
            {
                continue;
            }

            var at = count;
            while (at > 0 && string.CompareOrdinal(query[order[at - 1]].Name, query[i].Name) > 0)
            {
                order[at] = order[at - 1];
                at--;
            }

            order[at] = i;
            count++;
        }

        return count;
    }
}
