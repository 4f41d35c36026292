using System.Collections.Immutable;
using Engine.Domain.Orders;
using Engine.Domain.Work;

namespace Engine.Domain.Ports;

/// <summary>A stored to-do row. Dropped by its reader when the order has moved past <paramref name="Version"/>.</summary>
/// <param name="CancelAt">As in <see cref="WorkItem"/>; also null in rows written before it was stored.</param>
public sealed record DueWork(OrderKey Order, WorkKind Kind, DateTimeOffset DueAt, DateTimeOffset? DeadlineAt, int Version, DateTimeOffset? CancelAt = null);

/// <summary>The earliest row of one kind in one shop.</summary>
public readonly record struct WorkFront(ShopId Shop, WorkKind Kind, DateTimeOffset FirstDueAt);

/// <summary>What lies ahead of a stepped clock, of the kinds that wake it (<see cref="WorkKindRules.WakesClock"/>).</summary>
/// <param name="Due">What is due by now: the earliest row of every (shop, kind) that has such a row.</param>
/// <param name="NextDueAt">The first due time after now; null = there is none.</param>
public sealed record WorkAhead(ImmutableArray<WorkFront> Due, DateTimeOffset? NextDueAt);

/// <summary>The stored to-do list; written only together with the orders it belongs to.</summary>
public interface IWorkQueue
{
    /// <summary>
    /// Rows of these kinds due at or before <paramref name="dueBy"/>, in the order of work (design 3.5): what the marketplace would cancel at or before
    /// <paramref name="endangeredBy"/> by that instant, then by deadline (none last), then due time, then order; what is late at
    /// <paramref name="dueBy"/> comes last. At most <paramref name="max"/>; where there are more, up to a fifth of that many late ones beside them.
    /// </summary>
    Task<ImmutableArray<DueWork>> LoadAsync(ShopId shop, ImmutableArray<WorkKind> kinds, DateTimeOffset dueBy, DateTimeOffset endangeredBy, int max, CancellationToken ct);

    /// <summary>The earliest row of every (shop, kind) that has one. Cost grows with the number of such pairs, not of rows.</summary>
    Task<ImmutableArray<WorkFront>> ScanAsync(CancellationToken ct);

    /// <summary>For stepped time only, which asks several times a step: cost grows with the rows that are due. Keeps an index of its own from the first call on.</summary>
    /// <param name="now">Business time.</param>
    Task<WorkAhead> LookAheadAsync(DateTimeOffset now, CancellationToken ct);

    /// <summary>Puts rows off that were looked at and led to no event; rows that have gone or changed meanwhile are left alone.</summary>
    Task PostponeAsync(ShopId shop, WorkKind kind, ImmutableArray<string> orderIds, DateTimeOffset dueAt, CancellationToken ct);
}
