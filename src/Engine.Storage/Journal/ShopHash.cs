using System.Text;

namespace Engine.Storage.Journal;

/// <summary>A hash of the shop that is the same in every process and for ever: stored partitions and lanes hang on it.</summary>
internal static class ShopHash
{
    /// <summary>Partitions of the journal. Stored with every event: never changed.</summary>
    public const int Partitions = 4;

    public static short PartitionOf(string shop) => (short)(Fnv1A(shop) % Partitions);

    /// <summary>Other bits than the partition's, so that lanes and partitions are independent.</summary>
    public static int LaneOf(string shop, int lanes) => (int)((Fnv1A(shop) >> 16) % (uint)lanes);

    private static uint Fnv1A(string text)
    {
        Span<byte> utf8 = stackalloc byte[256];
        var bytes = Encoding.UTF8.GetByteCount(text) <= utf8.Length ? utf8[..Encoding.UTF8.GetBytes(text, utf8)] : Encoding.UTF8.GetBytes(text);
        var hash = 2166136261u;
        foreach (var b in bytes)
        {
            hash = unchecked((hash ^ b) * 16777619u);
        }

        // The plain hash is weak in its upper bits for short texts.
        hash ^= hash >> 15;
        hash = unchecked(hash * 0x2c1b3c6du);
        return hash ^ (hash >> 12);
    }
}
