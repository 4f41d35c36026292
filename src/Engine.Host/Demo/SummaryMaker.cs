using System.Collections.Immutable;
using Engine.Domain.LateDispatch;
using Engine.Domain.Orders;
using Engine.Host.Verification;
using Engine.Storage.LateDispatch;
using Npgsql;

namespace Engine.Host.Demo;

/// <summary>Puts a run's figures together: the engine's from its database, the platform's from the sandbox's ledger.</summary>
internal sealed class SummaryMaker(RunDatabase run, SandboxControl sandbox, SandboxLedger ledger, NpgsqlDataSource database, FileInfo? latenciesFile)
{
    public async Task<RunSummary> MakeAsync(
        RunOutcome outcome,
        ImmutableArray<InvariantCheck> invariants,
        ImmutableArray<InvariantNotBuilt> notBuilt,
        int restarts,
        IReadOnlyDictionary<string, string> shops,
        CancellationToken ct)
    {
        var progress = outcome.Progress;
        var now = DateTimeOffset.FromUnixTimeMilliseconds(progress.NowMs);
        var counts = await run.CountAsync(now, TimeSpan.Zero, ct);
        var orders = await ledger.OrdersAsync(ct).ToListAsync(ct);
        var released = await LatenciesAsync(orders, ct);
        List<double> latencies = [.. released.Select(r => r.LatencyMs).Order()];
        if (latenciesFile is not null)
        {
            await File.WriteAllLinesAsync(latenciesFile.FullName, released.Select(r => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{r.AtMs:F1} {r.LatencyMs:F1}")), ct);
        }

        var seconds = Math.Max(0.001, outcome.Wall.TotalSeconds);
        return new RunSummary
        {
            OrdersPlaced = progress.OrdersPlaced,
            OrdersImported = counts.Imported,
            LabelsBought = progress.LabelsSold,
            LabelsChargedTwice = progress.LabelsChargedTwice,
            PackagesWithoutOrder = await UnknownPackagesAsync(ct),
            Dispatched = counts.Dispatched,
            Late = counts.Late,
            Ldr = counts.Dispatched == 0 ? null : (double)counts.Late / counts.Dispatched,
            OverdueUnscanned = counts.OverdueUnscanned,
            LdrDueCohort = await DueCohortAsync(shops.Values, now, ct),
            ApiCalls = progress.Calls,
            Http429 = progress.Http429,
            BudgetUtilisation = await UtilisationAsync(ct),
            WallSeconds = Math.Round(seconds, 3),
            OrdersPerSecond = Math.Round(counts.Imported / seconds, 2),
            P50Ms = Percentile(latencies, 0.50),
            P99Ms = Percentile(latencies, 0.99),
            Steps = progress.Steps,
            MsPerStep = progress.Steps == 0 ? null : Math.Round(outcome.Wall.TotalMilliseconds / progress.Steps, 3),
            HostsKilled = restarts,
            HostsFrozen = outcome.HostsWoken,
            Finished = outcome.Finished,
            UnfinishedOrders = await UnfinishedAsync(outcome, orders, ct),
            Shops = await run.ShopsAsync(ct),
            Invariants = invariants,
            InvariantsNotBuilt = notBuilt,
        };
    }

    private async Task<long> UnknownPackagesAsync(CancellationToken ct)
    {
        var known = await new StoredBooks(database).PackagesAsync(ct);
        var unknown = 0L;
        await foreach (var label in ledger.LabelsAsync(ct))
        {
            unknown += label.IsBoughtByUs && !known.ContainsKey($"{label.ShopId}/{label.PackageId}") ? 1 : 0;
        }

        return unknown;
    }

    private async Task<double?> DueCohortAsync(IEnumerable<string> shops, DateTimeOffset now, CancellationToken ct)
    {
        var store = new PostgresLateDispatchStore(database);
        long late = 0, due = 0;
        foreach (var shop in shops)
        {
            var rate = LateDispatch.Overall(await store.ReadAsync(new ShopId(shop), ct), now).DueCohort;
            late += rate.Late;
            due += rate.Orders;
        }

        return due == 0 ? null : (double)late / due;
    }

    private async Task<double?> UtilisationAsync(CancellationToken ct)
    {
        var purchases = (await sandbox.BudgetAsync(ct)).Budget.Where(b => b.Api is "POST /fulfillment/202309/packages" or "POST /fulfillment/202512/packages").ToList();
        var permitted = purchases.Sum(b => b.Permitted);
        return permitted > 0 ? Math.Round(purchases.Sum(b => b.UsedWhileWork) / permitted, 4) : null;
    }

    /// <summary>In order of release; <c>AtMs</c> is its Unix time.</summary>
    private async Task<List<(double AtMs, double LatencyMs)>> LatenciesAsync(List<LedgerOrder> orders, CancellationToken ct)
    {
        var stored = await run.LabelsStoredAsync(ct);
        return [.. orders
            .Where(o => o.ShippableSystemMs is not null && stored.ContainsKey(o.OrderId))
            .Select(o => (o.ShippableSystemMs!.Value, (stored[o.OrderId] - DateTimeOffset.UnixEpoch).TotalMilliseconds - o.ShippableSystemMs.Value))
            .Order()];
    }

    private static double? Percentile(List<double> ascending, double share) =>
        ascending.Count == 0 ? null : Math.Round(ascending[Math.Min(ascending.Count - 1, (int)(ascending.Count * share))], 1);

    private async Task<IReadOnlyList<string>> UnfinishedAsync(RunOutcome outcome, List<LedgerOrder> orders, CancellationToken ct)
    {
        var open = orders.Where(o => o is { Fbt: false, ScannedAtMs: null, CancelledAtMs: null }).ToList();
        var named = open.Where(o => o.Unfinishable is not null).Select(o => $"{o.OrderId}: unfinishable by the scenario: {o.Unfinishable}").ToList();
        if (outcome.Finished)
        {
            return named;
        }

        var waiting = open.Where(o => o.Unfinishable is null).ToList();
        var known = await run.DescribeAsync([.. waiting.Select(o => o.OrderId)], ct);
        return
        [
            $"engine: {outcome.Open}",
            .. waiting.Select(o => $"{o.OrderId}: marketplace: {o.Status}; {known.GetValueOrDefault(o.OrderId, "engine: never heard of")}"),
            .. named,
        ];
    }
}
