using System.Collections.Immutable;
using Engine.Domain.Orders;
using Engine.Domain.Work;

namespace Engine.Domain.Ports;

/// <summary>Who caused a decision, for the audit: system, platform, API key or person; and the command that carried it.</summary>
/// <param name="Actor">`system`, `platform`, `key:ID` or `person:ID`.</param>
/// <param name="CommandId">Unique per command; finds the command's effect after a lost answer.</param>
/// <param name="Cause">What led to it (webhook id, sweep, work kind, request id); no personal data.</param>
public sealed record Causation(string Actor, Guid CommandId, string? Cause);

/// <summary>The events of one order, decided on version <see cref="ExpectedVersion"/>, and the state they lead to.</summary>
public sealed record OrderAppend
{
    /// <summary>0 for a new order.</summary>
    public required int ExpectedVersion { get; init; }

    /// <summary>The state after <see cref="Events"/>; its version is the expected one plus their number.</summary>
    public required OrderState After { get; init; }

    /// <summary>At least one.</summary>
    public required ImmutableArray<OrderEvent> Events { get; init; }

    /// <summary>Everything the order needs next.</summary>
    public required ImmutableArray<WorkItem> Work { get; init; }

    /// <summary>What the order needed at the expected version, if these rows are surely what is stored: then only the difference is written.
    /// Null replaces all earlier work rows, whatever they are.</summary>
    public ImmutableArray<WorkItem>? FormerWork { get; init; }

    /// <summary>The marketplace document as UTF-8 JSON without recipient, where it changed; else empty.</summary>
    public ReadOnlyMemory<byte> Document { get; init; }

    /// <summary>The recipient as UTF-8 JSON, where the seller ships itself and it changed; else empty. Stored encrypted.</summary>
    public ReadOnlyMemory<byte> Recipient { get; init; }

    /// <summary>Lines or parcels differ from what is stored and are to be written.</summary>
    public bool LinesChanged { get; init; }

    public bool ParcelsChanged { get; init; }

    /// <summary>With <see cref="ParcelsChanged"/>: some line is in another parcel, or its parcel lives no longer.</summary>
    public bool ParcelLinesChanged { get; init; } = true;
}

/// <summary>A stored answer under an idempotency key, committed with its effect.</summary>
public sealed record IdempotencyRecord(string Scope, string Key, string RequestHash, int StatusCode, string Body, DateTimeOffset ExpiresAt);

/// <summary>What is accepted whole or refused whole: one order, or all orders of one combined parcel (same shop).</summary>
public sealed record AppendUnit
{
    public required ImmutableArray<OrderAppend> Orders { get; init; }

    public required Causation Causation { get; init; }

    /// <summary>Business time of the decision; stored with every event.</summary>
    public required DateTimeOffset At { get; init; }

    public IdempotencyRecord? Idempotency { get; init; }
}

public enum AppendResult
{
    /// <summary>Committed.</summary>
    Accepted,

    /// <summary>Some order has another version; nothing was written. Reload and decide again.</summary>
    Conflict,

    /// <summary>The connection was lost during COMMIT. Reload and compare version and command id.</summary>
    Unknown,

    /// <summary>Surely nothing was written (disk full, no connection, queue full). Try again later.</summary>
    NotApplied,

    /// <summary>The rows themselves are refused by the database (too large, wrong data). Nothing was written; trying again will not help.</summary>
    Refused,
}

/// <param name="Detail">For anything but accepted: which order and why.</param>
public sealed record AppendAnswer(AppendResult Result, string? Detail = null)
{
    public static readonly AppendAnswer Accepted = new(AppendResult.Accepted);
}

/// <param name="LastCommandId">The command of the newest event, to recognise one's own lost answer.</param>
public sealed record LoadedOrder(OrderState State, Guid LastCommandId);

/// <summary>The journal of order decisions. The database is the only truth.</summary>
public interface IOrderJournal
{
    /// <summary>The fold of the order's events, also when it was moved to history; null when never heard of.</summary>
    /// <exception cref="JournalUnavailableException">Could not ask; never answered as "no such order".</exception>
    ValueTask<LoadedOrder?> LoadAsync(OrderKey key, CancellationToken ct);

    /// <summary>Gathers with other callers into one transaction; answers after its own commit. Never throws for what the database does.</summary>
    ValueTask<AppendAnswer> AppendAsync(AppendUnit unit, CancellationToken ct);
}

/// <summary>The database could not be asked.</summary>
public sealed class JournalUnavailableException(string message, Exception? inner = null) : Exception(message, inner);
