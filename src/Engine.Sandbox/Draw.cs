using System.Globalization;

namespace Engine.Sandbox;

/// <summary>Seeded draws, each keyed by (seed, entity, purpose), so that the order in which things happen changes nothing.</summary>
public readonly struct Draw(ulong seed)
{
    private const ulong FnvOffset = 14695981039346656037UL;
    private const ulong FnvPrime = 1099511628211UL;

    public ulong Bits(ReadOnlySpan<char> entity, ReadOnlySpan<char> purpose)
    {
        unchecked
        {
            var hash = FnvOffset ^ SplitMix(seed);
            foreach (var c in entity)
            {
                hash = (hash ^ c) * FnvPrime;
            }

            hash = (hash ^ 0x1F) * FnvPrime;
            foreach (var c in purpose)
            {
                hash = (hash ^ c) * FnvPrime;
            }

            return SplitMix(hash);
        }
    }

    /// <summary>Uniform in [0, 1).</summary>
    public double Unit(ReadOnlySpan<char> entity, ReadOnlySpan<char> purpose) => (Bits(entity, purpose) >> 11) * (1.0 / (1UL << 53));

    /// <summary>Uniform in [min, max], both included.</summary>
    public long Between(ReadOnlySpan<char> entity, ReadOnlySpan<char> purpose, long min, long max) =>
        max <= min ? min : min + (long)(Bits(entity, purpose) % (ulong)(max - min + 1));

    public bool Chance(ReadOnlySpan<char> entity, ReadOnlySpan<char> purpose, double probability) =>
        probability > 0 && Unit(entity, purpose) < probability;

    public T Pick<T>(ReadOnlySpan<char> entity, ReadOnlySpan<char> purpose, IReadOnlyList<T> items) =>
        items[(int)(Bits(entity, purpose) % (ulong)items.Count)];

    /// <summary>An identifier of exactly <paramref name="digits"/> decimal digits that begins with <paramref name="prefix"/>.</summary>
    public string Id(string prefix, int digits, ReadOnlySpan<char> entity, ReadOnlySpan<char> purpose)
    {
        var free = digits - prefix.Length;
        var modulus = 1UL;
        for (var i = 0; i < free; i++)
        {
            modulus *= 10;
        }

        return prefix + (Bits(entity, purpose) % modulus).ToString("D" + free.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
    }

    private static ulong SplitMix(ulong x)
    {
        unchecked
        {
            x += 0x9E3779B97F4A7C15UL;
            x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9UL;
            x = (x ^ (x >> 27)) * 0x94D049BB133111EBUL;
            return x ^ (x >> 31);
        }
    }
}
