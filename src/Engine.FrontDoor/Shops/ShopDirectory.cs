using System.Collections.Frozen;
using System.Collections.Immutable;
using Engine.Domain;
using Engine.Domain.Orders;
using Engine.Domain.Ports;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Engine.FrontDoor.Shops;

/// <summary>The connected shops, in memory. A binding never changes, so what is known stays true; what is not known is looked up, at most once per spacing.</summary>
internal sealed class ShopDirectory(
    IShopRegistry registry, [FromKeyedServices(Clocks.System)] TimeProvider clock, IOptions<FrontDoorOptions> options)
{
    private readonly Lock gate = new();
    private Known known = Known.None;
    private Task? scheduled;
    private long? lastStartedAt;
    private long newestRead;
    private long newestPublished;

    public ShopRecord? ByAccount(string marketplaceShopId) => Volatile.Read(ref known).ByAccount.GetValueOrDefault(marketplaceShopId);

    /// <summary>Of all merchants: never shown as it is.</summary>
    public ImmutableArray<ShopRecord> All => Volatile.Read(ref known).Shops;

    /// <summary>Null when there is no such shop, whoever asks.</summary>
    public async ValueTask<ShopRecord?> FindAsync(ShopId shop)
    {
        if (Volatile.Read(ref known).ById.TryGetValue(shop, out var record))
        {
            return record;
        }

        await RefreshAsync();
        return Volatile.Read(ref known).ById.GetValueOrDefault(shop);
    }

    /// <summary>Ends after a look at the registry that began after this call. Callers at the same time share one.</summary>
    public Task RefreshAsync()
    {
        lock (gate)
        {
            return scheduled ??= RunAsync();
        }
    }

    private async Task RunAsync()
    {
        await Task.Yield();
        TimeSpan wait;
        lock (gate)
        {
            wait = lastStartedAt is { } last ? options.Value.ShopRefreshSpacing - clock.GetElapsedTime(last) : TimeSpan.Zero;
        }

        if (wait > TimeSpan.Zero)
        {
            await Task.Delay(wait, clock);
        }

        lock (gate)
        {
            scheduled = null;
            lastStartedAt = clock.GetTimestamp();
        }

        await ReadAsync();
    }

    /// <summary>Looks now, whatever the spacing: for what is rare and must be right.</summary>
    public async Task ReadAsync()
    {
        long mine;
        lock (gate)
        {
            mine = ++newestRead;
        }

        var shops = await registry.ListAsync(CancellationToken.None);
        lock (gate)
        {
            if (mine > newestPublished)
            {
                newestPublished = mine;
                Volatile.Write(ref known, new Known(shops));
            }
        }
    }

    private sealed class Known
    {
        public static readonly Known None = new([]);

        public Known(ImmutableArray<ShopRecord> shops)
        {
            Shops = shops;
            ById = shops.ToFrozenDictionary(s => s.Shop);
            ByAccount = shops.Where(s => s.Channel.StartsWith("tiktok", StringComparison.OrdinalIgnoreCase))
                .DistinctBy(s => s.MarketplaceShopId, StringComparer.Ordinal)
                .ToFrozenDictionary(s => s.MarketplaceShopId, StringComparer.Ordinal);
        }

        public ImmutableArray<ShopRecord> Shops { get; }

        public FrozenDictionary<ShopId, ShopRecord> ById { get; }

        public FrozenDictionary<string, ShopRecord> ByAccount { get; }
    }
}
