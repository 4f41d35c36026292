using System.Globalization;
using System.Text;

namespace Engine.Sandbox.Http;

/// <summary>The query as decoded pairs in sending order. A raw '+' is a blank; of a repeated name the first counts.</summary>
public sealed class QueryString
{
    private readonly List<KeyValuePair<string, string>> _pairs = [];

    public IReadOnlyList<KeyValuePair<string, string>> Pairs => _pairs;

    public static QueryString Parse(ReadOnlySpan<char> raw)
    {
        var query = new QueryString();
        if (raw.Length > 0 && raw[0] == '?')
        {
            raw = raw[1..];
        }

        foreach (var range in raw.Split('&'))
        {
            var part = raw[range];
            if (part.Length == 0)
            {
                continue;
            }

            var equals = part.IndexOf('=');
            var name = Decode(equals < 0 ? part : part[..equals]);
            query._pairs.Add(new(name, equals < 0 ? "" : Decode(part[(equals + 1)..])));
        }

        return query;
    }

    public string? this[string name]
    {
        get
        {
            foreach (var pair in _pairs)
            {
                if (string.Equals(pair.Key, name, StringComparison.Ordinal))
                {
                    return pair.Value;
                }
            }

            return null;
        }
    }

    private static string Decode(ReadOnlySpan<char> text)
    {
        if (text.IndexOfAny('%', '+') < 0)
        {
            return text.ToString();
        }

        var bytes = new byte[Encoding.UTF8.GetMaxByteCount(text.Length)];
        var at = 0;
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (c == '+')
            {
                bytes[at++] = (byte)' ';
            }
            else if (c == '%' && i + 2 < text.Length
                && byte.TryParse(text.Slice(i + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value))
            {
                bytes[at++] = value;
                i += 2;
            }
            else
            {
                at += Encoding.UTF8.GetBytes(text.Slice(i, 1), bytes.AsSpan(at));
            }
        }

        return Encoding.UTF8.GetString(bytes, 0, at);
    }
}
