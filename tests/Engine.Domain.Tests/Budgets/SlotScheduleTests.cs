using Engine.Domain.Budgets;

namespace Engine.Domain.Tests.Budgets;

public sealed class SlotScheduleTests
{
    private static readonly DateTimeOffset Start = new(2026, 11, 22, 0, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(50, 1)]
    [InlineData(50, 25)]
    [InlineData(2, 1)]
    [InlineData(10, 5)]
    [InlineData(0.5, 1)]
    public void No_sliding_second_holds_more_than_permitted_and_nearly_all_is_used(double perSecond, int burst)
    {
        var schedule = new SlotSchedule(new CallRate(perSecond, burst), Start);
        var slots = new List<DateTimeOffset>();
        var now = Start;
        while (now < Start.AddSeconds(60))
        {
            schedule = schedule.Take(7, now, now.AddMilliseconds(250), slots);
            now = now.AddMilliseconds(30);
        }

        Assert.Equal(slots.Order(), slots);
        foreach (var (slot, i) in slots.Select((s, i) => (s, i)))
        {
            Assert.True(slots.Skip(i).TakeWhile(s => s < slot.AddSeconds(1)).Count() <= Math.Max(1, perSecond), $"{slot:O}");
        }

        if (burst == 1)
        {
            Assert.InRange(slots.Count, 60 * perSecond * 0.98, (60 * perSecond) + 13);
        }
    }

    [Fact]
    public void A_paused_schedule_gives_nothing_before_its_time()
    {
        var schedule = new SlotSchedule(new CallRate(50, 10), Start).Pause(Start.AddSeconds(2));
        var slots = new List<DateTimeOffset>();
        schedule.Take(5, Start, Start.AddSeconds(1), slots);
        Assert.Empty(slots);
        schedule.Take(5, Start.AddSeconds(2), Start.AddSeconds(3), slots);
        Assert.Equal(5, slots.Count);
    }

    [Fact]
    public void The_used_share_grows_in_calm_falls_with_a_refusal_and_stays_in_bounds()
    {
        var share = new UsedShare(UsedShare.First, Start);
        Assert.Equal(share, share.Calm(Start.AddSeconds(9)));
        for (var i = 1; i <= 100; i++)
        {
            share = share.Calm(Start.AddSeconds(10 * i));
        }

        Assert.Equal(UsedShare.Most, share.Value);
        Assert.Equal(UsedShare.Most - 0.05, share.Refused(Start).Value, 6);
        for (var i = 0; i < 100; i++)
        {
            share = share.Refused(Start);
        }

        Assert.Equal(UsedShare.Least, share.Value);
    }
}
