namespace Engine.Domain.Cancellations;

/// <summary>How a request ended. Stored by number: never renumber.</summary>
public enum CancellationEnd
{
    /// <summary>Approved: the order is (or will at once be) cancelled.</summary>
    Approved = 0,

    /// <summary>Rejected, withdrawn by the buyer, or closed by shipping: the order goes on.</summary>
    Closed = 1,
}

/// <summary>How one try to answer ended.</summary>
public enum AnswerOutcome
{
    /// <summary>Sent, or about to be; no end is recorded.</summary>
    Open = 0,
    Accepted = 1,

    /// <summary>Surely without effect.</summary>
    NotApplied = 2,

    /// <summary>May have taken effect: the request is read before the same answer is given again under the same key.</summary>
    Unknown = 3,
    Refused = 4,
}

/// <summary>One try to answer a request.</summary>
/// <param name="Number">1 for the first.</param>
/// <param name="IdempotencyKey">The same for every try of the same answer to the same request: the platform does it once.</param>
public sealed record AnswerAttempt(int Number, CancellationAnswer Answer, string IdempotencyKey, DateTimeOffset At, AnswerOutcome Outcome);

/// <summary>A buyer's request to cancel, and what became of it. Business instants.</summary>
public sealed record CancellationCase
{
    public required string CancelId { get; init; }

    /// <summary>When the buyer asked, by the platform's clock.</summary>
    public required DateTimeOffset RequestedAt { get; init; }

    public required DateTimeOffset SeenAt { get; init; }

    /// <summary>End of the answer window; afterwards the platform approves by itself.</summary>
    public required DateTimeOffset AnswerBy { get; init; }

    /// <summary>What a person has decided; wins over the shop's rule.</summary>
    public CancellationAnswer? Ordered { get; init; }

    public AnswerAttempt? Attempt { get; init; }

    public int Refusals { get; init; }

    /// <summary>No answer is tried before this.</summary>
    public DateTimeOffset? NextTryAt { get; init; }

    public CancellationEnd? End { get; init; }

    /// <summary>Up to 255 characters (fact sheet 10.1); equal for equal answers, so that a repeated try is no second effect.</summary>
    public string KeyOf(CancellationAnswer answer) => $"engine-{CancelId}-{(answer == CancellationAnswer.Approve ? "approve" : "reject")}";
}
