using System.Security.Cryptography;
using System.Text;

namespace Engine.TikTok.Tests.Support;

/// <summary>The signing rule written down once more, plainly, from what a server receives.</summary>
internal static class PlainSignature
{
    public static string Of(ReceivedRequest request, string secret)
    {
        var text = secret + request.Path
            + string.Concat(request.Query.Where(pair => pair.Key is not ("sign" or "access_token")).OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => pair.Key + pair.Value));
        byte[] signed = [.. Encoding.UTF8.GetBytes(text), .. request.Body, .. Encoding.UTF8.GetBytes(secret)];
        return Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), signed));
    }
}
