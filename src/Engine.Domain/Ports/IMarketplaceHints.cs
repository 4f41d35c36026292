namespace Engine.Domain.Ports;

/// <summary>What a webhook call turned out to be.</summary>
public abstract record HintReading
{
    private HintReading()
    {
    }

    /// <summary>The signature is not the platform's. Answer 401.</summary>
    public sealed record Forged : HintReading;

    /// <summary>Signed, but not readable. Answer 200: any other answer starts the platform's retry ladder.</summary>
    public sealed record Unreadable(string Why) : HintReading;

    /// <summary>Signed and readable: something about a shop (and perhaps an order) changed. A hint only, never the truth.</summary>
    /// <param name="Type">The platform's own type number.</param>
    /// <param name="NotificationId">Equal on retries; null where the platform sends none.</param>
    /// <param name="SentAt">The platform's clock.</param>
    public sealed record Hint(string MarketplaceShopId, int Type, string? OrderId, string? NotificationId, DateTimeOffset? SentAt) : HintReading;
}

/// <summary>Reads a channel's webhooks over their raw bytes; constant-time.</summary>
public interface IMarketplaceHints
{
    HintReading Read(string? signatureHeader, ReadOnlySpan<byte> body);
}
