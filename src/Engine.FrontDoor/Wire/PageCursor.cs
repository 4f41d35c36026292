using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Engine.FrontDoor.Problems;

namespace Engine.FrontDoor.Wire;

/// <summary>Where a list goes on: opaque, and good only for the filter that it was made for.</summary>
/// <remarks>Base64url of: where it stands (for rows, the ticks of the last one in 8 bytes and its key as UTF-8), and the first 16 bytes of an HMAC-SHA256 over that and the filter.</remarks>
internal sealed class PageCursor(byte[] cursorKey, string purpose)
{
    private const int TagLength = 16;
    private const int TextMax = 512;

    private readonly byte[] key = HKDF.DeriveKey(HashAlgorithmName.SHA256, cursorKey, 32, info: Encoding.UTF8.GetBytes(purpose));

    public string Seal(DateTimeOffset at, string rowKey, string filter)
    {
        var payload = new byte[8 + Encoding.UTF8.GetByteCount(rowKey)];
        BitConverter.TryWriteBytes(payload, at.UtcTicks);
        Encoding.UTF8.GetBytes(rowKey, payload.AsSpan(8));
        return Seal(payload, filter);
    }

    /// <exception cref="ProblemException">400: changed, or made for another query.</exception>
    public (DateTimeOffset At, string RowKey) Open(string cursor, string filter)
    {
        var payload = OpenBytes(cursor, filter);
        return payload.Length > 8
            ? (new DateTimeOffset(BitConverter.ToInt64(payload), TimeSpan.Zero), Encoding.UTF8.GetString(payload.AsSpan(8)))
            : throw Invalid();
    }

    public string Seal(ReadOnlySpan<byte> payload, string filter) => Base64Url.EncodeToString([.. payload, .. Tag(payload, filter).AsSpan(0, TagLength)]);

    /// <exception cref="ProblemException">400: changed, or made for another query.</exception>
    public byte[] OpenBytes(string cursor, string filter)
    {
        if (cursor.Length > TextMax || !Base64Url.IsValid(cursor))
        {
            throw Invalid();
        }

        var bytes = Base64Url.DecodeFromChars(cursor);
        if (bytes.Length <= TagLength)
        {
            throw Invalid();
        }

        var payload = bytes.AsSpan(0, bytes.Length - TagLength);
        return CryptographicOperations.FixedTimeEquals(Tag(payload, filter).AsSpan(0, TagLength), bytes.AsSpan(bytes.Length - TagLength))
            ? payload.ToArray()
            : throw Invalid();
    }

    private byte[] Tag(ReadOnlySpan<byte> payload, string filter)
    {
        using var hmac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, key);
        hmac.AppendData(BitConverter.GetBytes(payload.Length));
        hmac.AppendData(payload);
        hmac.AppendData(Encoding.UTF8.GetBytes(filter));
        return hmac.GetHashAndReset();
    }

    public static ProblemException Invalid() => new(Problem.BadRequest(
        "cursor_invalid",
        "The cursor is not one that this engine gave for this query: start again without one.",
        new FieldProblem("cursor", "Use next_cursor as it was given, with the same filter.")));
}
