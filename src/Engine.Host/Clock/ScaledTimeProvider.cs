namespace Engine.Host.Clock;

/// <summary>Business time that runs at a multiple of system time. Due times of its timers are business lengths and shrink by the speed.</summary>
/// <remarks>Never goes back, whatever new anchors say.</remarks>
public sealed class ScaledTimeProvider(TimeProvider system, ClockAnchors anchors) : TimeProvider
{
    private ClockAnchors anchors = anchors;
    private long latestTicks = anchors.Business.UtcTicks;

    public ClockAnchors Anchors => Volatile.Read(ref anchors);

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public void Follow(ClockAnchors newer) => Volatile.Write(ref anchors, newer);

    public override DateTimeOffset GetUtcNow()
    {
        var ticks = Anchors.BusinessAt(system.GetUtcNow()).UtcTicks;
        long seen;
        do
        {
            seen = Volatile.Read(ref latestTicks);
            if (ticks <= seen)
            {
                return new DateTimeOffset(seen, TimeSpan.Zero);
            }
        }
        while (Interlocked.CompareExchange(ref latestTicks, ticks, seen) != seen);

        return new DateTimeOffset(ticks, TimeSpan.Zero);
    }

    public override long GetTimestamp() => GetUtcNow().UtcTicks;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        new ScaledTimer(this, system.CreateTimer(callback, state, ToSystem(dueTime), ToSystem(period)));

    /// <summary>At least a millisecond for what is not due at once, so that a fast clock does not turn a period into a busy loop.</summary>
    private TimeSpan ToSystem(TimeSpan business) => business <= TimeSpan.Zero
        ? business
        : TimeSpan.FromMilliseconds(Math.Max(1, business.TotalMilliseconds / Anchors.Speed));

    private sealed class ScaledTimer(ScaledTimeProvider clock, ITimer timer) : ITimer
    {
        public bool Change(TimeSpan dueTime, TimeSpan period) => timer.Change(clock.ToSystem(dueTime), clock.ToSystem(period));

        public void Dispose() => timer.Dispose();

        public ValueTask DisposeAsync() => timer.DisposeAsync();
    }
}
