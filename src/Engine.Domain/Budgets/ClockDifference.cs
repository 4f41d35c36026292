namespace Engine.Domain.Budgets;

/// <summary>What questions and their answers prove about two clocks: what must be added to the other's instants to have ours is not less than <see cref="AtLeast"/> and not
/// more than <see cref="AtMost"/>. One exchange leaves as much open as it took; many leave open what the fastest of them took.</summary>
/// <param name="At">Our clock, when the newest answer came.</param>
public readonly record struct ClockDifference(TimeSpan AtLeast, TimeSpan AtMost, DateTimeOffset At)
{
    /// <summary>By how much two clocks may run apart (invented: twice what cheap quartz does).</summary>
    private const double DriftMax = 100e-6;

    /// <param name="asked">By our clock.</param>
    /// <param name="answered">By our clock.</param>
    /// <param name="theirs">By the other's clock, at some moment in between.</param>
    public static ClockDifference Of(DateTimeOffset asked, DateTimeOffset answered, DateTimeOffset theirs) => new(asked - theirs, answered - theirs, answered);

    /// <summary>The least difference that is not disproved: zero where the way alone explains what was seen.</summary>
    public TimeSpan Least => AtLeast > TimeSpan.Zero ? AtLeast : AtMost < TimeSpan.Zero ? AtMost : TimeSpan.Zero;

    /// <summary>Both together. Where they contradict each other, a clock was set, and the newer counts alone.</summary>
    public ClockDifference And(ClockDifference newer)
    {
        var drift = (newer.At - At).Duration() * DriftMax;
        var atLeast = AtLeast - drift > newer.AtLeast ? AtLeast - drift : newer.AtLeast;
        var atMost = AtMost + drift < newer.AtMost ? AtMost + drift : newer.AtMost;
        return atLeast > atMost ? newer : newer with { AtLeast = atLeast, AtMost = atMost };
    }
}
