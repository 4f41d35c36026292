namespace Engine.Domain.Work;

/// <summary>What an order may need next. Stored as its number: never renumber.</summary>
public enum WorkKind
{
    BuyLabel = 1,
    FetchDocument = 2,
    ReadBack = 3,
    SettleCancellation = 4,
    WatchScan = 5,
    SendTracking = 6,
    Allocate = 7,

    /// <summary>Read the order again: the safety net of every open order. Never wakes a stepped clock.</summary>
    Reread = 8,

    /// <summary>Stands before a person since the due time: an entry of the exceptions queue. Nobody does it by itself, and it never wakes a stepped clock.</summary>
    AskPerson = 9,

    /// <summary>Hold the order against the marketplace's incident rules. Never wakes a stepped clock.</summary>
    Audit = 20,
}

public static class WorkKindRules
{
    /// <summary>Whether a desk does it, and its due time may advance stepped time.</summary>
    public static bool WakesClock(this WorkKind kind) => kind is not (WorkKind.Reread or WorkKind.AskPerson or WorkKind.Audit);
}

/// <summary>One thing an order needs. A function of the order's state, written in the same transaction.</summary>
/// <param name="DueAt">Business time before which it is not to be done.</param>
/// <param name="DeadlineAt">Business time by which it should be done; orders the queue. Null = whenever.</param>
/// <param name="CancelAt">Business instant at which the marketplace cancels the order if this was not done; null = never, or unknown.</param>
public readonly record struct WorkItem(WorkKind Kind, DateTimeOffset DueAt, DateTimeOffset? DeadlineAt, DateTimeOffset? CancelAt = null);
