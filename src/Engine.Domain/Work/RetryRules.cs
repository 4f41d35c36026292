namespace Engine.Domain.Work;

/// <summary>What follows from a try that led to nothing.</summary>
public abstract record RetryDecision
{
    private RetryDecision()
    {
    }

    public sealed record Again(TimeSpan After) : RetryDecision;

    /// <summary>Trying again would not help, or has taken too long: a person decides.</summary>
    public sealed record GiveUp(string Why) : RetryDecision;
}

/// <summary>When to try again. Pure: the caller waits, on the clock that each rule names.</summary>
public static class RetryRules
{
    private static readonly TimeSpan FailurePauseMin = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan FailurePauseMax = TimeSpan.FromSeconds(30);

    /// <summary>System time after the <paramref name="failures"/>-th failure in a row (1 = first): 250 ms, doubling up to 30 s.</summary>
    public static TimeSpan AfterFailure(int failures)
    {
        var pause = FailurePauseMin * Math.Pow(2, Math.Clamp(failures - 1, 0, 10));
        return pause < FailurePauseMax ? pause : FailurePauseMax;
    }

    /// <summary>Business time until a label file is asked for again that the carrier is still producing: 5 s, 15 s, then every minute.</summary>
    public static TimeSpan AfterDocumentNotReady(int times) => TimeSpan.FromSeconds(times switch { <= 1 => 5, 2 => 15, _ => 60 });
}
