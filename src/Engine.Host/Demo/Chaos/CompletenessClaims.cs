using Engine.Host.Verification;

namespace Engine.Host.Demo.Chaos;

/// <summary>Holds the engine to its word while it works: what a shop's 'complete up to' covers must be stored at that moment, not only at the end.</summary>
internal sealed class CompletenessClaims(FrontDoorClient engine, SandboxLedger ledger, RunDatabase database, IReadOnlyDictionary<string, string> shops)
{
    private readonly SortedDictionary<string, string> broken = new(StringComparer.Ordinal);
    private long looked;

    /// <summary>Orders that were missing although their shop was said to be complete.</summary>
    public int Missing => broken.Count;

    public InvariantCheck Check => new(
        "1 complete, as claimed",
        broken.Count == 0 && looked > 0,
        broken.Count == 0 ? $"{looked} orders were stored when their shop was said to be complete" : $"{broken.Count} orders: {string.Join("; ", broken.Values.Take(10))}");

    /// <summary>The claims first, then what the marketplace had, then what is stored: time can only make the engine's case better.</summary>
    public async Task CheckAsync(CancellationToken ct)
    {
        var claims = new Dictionary<string, DateTimeOffset>(StringComparer.Ordinal);
        foreach (var (account, shop) in shops)
        {
            if (await engine.CompleteUpToAsync(shop, ct) is { } upTo)
            {
                claims[account] = upTo;
            }
        }

        var covered = new List<(LedgerOrder Order, DateTimeOffset UpTo)>();
        await foreach (var order in ledger.OrdersAsync(ct))
        {
            if (claims.TryGetValue(order.ShopId, out var upTo) && DateTimeOffset.FromUnixTimeMilliseconds(order.PlacedAtMs) < upTo)
            {
                covered.Add((order, upTo));
            }
        }

        var stored = await database.OrderIdsAsync(ct);
        looked = Math.Max(looked, covered.Count);
        foreach (var (order, upTo) in covered.Where(c => !stored.Contains(c.Order.OrderId)))
        {
            broken.TryAdd(order.OrderId, $"order {order.OrderId}, placed {DateTimeOffset.FromUnixTimeMilliseconds(order.PlacedAtMs):O}, was missing while its shop was said to be complete up to {upTo:O}");
        }
    }
}
