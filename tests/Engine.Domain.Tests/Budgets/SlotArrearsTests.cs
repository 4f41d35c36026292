using Engine.Domain.Budgets;

namespace Engine.Domain.Tests.Budgets;

public sealed class SlotArrearsTests
{
    private const int Limit = 50;

    [Theory]
    [InlineData(0.88, 147)]
    [InlineData(0.94, 74)]
    [InlineData(0.99, 20)]
    public void The_smaller_the_share_that_slots_are_given_at_the_later_a_call_may_be(double share, int ms)
    {
        Assert.Equal(ms, (int)SlotArrears.Bearable(Limit, Limit * share).TotalMilliseconds);
        Assert.Equal(ms, (int)SlotArrears.Bearable(1.5, 1.5 * share).TotalMilliseconds);
    }

    [Fact]
    public void Each_late_call_costs_one_slot_of_the_second_after_it_and_none_later()
    {
        var arrears = new SlotArrears();
        Assert.False(arrears.TrySettle(Ms(0)));

        arrears.Owe(Ms(0));
        arrears.Owe(Ms(10));
        arrears.Owe(Ms(20));
        Assert.True(arrears.TrySettle(Ms(30)));
        Assert.True(arrears.TrySettle(Ms(1_000)));
        Assert.False(arrears.TrySettle(Ms(1_020)));
    }

    /// <summary>Three hosts that see only their own calls, and a way that stands still for all of them at once, as on a busy machine.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void However_long_all_stand_still_no_second_at_the_platform_sees_more_than_the_limit(int seed)
    {
        const double share = 0.88;
        Assert.InRange(MostInASecond(seed, share, settles: true), 40, Limit);
        Assert.InRange(MostInASecond(seed, share, settles: false), Limit + 1, 2 * Limit);
    }

    private static int MostInASecond(int seed, double share, bool settles)
    {
        var draw = new Random(seed);
        var bearable = SlotArrears.Bearable(Limit, Limit * share);
        var spacing = new CallRate(Limit * share).Spacing.TotalMilliseconds;
        var hosts = Enumerable.Range(0, 3).Select(_ => (Arrears: new SlotArrears(), Answers: new PriorityQueue<TimeSpan, int>())).ToArray();
        var arrivals = new List<int>();
        var (slot, standsStillUntil) = (0.0, 0);
        for (var now = 0; now < 60_000; now++)
        {
            if (now > standsStillUntil + 2_000 && draw.Next(700) == 0)
            {
                standsStillUntil = now + draw.Next(500);
            }

            foreach (var (arrears, answers) in hosts)
            {
                while (answers.TryPeek(out var late, out var at) && at <= now)
                {
                    answers.Dequeue();
                    if (late > bearable)
                    {
                        arrears.Owe(Ms(now));
                    }
                }
            }

            while (slot <= now)
            {
                var host = hosts[draw.Next(hosts.Length)];
                if (!settles || !host.Arrears.TrySettle(Ms(now)))
                {
                    var arrives = Math.Max(now, standsStillUntil);
                    arrivals.Add(arrives);
                    host.Answers.Enqueue(Ms(arrives - now), arrives + 1 + draw.Next(8));
                }

                slot += spacing;
            }
        }

        arrivals.Sort();
        return arrivals.Select((at, first) => arrivals.Skip(first).TakeWhile(a => a - at < 1_000).Count()).Max();
    }

    private static TimeSpan Ms(int ms) => TimeSpan.FromMilliseconds(ms);
}
