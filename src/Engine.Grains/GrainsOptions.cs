using Engine.Domain.Budgets;
using Engine.Domain.Orders;
using Engine.Domain.Ports;

namespace Engine.Grains;

/// <summary>What steers the grains; validated by the host at start.</summary>
public sealed class GrainsOptions
{
    /// <summary>The app whose budgets are kept.</summary>
    public string AppKey { get; set; } = "";

    public FulfillmentPolicy Policy { get; set; } = new();

    /// <summary>Calls per second towards the marketplace, by API; missing ones take <see cref="ReadsPerSecond"/>.</summary>
    public Dictionary<MarketplaceApi, double> CallsPerSecond { get; set; } = new()
    {
        [MarketplaceApi.BuyLabel] = 2,
        [MarketplaceApi.BuyCombinedLabel] = 2,
        [MarketplaceApi.MarkShipped] = 2,
        [MarketplaceApi.ShippingDocument] = 2,
        [MarketplaceApi.ApproveCancellation] = 2,
        [MarketplaceApi.RejectCancellation] = 2,
    };

    /// <summary>Default for reads until limits are learned (design 3).</summary>
    public double ReadsPerSecond { get; set; } = 5;

    /// <summary>Budgets run on business time, and searches are spaced by their budget alone; only where a scenario says so, on both sides.</summary>
    public bool BudgetsOnBusinessTime { get; set; }

    /// <summary>System time; how long after its host was last alive in the membership table a budget's slots may lie (see <see cref="LeaseTerm"/>).</summary>
    public TimeSpan LeaseMax { get; set; } = TimeSpan.FromMilliseconds(250);

    /// <summary>System time by which a slot may be missed before it is given up.</summary>
    public TimeSpan SlotTolerance { get; set; } = LeaseTerm.UsualTolerance;

    /// <summary>System time for which a call may keep its place in the budget beyond the usual second, because its answer is late (invented: longer than any
    /// standstill seen on a busy machine; an answer that was lost costs its place no longer than this).</summary>
    public TimeSpan ArrivalDoubtMax { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>Parcels of one shop being bought at once.</summary>
    public int PurchasesInFlightMax { get; set; } = 128;

    /// <summary>Label files of one shop being fetched at once.</summary>
    public int DocumentsInFlightMax { get; set; } = 64;

    /// <summary>Least system time between two searches that hints start, per shop.</summary>
    public TimeSpan SearchSpacing { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>Business time between two sweeps of a shop; never more often than <see cref="SweepSpacing"/>.</summary>
    public TimeSpan SweepEvery { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>Least system time between two sweeps of a shop.</summary>
    public TimeSpan SweepSpacing { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>System time between two looks of the app-quality audit at a shop. At most 30 s: an incident is to be seen within a minute.</summary>
    public TimeSpan AuditEvery { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>System time after a host's start in which it wakes no audit: where many hosts start at once, orders go first (invented; with <see cref="AuditEvery"/> far below the minute).</summary>
    public TimeSpan AuditAfterStart { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>What this installation is called towards the platform's quality exchange (SHOPIFY, WOOCOMMERCE, BIGCOMMERCE or MAGENTO); null = nothing is sent.</summary>
    public string? QualityExchangeChannel { get; set; }

    /// <summary>Business time by which the watermark stays behind the platform's clock (design 2.9).</summary>
    public TimeSpan WatermarkLag { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>Sweeps and re-reads never come by themselves: they run with a shop's hint (also the one that a deadline decision is), or when asked for (design 2.14).</summary>
    public bool SteppedTime { get; set; }

    /// <summary>Business time after which, in stepped time, a shop's next hint also brings a sweep (invented: long, because there every shop is swept at the end).</summary>
    public TimeSpan SteppedSweepEvery { get; set; } = TimeSpan.FromDays(7);

    /// <summary>Where the marketplace sends its webhooks; null = not registered by us.</summary>
    public Uri? WebhookAddress { get; set; }

    /// <summary>Shops whose metrics carry their name; empty = the first 50 seen, the rest `other`.</summary>
    public HashSet<string> MetricShops { get; set; } = [];

    /// <summary>System time between two looks of a desk at the stored to-do list while it is at work; none in stepped time, where every wait is a wait of the clock.</summary>
    public TimeSpan DeskLoadSpacing => SteppedTime ? TimeSpan.Zero : TimeSpan.FromMilliseconds(100);

    /// <summary>System time after which a desk that still has loaded work looks whether something more urgent has come (invented: a page of rows, once in
    /// so long, for a shop whose work waits for its budget).</summary>
    public TimeSpan DeskReloadEvery { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>System time between two batches of a journal reader: what arrives meanwhile shares a commit. Far below the second that the LDR may lag.</summary>
    public TimeSpan ReaderSpacing => SteppedTime ? TimeSpan.Zero : TimeSpan.FromMilliseconds(25);

    public double RateOf(MarketplaceApi api) => CallsPerSecond.TryGetValue(api, out var rate) ? rate : ReadsPerSecond;
}
