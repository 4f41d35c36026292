using System.Buffers.Binary;
using System.Globalization;
using Engine.Sandbox.Orders;

namespace Engine.Sandbox.Http;

/// <summary>Size, order and position of a list call. The token is opaque and, as the real ones, full of '+', '/' and '='.</summary>
public sealed class Paging
{
    private const int TokenBytes = 25;

    public int Size { get; private init; }
    public string SortField { get; private init; } = "";
    public bool Ascending { get; private init; }
    public (long Time, long Sequence)? After { get; private init; }

    /// <summary>Entries later than this (Unix seconds) are not shown; a fault sets it.</summary>
    private long _hiddenAfter = long.MaxValue;
    private Action? _hid;
    private int _shift;

    /// <summary>Counted for the first page and carried along, so that a page costs no recount.</summary>
    public int? Total { get; private init; }

    /// <returns>Null: refused, the call is answered.</returns>
    public static Paging? Read(ApiCall call, RequestBody body, int defaultSize, int maxSize, string[] sortFields, bool ascendingByDefault)
    {
        var query = call.Query;
        var size = defaultSize;
        if (query["page_size"] is { Length: > 0 } sizeText
            && (!int.TryParse(sizeText, NumberStyles.None, CultureInfo.InvariantCulture, out size) || size < 1 || size > maxSize))
        {
            body.Refuse("page_size", string.Create(CultureInfo.InvariantCulture, $"must be from 1 to {maxSize}"));
            return null;
        }

        var sort = query["sort_field"] is { Length: > 0 } field ? field : sortFields[0];
        if (!sortFields.Contains(sort))
        {
            body.Refuse("sort_field", "must be one of " + string.Join(", ", sortFields));
            return null;
        }

        var order = query["sort_order"] is { Length: > 0 } given ? given : ascendingByDefault ? "ASC" : "DESC";
        if (order is not ("ASC" or "DESC"))
        {
            body.Refuse("sort_order", "must be ASC or DESC");
            return null;
        }

        (long, long)? after = null;
        int? total = null;
        if (query["page_token"] is { Length: > 0 } token)
        {
            if (!TryDecode(token, out var time, out var sequence, out var count))
            {
                body.Refuse("page_token", "is not a token of this search");
                return null;
            }

            after = (time, sequence);
            total = count;
        }

        var paging = new Paging { Size = size, SortField = sort, Ascending = order == "ASC", After = after, Total = total };
        call.Faults?.ShapeList(paging);
        return paging;
    }

    /// <summary>Entries later than this instant (Unix seconds) are left out.</summary>
    /// <param name="hid">Called for each entry that would have been shown.</param>
    public void HideAfter(long seconds, Action hid) => (_hiddenAfter, _hid) = (Math.Min(_hiddenAfter, seconds), hid);

    /// <summary>The page begins so many entries later than it should, or earlier when negative.</summary>
    public void ShiftBy(int entries) => _shift = entries;

    /// <summary>One page of an index: the items, the token of the next page ('' at the end) and the total.</summary>
    public (List<T> Items, string NextToken, int Total) Page<T>(TimeIndex<T> index, long from, long to, Func<T, bool> matches)
        where T : class, IIndexed
    {
        var items = new List<T>(Math.Min(Size, 32));
        var last = (Time: 0L, Sequence: 0L);
        var more = false;
        var skip = Math.Max(0, _shift);
        foreach (var (time, sequence, item) in index.Walk(from, to, Ascending, _shift < 0 ? Before(index, from, to, matches) : After))
        {
            if (!matches(item))
            {
                continue;
            }

            if (time > _hiddenAfter)
            {
                _hid!();
                continue;
            }

            if (skip > 0)
            {
                skip--;
                continue;
            }

            if (items.Count == Size)
            {
                more = true;
                break;
            }

            items.Add(item);
            last = (time, sequence);
        }

        var total = Total ?? (more ? Count(index, from, to, matches) : items.Count);
        return (items, more ? Encode(last.Time, last.Sequence, total) : "", total);
    }

    /// <summary>The position from which a page repeats the last entries of the one before.</summary>
    private (long Time, long Sequence)? Before<T>(TimeIndex<T> index, long from, long to, Func<T, bool> matches)
        where T : class, IIndexed
    {
        // Walking back begins before the last entry seen, which is itself the first to be repeated.
        var passed = 0;
        foreach (var (time, sequence, item) in index.Walk(from, to, !Ascending, After))
        {
            if (matches(item) && ++passed == -_shift)
            {
                return (time, sequence);
            }
        }

        return null;
    }

    private static int Count<T>(TimeIndex<T> index, long from, long to, Func<T, bool> matches)
        where T : class, IIndexed
    {
        var count = 0;
        foreach (var (_, _, item) in index.Walk(from, to, ascending: true, after: null))
        {
            count += matches(item) ? 1 : 0;
        }

        return count;
    }

    private static string Encode(long time, long sequence, int total)
    {
        Span<byte> bytes = stackalloc byte[TokenBytes];
        bytes.Clear();
        bytes[0] = 0xFB;
        bytes[1] = 0xFF;
        bytes[2] = 0xBF;
        BinaryPrimitives.WriteInt64BigEndian(bytes[3..], time);
        BinaryPrimitives.WriteInt64BigEndian(bytes[11..], sequence);
        BinaryPrimitives.WriteInt32BigEndian(bytes[19..], total);
        return Convert.ToBase64String(bytes);
    }

    private static bool TryDecode(string token, out long time, out long sequence, out int total)
    {
        Span<byte> bytes = stackalloc byte[TokenBytes];
        (time, sequence, total) = (0, 0, 0);
        if (!Convert.TryFromBase64String(token, bytes, out var written) || written != TokenBytes || bytes[0] != 0xFB || bytes[1] != 0xFF || bytes[2] != 0xBF)
        {
            return false;
        }

        time = BinaryPrimitives.ReadInt64BigEndian(bytes[3..]);
        sequence = BinaryPrimitives.ReadInt64BigEndian(bytes[11..]);
        total = BinaryPrimitives.ReadInt32BigEndian(bytes[19..]);
        return total >= 0;
    }
}
