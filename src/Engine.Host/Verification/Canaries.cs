using System.Buffers;
using System.Text;
using System.Text.Json;

namespace Engine.Host.Verification;

/// <summary>A value that must be found nowhere outside its place.</summary>
/// <param name="What">What it is, for a finding; the value itself is never repeated.</param>
internal readonly record struct Canary(string What, string Value);

/// <summary>Secrets of a run and persons of its buyers, in every spelling in which a leak would be written down (invariant 9).</summary>
internal sealed class Canaries
{
    /// <summary>Shorter ones would be found by chance.</summary>
    private const int LengthMin = 8;

    private readonly Dictionary<string, string> spellings = new(StringComparer.Ordinal);
    private readonly SearchValues<string> needles;

    public Canaries(IEnumerable<Canary> canaries)
    {
        foreach (var canary in canaries.Where(c => c.Value.Length >= LengthMin))
        {
            Count++;
            foreach (var spelling in SpellingsOf(canary.Value))
            {
                spellings.TryAdd(spelling, canary.What);
            }
        }

        LengthMax = spellings.Keys.Max(s => (int?)s.Length) ?? 0;
        needles = SearchValues.Create([.. spellings.Keys], StringComparison.Ordinal);
    }

    public int Count { get; }

    /// <summary>Of the longest spelling.</summary>
    public int LengthMax { get; }

    /// <summary>What the text holds of them, or null.</summary>
    /// <param name="text">Bytes that are no text are given as Latin-1.</param>
    public string? FindIn(ReadOnlySpan<char> text)
    {
        var at = text.IndexOfAny(needles);
        if (at < 0)
        {
            return null;
        }

        foreach (var (spelling, what) in spellings)
        {
            if (text[at..].StartsWith(spelling, StringComparison.Ordinal))
            {
                return what;
            }
        }

        throw new InvalidOperationException("A canary was found that is none of the list.");
    }

    /// <summary>As it is, inside JSON, inside JSON that is shown as a column of a row, and the bytes of both as hexadecimal digits.</summary>
    private static IEnumerable<string> SpellingsOf(string value)
    {
        var json = JsonEncodedText.Encode(value).ToString();
        var bytes = Encoding.UTF8.GetBytes(value);
        return
        [
            value, Encoding.Latin1.GetString(bytes), json, json.Replace("\\", "\\\\", StringComparison.Ordinal),
            Convert.ToHexStringLower(bytes), Convert.ToHexStringLower(Encoding.UTF8.GetBytes(json)),
        ];
    }
}
