namespace Engine.Sandbox.Orders;

/// <summary>Something that stands in a <see cref="TimeIndex{T}"/> once, at its newest sequence.</summary>
public interface IIndexed
{
    long IndexedSequence { get; }
}

/// <summary>
/// Entries ordered by (time, sequence), so that a search reads only its window. Moving an item means appending it again: its
/// old entry goes stale and is swept out now and then. Not safe for several threads: guarded by the shop's lock.
/// </summary>
public sealed class TimeIndex<T>(bool itemsMove)
    where T : class, IIndexed
{
    private readonly List<Entry> _entries = [];
    private int _stale;

    private readonly record struct Entry(long Time, long Sequence, T Item);

    public void Add(long time, long sequence, T item, bool moved = false)
    {
        var entry = new Entry(time, sequence, item);
        if (_entries.Count == 0 || Compare(_entries[^1], time, sequence) < 0)
        {
            _entries.Add(entry);
        }
        else
        {
            _entries.Insert(FirstAtOrAfter(time, sequence), entry);
        }

        if (moved && ++_stale > 512 && _stale > _entries.Count / 2)
        {
            _entries.RemoveAll(e => e.Item.IndexedSequence != e.Sequence);
            _stale = 0;
        }
    }

    /// <summary>Items with from &lt;= time &lt; to in order; <paramref name="after"/> is the position of the last one already seen.</summary>
    public IEnumerable<(long Time, long Sequence, T Item)> Walk(long from, long to, bool ascending, (long Time, long Sequence)? after)
    {
        if (ascending)
        {
            var start = FirstAtOrAfter(from, long.MinValue);
            if (after is { } a)
            {
                start = Math.Max(start, FirstAtOrAfter(a.Time, a.Sequence + 1));
            }

            for (var i = start; i < _entries.Count && _entries[i].Time < to; i++)
            {
                var entry = _entries[i];
                if (IsLive(entry))
                {
                    yield return (entry.Time, entry.Sequence, entry.Item);
                }
            }
        }
        else
        {
            var start = FirstAtOrAfter(to, long.MinValue) - 1;
            if (after is { } a)
            {
                start = Math.Min(start, FirstAtOrAfter(a.Time, a.Sequence) - 1);
            }

            for (var i = start; i >= 0 && _entries[i].Time >= from; i--)
            {
                var entry = _entries[i];
                if (IsLive(entry))
                {
                    yield return (entry.Time, entry.Sequence, entry.Item);
                }
            }
        }
    }

    private bool IsLive(in Entry entry) => !itemsMove || entry.Item.IndexedSequence == entry.Sequence;

    private int FirstAtOrAfter(long time, long sequence)
    {
        int low = 0, high = _entries.Count;
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (Compare(_entries[middle], time, sequence) < 0)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low;
    }

    private static int Compare(in Entry entry, long time, long sequence)
    {
        var byTime = entry.Time.CompareTo(time);
        return byTime != 0 ? byTime : entry.Sequence.CompareTo(sequence);
    }
}
