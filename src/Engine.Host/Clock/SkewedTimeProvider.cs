namespace Engine.Host.Clock;

/// <summary>A clock that is wrong by a fixed length, as that of a machine that does not follow the others. Lengths of time, its timers too, are right.</summary>
/// <param name="ahead">Negative: behind.</param>
internal sealed class SkewedTimeProvider(TimeProvider right, TimeSpan ahead) : TimeProvider
{
    public override TimeZoneInfo LocalTimeZone => right.LocalTimeZone;

    public override long TimestampFrequency => right.TimestampFrequency;

    public override DateTimeOffset GetUtcNow() => right.GetUtcNow() + ahead;

    public override long GetTimestamp() => right.GetTimestamp();

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) => right.CreateTimer(callback, state, dueTime, period);
}
