namespace Engine.Sandbox.Ledger;

/// <summary>An append-only list in segments: growing never copies, and readers never wait for writers.</summary>
public sealed class AppendLog<T>
{
    private const int SegmentBits = 12;
    private const int SegmentSize = 1 << SegmentBits;
    private readonly Lock _gate = new();
    private T[][] _segments = new T[16][];
    private int _count;

    public int Count => Volatile.Read(ref _count);

    /// <returns>The sequence of the new entry, from 1.</returns>
    public int Add(T item)
    {
        lock (_gate)
        {
            var index = _count;
            var segment = index >> SegmentBits;
            if (segment == _segments.Length)
            {
                Array.Resize(ref _segments, _segments.Length * 2);
            }

            (_segments[segment] ??= new T[SegmentSize])[index & (SegmentSize - 1)] = item;
            Volatile.Write(ref _count, index + 1);
            return index + 1;
        }
    }

    /// <summary>The entry with this sequence, from 1 to <see cref="Count"/>.</summary>
    public ref readonly T this[int sequence] => ref Volatile.Read(ref _segments)[(sequence - 1) >> SegmentBits][(sequence - 1) & (SegmentSize - 1)];
}
