using Engine.Domain.Cancellations;

namespace Engine.FrontDoor.Exceptions;

/// <summary>What people must look at, oldest first.</summary>
/// <param name="NextCursor">Where to go on; null when this page is not full.</param>
public sealed record ExceptionList(IReadOnlyList<ExceptionView> Exceptions, string? NextCursor);

/// <summary>One order that stands before a person; nothing happens to it by itself, but what `detail` says.</summary>
/// <param name="Reason">Stable code.</param>
/// <param name="Detail">Which thing, and what is wrong with it; no personal data.</param>
/// <param name="Since">Business time since which it waits.</param>
/// <param name="Deadline">When it becomes too late; null where nothing is lost by waiting.</param>
public sealed record ExceptionView(
    string Shop, string OrderId, string Reason, string Detail, DateTimeOffset Since, DateTimeOffset? Deadline, NextActionView NextAction);

/// <param name="Code">Stable code of what to do.</param>
public sealed record NextActionView(string Code, string Text);

/// <summary>What to answer the buyer who asked to cancel.</summary>
public sealed record CancellationAnswerRequest(CancellationAnswer Answer);

/// <summary>The answer is decided and will be given to the marketplace; the order tells when that is done.</summary>
public sealed record CancellationAnswerReceipt(string Shop, string OrderId, CancellationAnswer Answer);
