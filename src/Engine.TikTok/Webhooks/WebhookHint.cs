using System.Collections.Immutable;

namespace Engine.TikTok;

/// <summary>The platform's notification numbers that the engine acts on; every other number is kept as it came and ignored.</summary>
public enum WebhookType
{
    OrderStatusChange = 1,
    RecipientAddressUpdate = 3,
    PackageUpdate = 4,
    SellerDeauthorization = 6,
    UpcomingAuthorizationExpiration = 7,
    CancellationStatusChange = 11,
    ReturnStatusChange = 12,
}

/// <summary>A notification's envelope. A hint only: what happened is read from the marketplace, never from here.</summary>
/// <param name="NotificationId">The same on retries, so the key to dedupe by; null on the types that send none (type 3 as printed).</param>
/// <param name="MarketplaceShopId">The marketplace's shop id, not its cipher; null on types that name another owner.</param>
/// <param name="SentAt">Business time; null when absent or out of range.</param>
/// <param name="OrderIds">Orders that it names, each once; empty for types that name none.</param>
public sealed record WebhookHint(
    WebhookType Type,
    string? NotificationId,
    string? MarketplaceShopId,
    DateTimeOffset? SentAt,
    ImmutableArray<string> OrderIds)
{
    /// <summary>The order it speaks of, where there is exactly one.</summary>
    public string? OrderId => OrderIds.Length == 1 ? OrderIds[0] : null;
}
