using Engine.Host.Clock;
using Microsoft.Extensions.Time.Testing;

namespace Engine.Host.Tests;

public sealed class Scaled_time
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 22, 12, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset Sale = new(2026, 11, 27, 8, 0, 0, TimeSpan.Zero);

    private readonly FakeTimeProvider system = new(Noon);

    [Fact]
    public void Stands_until_the_sandbox_is_started_and_then_runs_by_its_anchors()
    {
        var clock = new ScaledTimeProvider(system, new ClockAnchors(Noon, Sale, 600, Running: false));
        system.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(Sale, clock.GetUtcNow());

        clock.Follow(new ClockAnchors(system.GetUtcNow(), Sale, 600, Running: true));
        system.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(Sale.AddMinutes(10), clock.GetUtcNow());
    }

    [Fact]
    public void Never_goes_back_whatever_new_anchors_say()
    {
        var clock = new ScaledTimeProvider(system, new ClockAnchors(Noon, Sale, 60, Running: true));
        system.Advance(TimeSpan.FromSeconds(10));
        var seen = clock.GetUtcNow();

        clock.Follow(new ClockAnchors(system.GetUtcNow(), Sale, 60, Running: true));

        Assert.Equal(seen, clock.GetUtcNow());
        system.Advance(TimeSpan.FromSeconds(11));
        Assert.Equal(Sale.AddSeconds(660), clock.GetUtcNow());
    }

    [Fact]
    public void A_timer_of_ten_business_minutes_fires_after_one_second_at_speed_600()
    {
        var clock = new ScaledTimeProvider(system, new ClockAnchors(Noon, Sale, 600, Running: true));
        var fired = 0;
        using var timer = clock.CreateTimer(_ => fired++, null, TimeSpan.FromMinutes(10), Timeout.InfiniteTimeSpan);

        system.Advance(TimeSpan.FromMilliseconds(999));
        Assert.Equal(0, fired);
        system.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal(1, fired);

        timer.Change(TimeSpan.FromMinutes(1), Timeout.InfiniteTimeSpan);
        system.Advance(TimeSpan.FromMilliseconds(100));
        Assert.Equal(2, fired);
    }

    [Fact]
    public void Elapsed_business_time_is_measured_in_business_time()
    {
        var clock = new ScaledTimeProvider(system, new ClockAnchors(Noon, Sale, 600, Running: true));
        var start = clock.GetTimestamp();
        system.Advance(TimeSpan.FromSeconds(2));

        Assert.Equal(TimeSpan.FromMinutes(20), clock.GetElapsedTime(start));
    }
}
