using System.Collections.Immutable;
using Engine.Domain.Orders;
using Engine.Domain.Quality;

namespace Engine.Domain.Ports;

/// <summary>What holding one order against the rules has shown.</summary>
/// <param name="Version">Version of the order that was looked at; 0 for a missing one.</param>
/// <param name="Status">The marketplace's status that was looked at.</param>
/// <param name="NextLookAt">Business time of the next look if nothing happens to the order; null = none.</param>
public sealed record Examination(
    string OrderId,
    int Version,
    MarketplaceStatus Status,
    ImmutableArray<(QualityRule Rule, QualityReason Reason)> Broken,
    DateTimeOffset? NextLookAt);

/// <summary>One order under one rule.</summary>
/// <param name="OpenedAt">Business time at which it was first seen.</param>
/// <param name="ClosedBy">`platform` when the marketplace's status moved on, `engine` when our own side was mended; null while open.</param>
/// <param name="ReportedAt">When the marketplace's exchange was told of it as it is; null = not told.</param>
public sealed record QualityIncident(
    OrderKey Order,
    QualityRule Rule,
    DateTimeOffset OpenedAt,
    string Reason,
    string Cause,
    DateTimeOffset? ClosedAt,
    string? ClosedBy,
    DateTimeOffset? ReportedAt);

/// <summary>An order that the marketplace has and we have not stored.</summary>
/// <param name="Status">Null where only its id is known.</param>
/// <param name="Problem">What went wrong; no personal data.</param>
public sealed record MissingOrder(
    string OrderId,
    MarketplaceStatus? Status,
    Fulfiller Fulfiller,
    string? CancelReason,
    DateTimeOffset? DispatchBy,
    MissingCause Cause,
    string Problem,
    DateTimeOffset FirstSeenAt,
    int Tries);

/// <param name="Open">Open incidents by rule; of the auto-cancelled ones those of the last <see cref="AutoCancelRate.Period"/>.</param>
public sealed record QualityCounts(ImmutableDictionary<QualityRule, long> Open, AutoCancelRate AutoCancelled, long Missing);

/// <param name="After">Exclusive start: (opened at, order, rule) of the last row of the page before.</param>
/// <param name="Limit">1 to 500.</param>
public sealed record IncidentQuery(
    MerchantId Merchant, ShopId Shop, QualityRule? Rule, bool OpenOnly, (DateTimeOffset OpenedAt, string OrderId, QualityRule Rule)? After, int Limit);

/// <summary>The app-quality audit's own tables. Never written on an order's way.</summary>
public interface IQualityStore
{
    /// <summary>Opens what is newly broken, closes what holds no more, and sets each order's next look, in one transaction. Orders that moved meanwhile keep their own next look.</summary>
    /// <returns>The incidents opened now.</returns>
    Task<ImmutableArray<(QualityRule Rule, string Reason)>> RecordAsync(MerchantId merchant, ShopId shop, DateTimeOffset now, ImmutableArray<Examination> examined, CancellationToken ct);

    /// <summary>Orders with an open incident that have changed since they were looked at.</summary>
    Task<ImmutableArray<string>> MovedAsync(ShopId shop, int max, CancellationToken ct);

    /// <summary>Records orders that could not be stored; those that are stored already are left out.</summary>
    Task MissAsync(MerchantId merchant, ShopId shop, ImmutableArray<MissingOrder> orders, CancellationToken ct);

    /// <summary>Orders recorded as missing, oldest first; whatever was stored since is taken off the list.</summary>
    /// <param name="found">Those taken off now.</param>
    Task<ImmutableArray<MissingOrder>> MissingAsync(ShopId shop, int max, List<string> found, CancellationToken ct);

    Task<QualityCounts> CountAsync(ShopId shop, DateTimeOffset now, CancellationToken ct);

    /// <summary>Newest first.</summary>
    Task<ImmutableArray<QualityIncident>> ListAsync(IncidentQuery query, CancellationToken ct);

    /// <summary>Incidents with a reason on the platform's list that its exchange was not told of.</summary>
    Task<ImmutableArray<QualityIncident>> UnreportedAsync(ShopId shop, int max, CancellationToken ct);

    Task ReportedAsync(ImmutableArray<QualityIncident> incidents, DateTimeOffset at, CancellationToken ct);
}
