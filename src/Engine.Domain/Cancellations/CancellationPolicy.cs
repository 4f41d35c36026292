namespace Engine.Domain.Cancellations;

/// <summary>How a shop answers a buyer who asks to cancel. Stored in events by number: never renumber.</summary>
public enum CancellationRule
{
    /// <summary>Approve before the label is bought or the parcel packed; reject afterwards.</summary>
    ShipIfPacked = 0,

    /// <summary>Approve until the carrier has the parcel, even if a label is lost by it.</summary>
    Honour = 1,

    /// <summary>Stand before a person; near the end of the answer window the fallback is taken.</summary>
    Ask = 2,
}

/// <summary>The two answers that a pending request can have. Stored by number: never renumber.</summary>
public enum CancellationAnswer
{
    Approve = 0,
    Reject = 1,
}

/// <summary>A shop's setting. Business-time lengths, all positive.</summary>
public sealed record CancellationPolicy
{
    public CancellationRule Rule { get; init; } = CancellationRule.ShipIfPacked;

    /// <summary>Before the end of the answer window at which waiting ends: for a person (<see cref="CancellationRule.Ask"/>) and for a purchase in doubt. Invented.</summary>
    public TimeSpan DecideBeforeEnd { get; init; } = TimeSpan.FromHours(2);

    /// <summary>What is answered when nobody has decided by then. Silence would be consent (fact sheet 10.4), hence the default.</summary>
    public CancellationAnswer Fallback { get; init; } = CancellationAnswer.Approve;

    /// <summary>The answer window where the request itself names no end (US: 24 h, fact sheet 10.4). The request's own deadline wins.</summary>
    public TimeSpan AnswerWindow { get; init; } = TimeSpan.FromHours(24);

    /// <summary>Refused answers to one request before a person is asked. Invented.</summary>
    public int RefusalsMax { get; init; } = 8;
}
