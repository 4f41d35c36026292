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
        Assert.All(steps.Where(s => s.Kind == ChaosKind.SkewClock), s => Assert.InRange(Math.Abs(s.Strength), 0, Skew.TotalSeconds));
    }
}
