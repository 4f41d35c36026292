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
        Assert.Equal(TimeSpan.Zero, ClockDifference.Least(Asked, Answered, Asked.AddMilliseconds(ms)));

    [Theory]
    [InlineData(400)]
    [InlineData(-400)]
    public void What_is_added_to_the_others_instants_brings_them_between_question_and_answer(double aheadMs)
    {
        // Given after 4 of the 10 milliseconds, by a clock that is ahead (or behind).
        var theirs = Asked.AddMilliseconds(4 + aheadMs);

        var ours = theirs + ClockDifference.Least(Asked, Answered, theirs);

        Assert.InRange(ours, Asked, Answered);
    }
}
