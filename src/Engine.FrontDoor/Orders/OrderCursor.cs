using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Engine.Domain.Orders;
using Engine.Domain.Ports;
using Engine.FrontDoor.Problems;
using Microsoft.Extensions.Options;

namespace Engine.FrontDoor.Orders;

/// <summary>Where a list goes on: opaque, and good only for the merchant and the filter that it was made for.</summary>
/// <remarks>Base64url of: ticks of the last row's change (8 bytes), `shop/order` as UTF-8, the first 16 bytes of an HMAC-SHA256 over both and the query.</remarks>
internal sealed class OrderCursor(IOptions<FrontDoorOptions> options)
{
    private const int TagLength = 16;
    private const int TextMax = 512;

    private readonly byte[] key = HKDF.DeriveKey(HashAlgorithmName.SHA256, options.Value.CursorKey, 32, info: "engine/orders-cursor/1"u8.ToArray());

    public string After(OrderRow last, OrderListQuery query) => After(last.ChangedAt, last.Key, FilterOf(query));

    /// <param name="at">What the list is sorted by, before shop and order.</param>
    /// <param name="filter">Everything that makes the list this list.</param>
    public string After(DateTimeOffset at, OrderKey last, string filter)
    {
        var text = last.ToString();
        var bytes = new byte[8 + Encoding.UTF8.GetByteCount(text) + TagLength];
        BitConverter.TryWriteBytes(bytes, at.UtcTicks);
        Encoding.UTF8.GetBytes(text, bytes.AsSpan(8));
        Tag(bytes.AsSpan(0, bytes.Length - TagLength), filter).AsSpan(0, TagLength).CopyTo(bytes.AsSpan(bytes.Length - TagLength));
        return Base64Url.EncodeToString(bytes);
    }

    /// <exception cref="ProblemException">400: changed, or made for another query.</exception>
    public (DateTimeOffset ChangedAt, ShopId Shop, string OrderId) Read(string cursor, OrderListQuery query) => Read(cursor, FilterOf(query));

    /// <exception cref="ProblemException">400: changed, or made for another query.</exception>
    public (DateTimeOffset At, ShopId Shop, string OrderId) Read(string cursor, string filter)
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

        var order = OrderKey.Parse(Encoding.UTF8.GetString(payload[8..]));
        return (new DateTimeOffset(BitConverter.ToInt64(payload), TimeSpan.Zero), order.Shop, order.OrderId);
    }

    private static string FilterOf(OrderListQuery query) =>
        $"{query.Merchant}\n{query.Shop}\n{string.Join(',', query.Statuses.Order())}\n{query.DueBefore?.UtcTicks}";

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
