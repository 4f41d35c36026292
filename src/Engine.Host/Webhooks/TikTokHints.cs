using Engine.Domain.Ports;
using Engine.TikTok;
using Microsoft.Extensions.Options;

namespace Engine.Host.Webhooks;

/// <summary>The front door's port, spoken by the TikTok client: neither knows the other.</summary>
internal sealed class TikTokHints(IOptions<TikTokOptions> options) : IMarketplaceHints
{
    public HintReading Read(string? signatureHeader, ReadOnlySpan<byte> body)
    {
        if (!TikTokWebhook.Verify(options.Value.AppKey, options.Value.AppSecret, signatureHeader, body))
        {
            return new HintReading.Forged();
        }

        return TikTokWebhook.Read(body) switch
        {
            null => new HintReading.Unreadable("not a notification's envelope"),
            { MarketplaceShopId: null } hint => new HintReading.Unreadable($"type {(int)hint.Type} names no shop"),
            var hint => new HintReading.Hint(hint.MarketplaceShopId, (int)hint.Type, hint.OrderId, hint.NotificationId, hint.SentAt),
        };
    }
}
