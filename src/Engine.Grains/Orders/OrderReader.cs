using System.Collections.Immutable;
using Engine.Contracts;
using Engine.Domain.Orders;
using Engine.Domain.Ports;
using Engine.Grains.Budgets;

namespace Engine.Grains.Orders;

/// <summary>Reads orders by detail inside the budget, 50 a call; one bad id does not spoil its neighbours.</summary>
public sealed class OrderReader(IMarketplace marketplace, CallBudget budget)
{
    /// <summary>Most ids that one call takes (fact sheet 6.2).</summary>
    public const int IdsMax = 50;

    /// <summary>What could be read, by order id; an order that is missing could not be read just now.</summary>
    public async Task<Dictionary<string, MarketplaceOrder>> ReadAsync(
        ShopId shop, ImmutableArray<string> orderIds, HostActivity.Activity work, CancellationToken ct)
    {
        var read = new Dictionary<string, MarketplaceOrder>(StringComparer.Ordinal);
        foreach (var ids in orderIds.Distinct(StringComparer.Ordinal).Chunk(IdsMax))
        {
            await ReadAsync(shop, [.. ids], read, work, ct);
        }

        return read;
    }

    private async Task ReadAsync(
        ShopId shop, ImmutableArray<string> ids, Dictionary<string, MarketplaceOrder> read, HostActivity.Activity work, CancellationToken ct)
    {
        var outcome = await budget.AskAsync(shop, MarketplaceApi.ReadOrders, work, () => marketplace.ReadOrdersAsync(shop, ids, ct));
        switch (outcome)
        {
            case CallOutcome<ImmutableArray<MarketplaceOrder>>.Succeeded { Value: var orders }:
                foreach (var order in orders)
                {
                    read[order.OrderId] = order;
                }

                break;
            case CallOutcome<ImmutableArray<MarketplaceOrder>>.Rejected { Class: not (RefusalClass.Authorization or RefusalClass.RetryLater) } when ids.Length > 1:
                // One unknown or foreign id refuses the whole call: halves find it.
                await ReadAsync(shop, ids[..(ids.Length / 2)], read, work, ct);
                await ReadAsync(shop, ids[(ids.Length / 2)..], read, work, ct);
                break;
        }
    }
}
