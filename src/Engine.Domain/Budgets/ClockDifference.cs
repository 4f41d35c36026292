namespace Engine.Domain.Budgets;

/// <summary>What a question and its answer prove about two clocks.</summary>
public static class ClockDifference
{
    /// <summary>The least that must be added to the other's instants to have ours. Zero while its instant fits between our question and its answer: then the way
    /// alone explains it.</summary>
    /// <param name="asked">By our clock.</param>
    /// <param name="answered">By our clock.</param>
    /// <param name="theirs">By the other's clock, at some moment in between.</param>
    public static TimeSpan Least(DateTimeOffset asked, DateTimeOffset answered, DateTimeOffset theirs) =>
        theirs < asked ? asked - theirs
        : theirs > answered ? answered - theirs
        : TimeSpan.Zero;
}
