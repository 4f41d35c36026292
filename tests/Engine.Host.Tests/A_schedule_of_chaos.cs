using Engine.Host.Demo.Chaos;

namespace Engine.Host.Tests;

/// <summary>Issue 3: a failing seed repeats its schedule, and none is harmless.</summary>
public sealed class A_schedule_of_chaos
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Skew = TimeSpan.FromSeconds(0.5);

    [Fact]
    public void Is_the_same_for_a_seed_and_another_for_the_next()
    {
        Assert.Equal(ChaosSchedule.Of(7, Minute, 3, Skew), ChaosSchedule.Of(7, Minute, 3, Skew));
        Assert.NotEqual(ChaosSchedule.Of(7, Minute, 3, Skew), ChaosSchedule.Of(8, Minute, 3, Skew));
    }

    [Theory]
    [InlineData(1UL)]
    [InlineData(17UL)]
    [InlineData(1_000_003UL)]
    public void Of_a_minute_has_every_kind_and_kills_three_times_at_least(ulong seed)
    {
        var steps = ChaosSchedule.Of(seed, Minute, 3, Skew);

        Assert.Equal(Enum.GetValues<ChaosKind>().Order(), steps.Select(s => s.Kind).Distinct().Order());
        Assert.InRange(steps.Count(s => s.Kind is ChaosKind.KillHost or ChaosKind.KillAllHosts), 4, int.MaxValue);
        Assert.All(steps, s => Assert.InRange(s.At, TimeSpan.Zero, Minute));

        // Every shop is swept within 5 s: at least most of that must be left to hosts that are well while webhooks are lost.
        var loss = steps.First(s => s.Kind == ChaosKind.LoseWebhooks);
        Assert.DoesNotContain(steps, s => s.Kind is not (ChaosKind.LoseWebhooks or ChaosKind.Storm or ChaosKind.PoisonOrders or ChaosKind.SkewClock) && s.At < loss.At + TimeSpan.FromSeconds(3.5));
        Assert.All(steps.Where(s => s.Kind == ChaosKind.SkewClock), s => Assert.InRange(Math.Abs(s.Strength), 0, Skew.TotalSeconds));
    }

    [Theory]
    [InlineData(1UL, 60, 3)]
    [InlineData(2UL, 30, 2)]
    [InlineData(1_000_003UL, 60, 3)]
    public void Freezes_a_host_in_the_middle_of_its_writes_when_nothing_else_is_under_way_and_orders_still_come(ulong seed, int seconds, int hosts)
    {
        var length = TimeSpan.FromSeconds(seconds);
        var steps = ChaosSchedule.Of(seed, length, hosts, Skew);

        var frozen = Assert.Single(steps, s => s.Kind == ChaosKind.FreezeMidWrite);
        Assert.All(
            steps.Where(s => s.Kind is not (ChaosKind.Storm or ChaosKind.PoisonOrders or ChaosKind.FreezeMidWrite)),
            s => Assert.InRange(s.At + s.Length, TimeSpan.Zero, frozen.At));
        Assert.InRange(frozen.At, TimeSpan.Zero, length);

        // It waits for hosts that were struck before, and lasts: orders come for longer than the run.
        Assert.InRange(ChaosSchedule.OrdersFor(length), frozen.At + frozen.Length, TimeSpan.MaxValue);
    }
}
