namespace Engine.Sandbox.Clock;

/// <summary>Something that will happen at a business instant, unless it is cancelled before.</summary>
public sealed class SimEvent(long dueMs, Action<long> fire)
{
    private Action<long>? _fire = fire;

    public long DueMs { get; } = dueMs;
    public bool IsCancelled => Volatile.Read(ref _fire) is null;

    public void Cancel() => Volatile.Write(ref _fire, null);

    /// <param name="atMs">The instant to stamp on what happens.</param>
    public void Fire(long atMs) => Interlocked.Exchange(ref _fire, null)?.Invoke(atMs);
}

/// <summary>What the marketplace, its buyers and carriers will do, ordered by business time, then by order of planning.</summary>
public sealed class EventQueue
{
    private readonly PriorityQueue<SimEvent, (long DueMs, long Sequence)> _queue = new();
    private readonly Lock _gate = new();
    private long _sequence;

    /// <summary>Raised outside the lock when the earliest event changed.</summary>
    public event Action? HeadChanged;

    public SimEvent Schedule(long dueMs, Action<long> fire)
    {
        var planned = new SimEvent(dueMs, fire);
        bool head;
        lock (_gate)
        {
            head = !_queue.TryPeek(out _, out var first) || dueMs < first.DueMs;
            _queue.Enqueue(planned, (dueMs, _sequence++));
        }

        if (head)
        {
            HeadChanged?.Invoke();
        }

        return planned;
    }

    public long? NextDueMs()
    {
        lock (_gate)
        {
            DropCancelled();
            return _queue.TryPeek(out var next, out _) ? next.DueMs : null;
        }
    }

    public SimEvent? TakeDue(long untilMs)
    {
        lock (_gate)
        {
            DropCancelled();
            return _queue.TryPeek(out var next, out _) && next.DueMs <= untilMs ? _queue.Dequeue() : null;
        }
    }

    private void DropCancelled()
    {
        while (_queue.TryPeek(out var next, out _) && next.IsCancelled)
        {
            _queue.Dequeue();
        }
    }
}
