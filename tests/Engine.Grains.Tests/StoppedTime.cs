namespace Engine.Grains.Tests;

/// <summary>No slot is ever missed, however busy the machine.</summary>
internal sealed class StoppedTime : TimeProvider
{
    public override DateTimeOffset GetUtcNow() => DateTimeOffset.UnixEpoch;

    public override long GetTimestamp() => 0;
}
