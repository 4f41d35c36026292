using System.Collections.Immutable;
using Engine.Domain.Orders;
using Engine.Domain.Ports;
using Engine.Domain.Quality;

namespace Engine.FrontDoor.Tests.Fakes;

/// <summary>Incidents in memory: what the front door asks of them, by the port's contract. The audit's own half is not needed here.</summary>
internal sealed class InMemoryIncidents : IQualityStore
{
    public List<(MerchantId Merchant, QualityIncident Incident)> All { get; } = [];

    public Task<QualityCounts> CountAsync(ShopId shop, DateTimeOffset now, CancellationToken ct) => Task.FromResult(new QualityCounts(
        All.Where(i => i.Incident.Order.Shop == shop && i.Incident.ClosedAt is null).GroupBy(i => i.Incident.Rule).ToImmutableDictionary(g => g.Key, g => (long)g.Count()),
        new AutoCancelRate(All.Count(i => i.Incident.Order.Shop == shop && i.Incident.Rule.IsAutoCancelled()), 100),
        0));

    public Task<ImmutableArray<QualityIncident>> ListAsync(IncidentQuery query, CancellationToken ct) => Task.FromResult(All
        .Where(i => i.Merchant == query.Merchant && i.Incident.Order.Shop == query.Shop)
        .Select(i => i.Incident)
        .Where(i => query.Rule is not { } rule || i.Rule == rule)
        .Where(i => !query.OpenOnly || i.ClosedAt is null)
        .OrderByDescending(i => i.OpenedAt).ThenByDescending(i => i.Order.OrderId, StringComparer.Ordinal).ThenByDescending(i => i.Rule)
        .Where(i => query.After is not { } after || (i.OpenedAt, i.Order.OrderId, i.Rule).CompareTo(after) < 0)
        .Take(query.Limit)
        .ToImmutableArray());

    public Task<ImmutableArray<(QualityRule Rule, string Reason)>> RecordAsync(
        MerchantId merchant, ShopId shop, DateTimeOffset now, ImmutableArray<Examination> examined, CancellationToken ct) => throw NotAsked();

    public Task<ImmutableArray<string>> MovedAsync(ShopId shop, int max, CancellationToken ct) => throw NotAsked();

    public Task MissAsync(MerchantId merchant, ShopId shop, ImmutableArray<MissingOrder> orders, CancellationToken ct) => throw NotAsked();

    public Task<ImmutableArray<MissingOrder>> MissingAsync(ShopId shop, int max, List<string> found, CancellationToken ct) => throw NotAsked();

    public Task<ImmutableArray<QualityIncident>> UnreportedAsync(ShopId shop, int max, CancellationToken ct) => throw NotAsked();

    public Task ReportedAsync(ImmutableArray<QualityIncident> incidents, DateTimeOffset at, CancellationToken ct) => throw NotAsked();

    private static InvalidOperationException NotAsked() => new("The front door only reads incidents.");
}
