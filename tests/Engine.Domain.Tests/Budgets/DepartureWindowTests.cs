using Engine.Domain.Budgets;

namespace Engine.Domain.Tests.Budgets;

public sealed class DepartureWindowTests
{
    private const int Limit = 50;
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan DoubtMax = TimeSpan.FromSeconds(1);

    [Fact]
    public void As_many_as_the_limit_leave_at_once_and_the_next_when_the_first_is_a_window_old()
    {
        var window = new DepartureWindow(Limit, DoubtMax);
        for (var call = 0; call < Limit; call++)
        {
            Assert.Equal(TimeSpan.Zero, window.TryLeave(Ms(call), Second));
            window.Answered(Ms(call));
        }

        Assert.Equal(Ms(900), window.TryLeave(Ms(100), Second));
        Assert.Equal(TimeSpan.Zero, window.TryLeave(Ms(1_000), Second));
        Assert.Equal(Ms(1), window.TryLeave(Ms(1_000), Second));
    }

    [Fact]
    public void A_call_keeps_its_place_until_a_window_after_its_answer_while_the_way_is_not_known()
    {
        var window = new DepartureWindow(1, DoubtMax);
        window.TryLeave(Ms(0), Second);
        window.Answered(Ms(300));

        Assert.Equal(Ms(200), window.TryLeave(Ms(1_100), Second));
        Assert.Equal(TimeSpan.Zero, window.TryLeave(Ms(1_300), Second));
    }

    [Fact]
    public void A_call_whose_answer_took_longer_than_the_fastest_keeps_its_place_for_as_much_longer()
    {
        var window = new DepartureWindow(1, DoubtMax);
        var now = 0;
        for (var call = 0; call < 256; call++)
        {
            Assert.Equal(TimeSpan.Zero, window.TryLeave(Ms(now), Second));
            window.Answered(Ms(now + 20 + (call % 7)));
            now += 1_100;
        }

        window.TryLeave(Ms(now), Second);
        window.Answered(Ms(now + 320));

        // It may have arrived 300 ms later than usual.
        Assert.Equal(Ms(200), window.TryLeave(Ms(now + 1_100), Second));
        Assert.Equal(TimeSpan.Zero, window.TryLeave(Ms(now + 1_300), Second));
    }

    [Fact]
    public void A_lost_answer_costs_its_place_for_no_longer_than_the_doubt()
    {
        var window = new DepartureWindow(1, DoubtMax);
        Assert.Equal(TimeSpan.Zero, window.TryLeave(Ms(0), Second));

        Assert.NotEqual(TimeSpan.Zero, window.TryLeave(Ms(1_999), Second));
        Assert.Equal(TimeSpan.Zero, window.TryLeave(Ms(2_000), Second));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Whatever_stands_still_on_the_way_no_second_at_the_platform_sees_more_than_the_limit(int seed)
    {
        var draw = new Random(seed);
        var window = new DepartureWindow(Limit, DoubtMax);
        var arrivals = new List<int>();
        var answers = new PriorityQueue<int, int>();
        var (standsStillUntil, last) = (0, 0);
        for (var now = 0; now < 60_000; now++)
        {
            while (answers.TryPeek(out var at, out _) && at <= now)
            {
                window.Answered(Ms(answers.Dequeue()));
            }

            if (draw.Next(700) == 0)
            {
                standsStillUntil = now + draw.Next(600);
            }

            // As many as may, as early as they may; on an undisturbed way of 4 to 12 ms, and as much back.
            while (window.TryLeave(Ms(now), Second) == TimeSpan.Zero)
            {
                var arrives = Math.Max(now, standsStillUntil) + 4 + draw.Next(9);
                arrivals.Add(arrives);
                var answered = arrives + 4 + draw.Next(9);
                answers.Enqueue(answered, answered);
            }
        }

        arrivals.Sort();
        for (var first = 0; first + Limit < arrivals.Count; first++)
        {
            last = Math.Max(last, 1_000 - (arrivals[first + Limit] - arrivals[first]));
        }

        // The share of the fastest trip that a call spends on its way out is not known: a window may be wrong by what it differs, not by the standstills.
        Assert.InRange(last, int.MinValue, 8);
        Assert.InRange(arrivals.Count, 60 * Limit / 2, 60 * Limit);
    }

    private static TimeSpan Ms(int ms) => TimeSpan.FromMilliseconds(ms);
}
