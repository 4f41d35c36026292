using Engine.Domain.Orders;

namespace Engine.Domain.Cancellations;

/// <summary>The buyer's request itself was read: evidence of what was known when.</summary>
/// <param name="RequestedAt">By the platform's clock.</param>
/// <param name="PurchaseIntendedAt">Newest purchase intent of the order, if any; with <paramref name="RequestedAt"/> the two instants of a crossing.</param>
/// <param name="Crossed">The purchase was decided after the buyer had asked, before we could know.</param>
public sealed record CancellationSeen(
    string CancelId,
    DateTimeOffset RequestedAt,
    DateTimeOffset SeenAt,
    DateTimeOffset AnswerBy,
    DateTimeOffset? PurchaseIntendedAt,
    bool Crossed) : OrderEvent;

/// <summary>A person decided what to answer.</summary>
public sealed record CancellationAnswerOrdered(string CancelId, CancellationAnswer Answer, DateTimeOffset At) : OrderEvent;

/// <summary>Durable before the call leaves: this answer is about to be given.</summary>
/// <param name="Why">The rule's reason in words, for people.</param>
public sealed record CancellationAnswerIntended(
    string CancelId, int Attempt, CancellationAnswer Answer, CancellationRule Rule, string Why, string IdempotencyKey, DateTimeOffset At) : OrderEvent;

/// <summary>How the try ended.</summary>
/// <param name="NextTryAt">Business time before which it is not tried again; null when no further try is planned.</param>
public sealed record CancellationAnswerEnded(
    string CancelId, int Attempt, AnswerOutcome Outcome, string Detail, DateTimeOffset? NextTryAt, DateTimeOffset At) : OrderEvent;

/// <summary>The request was read and is no longer pending.</summary>
public sealed record CancellationClosed(string CancelId, CancellationEnd End, DateTimeOffset At) : OrderEvent;
