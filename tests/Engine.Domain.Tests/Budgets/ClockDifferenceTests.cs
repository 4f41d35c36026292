using Engine.Domain.Budgets;

namespace Engine.Domain.Tests.Budgets;

public sealed class ClockDifferenceTests
{
    private static readonly DateTimeOffset Asked = new(2026, 11, 22, 0, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset Answered = Asked.AddMilliseconds(10);

    [Theory]
    [InlineData(0)]
    [InlineData(4)]
    [InlineData(10)]
    public void An_instant_between_question_and_answer_proves_nothing(double ms) =>
        Assert.Equal(TimeSpan.Zero, ClockDifference.Of(Asked, Answered, Asked.AddMilliseconds(ms)).Least);

    [Theory]
    [InlineData(400)]
    [InlineData(-400)]
    public void What_is_added_to_the_others_instants_brings_them_between_question_and_answer(double aheadMs)
    {
        // Given after 4 of the 10 milliseconds, by a clock that is ahead (or behind).
        var theirs = Asked.AddMilliseconds(4 + aheadMs);

        var ours = theirs + ClockDifference.Of(Asked, Answered, theirs).Least;

        Assert.InRange(ours, Asked, Answered);
    }

    [Theory]
    [InlineData(400)]
    [InlineData(-400)]
    public void After_many_exchanges_slow_ones_on_a_busy_machine_are_told_apart_by_the_fast_ones(double aheadMs)
    {
        var draw = new Random(1);
        ClockDifference? known = null;
        for (var exchange = 0; exchange < 100; exchange++)
        {
            var (there, back) = exchange % 10 == 5 ? (1, 1) : (draw.Next(150), draw.Next(150));
            var asked = Asked.AddMilliseconds(exchange * 200);
            var seen = ClockDifference.Of(asked, asked.AddMilliseconds(there + back), asked.AddMilliseconds(there + aheadMs));
            known = known is { } k ? k.And(seen) : seen;
            if (exchange > 5)
            {
                // 1 ms each way, and a drift of a tenth of a millisecond a second since.
                Assert.InRange(known.Value.Least.TotalMilliseconds, -aheadMs - 1.3, -aheadMs + 1.3);
            }
        }
    }

    [Fact]
    public void A_clock_that_was_set_is_learned_at_once()
    {
        var before = ClockDifference.Of(Asked, Answered, Asked.AddMilliseconds(5 - 400));
        var after = ClockDifference.Of(Asked.AddSeconds(1), Answered.AddSeconds(1), Asked.AddMilliseconds(1_005));

        Assert.InRange(before.Least.TotalMilliseconds, 395, 405);
        Assert.Equal(after, before.And(after));
        Assert.Equal(TimeSpan.Zero, before.And(after).Least);
    }
}
