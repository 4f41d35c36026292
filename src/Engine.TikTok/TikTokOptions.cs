namespace Engine.TikTok;

/// <summary>How the engine reaches TikTok Shop. One app per installation; shops bring their own tokens.</summary>
public sealed class TikTokOptions
{
    /// <summary>The app's key, from the developer portal. Required.</summary>
    public string AppKey { get; set; } = "";

    /// <summary>The app's secret: key of every signature. Required; never printed.</summary>
    public string AppSecret { get; set; } = "";

    /// <summary>Where calls go. Https; plain http only for a loopback address (the sandbox).</summary>
    public string ApiBaseUrl { get; set; } = "https://open-api.tiktokglobalshop.com";

    /// <summary>Where tokens come from. Same rule as <see cref="ApiBaseUrl"/>.</summary>
    public string AuthBaseUrl { get; set; } = "https://auth.tiktok-shops.com";

    /// <summary>System time for one read, connection included. 50 ms to 60 s.</summary>
    public TimeSpan ReadTimeout { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>System time for one call with effects, connection included; after it the outcome is unknown. 50 ms to 60 s.</summary>
    public TimeSpan PurchaseTimeout { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>System time for the token host. 50 ms to 60 s.</summary>
    public TimeSpan AuthTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>System time for one label file. 50 ms to 5 min.</summary>
    public TimeSpan DownloadTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How long the platform accepts a signature (documented: 5 min). An attempt signed longer ago is not sent. 1 s to 5 min.</summary>
    public TimeSpan SignatureWindow { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>Largest answer that is read. 64 KiB to 256 MiB.</summary>
    public int AnswerBytesMax { get; set; } = 32 * 1024 * 1024;

    /// <summary>Largest label file that is taken. 1 KiB to 100 MiB.</summary>
    public int LabelBytesMax { get; set; } = 10 * 1024 * 1024;

    /// <summary>Why a buyer's request to cancel is rejected, in the market's own words; they change by market and date (fact sheet 10.3). 1 to 200 characters.</summary>
    public string CancellationRejectReason { get; set; } = "seller_reject_apply_product_has_been_packed";

    /// <summary>Hosts that labels may come from, exact names or suffixes beginning with a dot. Empty: any public https host.</summary>
    public IList<string> LabelHosts { get; } = [];

    /// <summary>Connections kept to the API host. 1 to 4,096.</summary>
    public int ConnectionsMax { get; set; } = 256;

    /// <summary>Share of failed calls of one shop (no answer, 5xx) that opens its breaker. Above 0, at most 1.</summary>
    public double BreakerFailureRatio { get; set; } = 0.5;

    /// <summary>Calls of one shop within <see cref="BreakerSampling"/> below which its breaker never opens. At least 2.</summary>
    public int BreakerCallsMin { get; set; } = 20;

    /// <summary>System time over which a shop's failures are counted. 500 ms to 1 day.</summary>
    public TimeSpan BreakerSampling { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>What this installation is called towards the platform's Quality Engine: SHOPIFY, WOOCOMMERCE, BIGCOMMERCE or MAGENTO, the only four it takes.
    /// Null (the default): its exchange is never called.</summary>
    public string? QualityExchangeChannel { get; set; }

    /// <summary>System time for which an open breaker lets nothing out. 500 ms to 1 day.</summary>
    public TimeSpan BreakerPause { get; set; } = TimeSpan.FromSeconds(2);
}
