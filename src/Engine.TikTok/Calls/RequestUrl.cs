using System.Text;
using Engine.TikTok.Signing;

namespace Engine.TikTok.Calls;

/// <summary>Puts the signed query on the wire: values percent-encoded, so that '+', '/' and '=' of page tokens arrive as they are.</summary>
internal static class RequestUrl
{
    public static Uri Build(string baseUrl, string path, ReadOnlySpan<QueryParameter> query, string? sign)
    {
        var text = new StringBuilder(256).Append(baseUrl).Append(path);
        var separator = '?';
        foreach (ref readonly var parameter in query)
        {
            text.Append(separator).Append(parameter.Name).Append('=').Append(Uri.EscapeDataString(parameter.Value));
            separator = '&';
        }

        if (sign is not null)
        {
            text.Append(separator).Append("sign=").Append(sign);
        }

        return new Uri(text.ToString());
    }

    /// <summary>Ids come from outside and go into paths: only what needs no encoding there.</summary>
    public static bool IsPlainId(string? id)
    {
        if (id is null || id.Length is 0 or > 64)
        {
            return false;
        }

        foreach (var character in id)
        {
            if (!char.IsAsciiLetterOrDigit(character) && character is not ('-' or '_'))
            {
                return false;
            }
        }

        return true;
    }
}
