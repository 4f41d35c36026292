using System.Collections.Concurrent;
using Engine.Domain.Orders;
using Engine.Domain.Ports;

namespace Engine.Grains.Shops;

/// <summary>Whose a shop is: bound for ever, so read once per host.</summary>
public sealed class ShopMerchants(IShopRegistry registry)
{
    private readonly ConcurrentDictionary<ShopId, MerchantId> known = new();

    /// <exception cref="ShopUnavailableException">No such shop is connected.</exception>
    public async ValueTask<MerchantId> OfAsync(ShopId shop, CancellationToken ct)
    {
        if (!known.TryGetValue(shop, out var merchant))
        {
            foreach (var record in await registry.ListAsync(ct))
            {
                known[record.Shop] = record.Merchant;
            }

            if (!known.TryGetValue(shop, out merchant))
            {
                throw new ShopUnavailableException(shop, "it was never connected");
            }
        }

        return merchant;
    }
}
