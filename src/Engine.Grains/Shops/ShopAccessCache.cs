using System.Collections.Concurrent;
using Engine.Contracts;
using Engine.Domain;
using Engine.Domain.Orders;
using Engine.Domain.Ports;
using Microsoft.Extensions.DependencyInjection;

namespace Engine.Grains.Shops;

/// <summary>This host's copy of the shops' access; the shop grains own it.</summary>
internal sealed class ShopAccessCache(IGrainFactory grains, [FromKeyedServices(Clocks.Business)] TimeProvider business) : IShopAccess
{
    private readonly ConcurrentDictionary<ShopId, ShopAccess> known = new();

    public ValueTask<ShopAccess> GetAsync(ShopId shop, CancellationToken ct) =>
        known.TryGetValue(shop, out var access) && access.ExpiresAt - TimeSpan.FromMinutes(1) > business.GetUtcNow()
            ? ValueTask.FromResult(access)
            : AskAsync(shop, grains.Shop(shop).GetAccessAsync(), ct);

    public ValueTask<ShopAccess> RefreshAsync(ShopId shop, string refusedToken, CancellationToken ct) =>
        AskAsync(shop, grains.Shop(shop).RefreshAsync(refusedToken), ct);

    private async ValueTask<ShopAccess> AskAsync(ShopId shop, Task<Carried<ShopAccess?>> asked, CancellationToken ct)
    {
        var access = (await asked.WaitAsync(ct)).Value;
        if (access is null)
        {
            known.TryRemove(shop, out _);
            throw new ShopUnavailableException(shop, "it is not connected, or the seller's consent has ended; connect it again");
        }

        known[shop] = access;
        return access;
    }
}
