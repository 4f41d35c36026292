using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Engine.Host.Demo.Chaos;

/// <summary>Draws keyed by seed, entity and purpose: the same seed gives the same run, whatever else is drawn and in whatever order.</summary>
internal sealed class ChaosDraw(ulong seed)
{
    /// <summary>From 0 (included) to 1 (excluded).</summary>
    public double Unit(string entity, string purpose)
    {
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes($"{seed.ToString(CultureInfo.InvariantCulture)}|{entity}|{purpose}"));
        return (BinaryPrimitives.ReadUInt64LittleEndian(hash) >> 11) * (1.0 / (1UL << 53));
    }

    public double Between(string entity, string purpose, double min, double max) => min + ((max - min) * Unit(entity, purpose));

    /// <summary>From 1 to <paramref name="max"/>, both included.</summary>
    public int Number(string entity, string purpose, int max) => 1 + (int)(Unit(entity, purpose) * max);
}
