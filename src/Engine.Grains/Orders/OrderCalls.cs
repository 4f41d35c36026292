using Engine.Contracts;
using Engine.Domain.Orders;
using Engine.Domain.Ports;

namespace Engine.Grains.Orders;

/// <summary>What desks say to an order on the engine's own account.</summary>
internal static class OrderCalls
{
    /// <param name="cause">See <see cref="Causation"/>.</param>
    /// <param name="storedVersion">See <see cref="OrderQuestion"/>.</param>
    public static async Task<OrderAnswer> AskOrderAsync(
        this IGrainFactory grains, MerchantId merchant, OrderKey key, OrderCommand command, string cause, int storedVersion) =>
        (await grains.Order(key).AskAsync(new OrderQuestion(merchant, command, new Causation("system", Guid.NewGuid(), cause), StoredVersion: storedVersion))).Value;

    /// <summary>Tells an order what a read of it has shown.</summary>
    /// <param name="now">Business time.</param>
    /// <param name="storedVersion">See <see cref="OrderQuestion"/>.</param>
    public static async Task<OrderAnswer> ShowOrderAsync(
        this IGrainFactory grains, MerchantId merchant, OrderKey key, MarketplaceOrder facts, DateTimeOffset now, string cause, int storedVersion) =>
        (await grains.Order(key).AskAsync(new OrderQuestion(
            merchant, new ObserveOrder(facts, now), new Causation("system", Guid.NewGuid(), cause), facts.Document, facts.Recipient, StoredVersion: storedVersion))).Value;
}
