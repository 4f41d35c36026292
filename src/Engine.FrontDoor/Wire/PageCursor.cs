using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Engine.FrontDoor.Problems;

namespace Engine.FrontDoor.Wire;

/// <summary>Where a list goes on: opaque, and good only for the filter that it was made for.</summary>
/// <remarks>Base64url of: ticks of the last row (8 bytes), its key as UTF-8, the first 16 bytes of an HMAC-SHA256 over both and the filter.</remarks>
internal sealed class PageCursor(byte[] cursorKey, string purpose)
{
    private const int TagLength = 16;
    private const int TextMax = 512;

    private readonly byte[] key = HKDF.DeriveKey(HashAlgorithmName.SHA256, cursorKey, 32, info: Encoding.UTF8.GetBytes(purpose));

    public string Seal(DateTimeOffset at, string rowKey, string filter)
    {
        var bytes = new byte[8 + Encoding.UTF8.GetByteCount(rowKey) + TagLength];
        BitConverter.TryWriteBytes(bytes, at.UtcTicks);
        Encoding.UTF8.GetBytes(rowKey, bytes.AsSpan(8));
        Tag(bytes.AsSpan(0, bytes.Length - TagLength), filter).AsSpan(0, TagLength).CopyTo(bytes.AsSpan(bytes.Length - TagLength));
        return Base64Url.EncodeToString(bytes);
    }

    /// <exception cref="ProblemException">400: changed, or made for another query.</exception>
    public (DateTimeOffset At, string RowKey) Open(string cursor, string filter)
    {
        if (cursor.Length > TextMax || !Base64Url.IsValid(cursor))
        {
            throw Invalid();
        }

        var bytes = Base64Url.DecodeFromChars(cursor);
        if (bytes.Length <= 8 + TagLength)
        {
            throw Invalid();
        }

        var payload = bytes.AsSpan(0, bytes.Length - TagLength);
        if (!CryptographicOperations.FixedTimeEquals(Tag(payload, filter).AsSpan(0, TagLength), bytes.AsSpan(bytes.Length - TagLength)))
        {
            throw Invalid();
        }

        return (new DateTimeOffset(BitConverter.ToInt64(payload), TimeSpan.Zero), Encoding.UTF8.GetString(payload[8..]));
    }

    private byte[] Tag(ReadOnlySpan<byte> payload, string filter)
    {
        using var hmac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, key);
        hmac.AppendData(BitConverter.GetBytes(payload.Length));
        hmac.AppendData(payload);
        hmac.AppendData(Encoding.UTF8.GetBytes(filter));
        return hmac.GetHashAndReset();
    }

    private static ProblemException Invalid() => new(Problem.BadRequest(
        "cursor_invalid",
        "The cursor is not one that this engine gave for this query: start again without one.",
        new FieldProblem("cursor", "Use next_cursor as it was given, with the same filter.")));
}
