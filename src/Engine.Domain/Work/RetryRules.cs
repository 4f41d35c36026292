using Engine.Domain.Orders;
using Engine.Domain.Parcels;

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
    private static readonly TimeSpan ReadBackPauseMin = TimeSpan.FromMilliseconds(50);

    /// <summary>System time after the <paramref name="failures"/>-th failure in a row (1 = first): 250 ms, doubling up to 30 s.</summary>
    public static TimeSpan AfterFailure(int failures)
    {
        var pause = FailurePauseMin * Math.Pow(2, Math.Clamp(failures - 1, 0, 10));
        return pause < FailurePauseMax ? pause : FailurePauseMax;
    }

    /// <summary>Business time until a label file is asked for again that the carrier is still producing: 5 s, 15 s, then every minute.</summary>
    public static TimeSpan AfterDocumentNotReady(int times) => TimeSpan.FromSeconds(times switch { <= 1 => 5, 2 => 15, _ => 60 });

    /// <summary>System time until an unanswered purchase is read back again.</summary>
    /// <param name="wasRead">The order (and its package, if any) could be read just now; else the bounded time runs.</param>
    /// <remarks>Before the fence an empty answer proves nothing, but a found package ends the doubt at once: look soon, then less often.
    /// What can be read ends by itself, adopted or proven empty; what cannot be read until <see cref="FulfillmentPolicy.ParkUnknownAfter"/> goes to a person.</remarks>
    public static RetryDecision AfterReadBack(PurchaseAttempt attempt, bool wasRead, DateTimeOffset systemNow, FulfillmentPolicy policy)
    {
        var fence = policy.FenceOf(attempt.SignedAt);
        if (!wasRead && systemNow > fence + policy.ParkUnknownAfter)
        {
            return new RetryDecision.GiveUp($"attempt {attempt.Number} could not be read back for {policy.ParkUnknownAfter} after it could no longer take effect");
        }

        var next = attempt.FirstEmptyReadBackAt is { } first && wasRead
            ? first + policy.VisibilityBound
            : systemNow < fence
                ? Min(systemNow + TimeSpan.FromSeconds(Math.Clamp((systemNow - attempt.SignedAt).TotalSeconds, 0.25, 10)), fence)
                : wasRead ? systemNow : systemNow + TimeSpan.FromSeconds(5);
        return new RetryDecision.Again(next - systemNow > ReadBackPauseMin ? next - systemNow : ReadBackPauseMin);
    }

    private static DateTimeOffset Min(DateTimeOffset a, DateTimeOffset b) => a < b ? a : b;
}
