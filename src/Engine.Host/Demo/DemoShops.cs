using Engine.Domain.Orders;
using Engine.FrontDoor.Access;
using Engine.Storage;
using Engine.Storage.Queries;

namespace Engine.Host.Demo;

/// <summary>The run's merchant, its key, and its shops as connected through the front door.</summary>
internal static class DemoShops
{
    private const string Merchant = "demo";
    private const int AtOnce = 32;

    /// <summary>Makes an API key in the database, as `keys create` does.</summary>
    public static async Task<string> MakeKeyAsync(string connectionString, CancellationToken ct)
    {
        var key = ApiKeys.Create(new MerchantId(Merchant));
        await using var sources = EngineDataSources.Open(connectionString, "engine-demo", poolSize: 2);
        await new PostgresApiKeys(sources.Pool).AddAsync(key.Record, ct);
        return key.Plaintext;
    }

    /// <summary>Our shop ids, by the marketplace's.</summary>
    public static async Task<IReadOnlyDictionary<string, string>> ConnectAsync(
        FrontDoorClient engine, IReadOnlyList<SandboxShop> accounts, Uri webhooks, CancellationToken ct)
    {
        var names = accounts.Select((account, i) => (account, Shop: $"demo-{i + 1}")).ToList();
        await Parallel.ForEachAsync(
            names,
            new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = ct },
            async (pair, token) => await engine.ConnectAsync(pair.Shop, pair.account, webhooks, token));
        return names.ToDictionary(n => n.account.ShopId, n => n.Shop, StringComparer.Ordinal);
    }

    /// <summary>One sweep of every shop; how many orders had to be brought in that no hint had.</summary>
    public static async Task<int> SweepAsync(FrontDoorClient engine, IEnumerable<string> shops, CancellationToken ct)
    {
        var found = 0;
        await Parallel.ForEachAsync(
            shops,
            new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = ct },
            async (shop, token) => Interlocked.Add(ref found, (await engine.ReconcileAsync(shop, token)).LastSweepFound));
        return found;
    }
}
