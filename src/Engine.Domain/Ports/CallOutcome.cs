namespace Engine.Domain.Ports;

/// <summary>What a refusal asks of us: the action class of the marketplace's error table, never its raw code.</summary>
public enum RefusalClass
{
    /// <summary>Not known or not listed: shown to a person, never repeated blindly.</summary>
    Unlisted = 0,

    /// <summary>A person must correct data (address, weight, carrier, number).</summary>
    FixData = 1,

    /// <summary>Our picture is stale: read the order again, plan again.</summary>
    StateConflict = 2,

    /// <summary>An earlier try worked: read, and adopt what is there.</summary>
    AlreadyDone = 3,

    /// <summary>The platform is still at it: read later, never repeat the command.</summary>
    InProgress = 4,

    /// <summary>Try later; the call had no effect.</summary>
    RetryLater = 5,

    /// <summary>Token, scope or consent: stop the shop, one alarm.</summary>
    Authorization = 6,

    /// <summary>A programming or configuration mistake of ours: stop this job, alert.</summary>
    Bug = 7,
}

/// <summary>How a call to the outside ended. Exactly five kinds; "unknown" is never "failed".</summary>
public abstract record CallOutcome<T>
{
    private CallOutcome()
    {
    }

    public sealed record Succeeded(T Value) : CallOutcome<T>;

    /// <summary>Answered with a refusal; the effect did not happen by this call.</summary>
    /// <param name="By">Who refused: gateway, fulfillment, order, ...</param>
    /// <param name="Code">The channel's own code.</param>
    /// <param name="RequestId">The channel's request id, for its support.</param>
    public sealed record Rejected(string By, string Code, RefusalClass Class, string Message, string? RequestId) : CallOutcome<T>;

    /// <summary>Refused for its rate; nothing happened. <paramref name="Until"/> is system time.</summary>
    public sealed record RateLimited(DateTimeOffset Until) : CallOutcome<T>;

    /// <summary>Surely not applied: never sent, or refused before it could take effect.</summary>
    /// <param name="AskAgain">Whether a second call at once is likely to be answered: the connection was lost, the token is a newer one now, or the shop's access was late.</param>
    public sealed record NotApplied(string Reason, bool AskAgain = false) : CallOutcome<T>;

    /// <summary>May have taken effect. Read back before repeating.</summary>
    public sealed record Unknown(string Reason) : CallOutcome<T>;

    /// <summary>The same outcome of a call for something else; only of one that did not succeed.</summary>
    /// <exception cref="InvalidOperationException">It succeeded.</exception>
    public CallOutcome<TOther> WithoutValue<TOther>() => this switch
    {
        Rejected r => new CallOutcome<TOther>.Rejected(r.By, r.Code, r.Class, r.Message, r.RequestId),
        RateLimited l => new CallOutcome<TOther>.RateLimited(l.Until),
        NotApplied n => new CallOutcome<TOther>.NotApplied(n.Reason, n.AskAgain),
        Unknown u => new CallOutcome<TOther>.Unknown(u.Reason),
        _ => throw new InvalidOperationException($"{Kind} has a value."),
    };

    /// <summary>A short text for logs and histories, without personal data.</summary>
    public string Describe() => this switch
    {
        Succeeded => "succeeded",
        Rejected r => $"rejected by {r.By} with {r.Code} ({r.Class}): {r.Message}",
        RateLimited l => $"rate limited until {l.Until:O}",
        NotApplied n => $"not applied: {n.Reason}",
        Unknown u => $"unknown: {u.Reason}",
        _ => throw new InvalidOperationException(GetType().Name),
    };

    /// <summary>The metric label of the outcome.</summary>
    public string Kind => this switch
    {
        Succeeded => "succeeded",
        Rejected => "rejected",
        RateLimited => "rate_limited",
        NotApplied => "not_applied",
        Unknown => "unknown",
        _ => throw new InvalidOperationException(GetType().Name),
    };
}

/// <summary>What callers do with an outcome, whatever was asked for.</summary>
public static class CallOutcome
{
    /// <summary>Asks, and once more where that is likely to be answered; the last outcome counts.</summary>
    /// <param name="ask">Sends one call, of no effect or of the same effect however often it is sent.</param>
    public static async Task<CallOutcome<T>> AskTwiceAsync<T>(Func<Task<CallOutcome<T>>> ask)
    {
        var outcome = await ask();
        return outcome is CallOutcome<T>.NotApplied { AskAgain: true } ? await ask() : outcome;
    }
}
