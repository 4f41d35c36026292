using System.Text.Json.Serialization;
using Engine.Host.Demo.Chaos;
using Engine.Host.Demo.Recovery;
using Engine.Host.Verification;

namespace Engine.Host.Demo;

/// <summary>The summary of a run. Names are a contract with tests and tools (design 5).</summary>
public sealed record RunSummary
{
    [JsonPropertyName("orders_placed")]
    public long OrdersPlaced { get; init; }

    [JsonPropertyName("orders_imported")]
    public long OrdersImported { get; init; }

    [JsonPropertyName("labels_bought")]
    public long LabelsBought { get; init; }

    [JsonPropertyName("labels_charged_twice")]
    public long LabelsChargedTwice { get; init; }

    /// <summary>Labels that our calls bought, by the platform's ledger, and that no parcel of ours knows.</summary>
    [JsonPropertyName("packages_without_order")]
    public long PackagesWithoutOrder { get; init; }

    /// <summary>First scans in the run, as the engine stored them; FBT excluded.</summary>
    [JsonPropertyName("dispatched")]
    public long Dispatched { get; init; }

    [JsonPropertyName("late")]
    public long Late { get; init; }

    /// <summary>Late / dispatched over the whole run, no window; null when nothing was dispatched.</summary>
    [JsonPropertyName("ldr")]
    public double? Ldr { get; init; }

    [JsonPropertyName("overdue_unscanned")]
    public long OverdueUnscanned { get; init; }

    [JsonPropertyName("ldr_due_cohort")]
    public double? LdrDueCohort { get; init; }

    [JsonPropertyName("api_calls")]
    public long ApiCalls { get; init; }

    [JsonPropertyName("http_429")]
    public long Http429 { get; init; }

    /// <summary>Purchase calls made / permitted while orders waited for a label; null when none waited.</summary>
    [JsonPropertyName("budget_utilisation")]
    public double? BudgetUtilisation { get; init; }

    [JsonPropertyName("wall_s")]
    public double WallSeconds { get; init; }

    [JsonPropertyName("orders_per_s")]
    public double OrdersPerSecond { get; init; }

    /// <summary>Wall time from shippable at the marketplace to label stored.</summary>
    [JsonPropertyName("p50_ms")]
    public double? P50Ms { get; init; }

    [JsonPropertyName("p99_ms")]
    public double? P99Ms { get; init; }

    /// <summary>Steps of the clock in stepped time, else 0.</summary>
    [JsonPropertyName("steps")]
    public long Steps { get; init; }

    [JsonPropertyName("ms_per_step")]
    public double? MsPerStep { get; init; }

    [JsonPropertyName("hosts_killed")]
    public int HostsKilled { get; init; }

    /// <summary>Frozen long enough to be declared dead, then woken.</summary>
    [JsonPropertyName("hosts_frozen")]
    public int HostsFrozen { get; init; }

    [JsonPropertyName("finished")]
    public bool Finished { get; init; }

    [JsonPropertyName("unfinished_orders")]
    public IReadOnlyList<string> UnfinishedOrders { get; init; } = [];

    /// <summary>By shop: dispatched and late, to be held against a count of one's own.</summary>
    [JsonPropertyName("shops")]
    public IReadOnlyList<ShopSummary> Shops { get; init; } = [];

    /// <summary>Of a run with `--recovery`.</summary>
    [JsonPropertyName("recovery")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public RecoveryReport? Recovery { get; init; }

    [JsonPropertyName("invariants")]
    public IReadOnlyList<InvariantCheck> Invariants { get; init; } = [];

    [JsonPropertyName("invariants_not_built")]
    public IReadOnlyList<InvariantNotBuilt> InvariantsNotBuilt { get; init; } = [];

    /// <summary>What the run was put through, where that was asked for.</summary>
    [JsonPropertyName("chaos")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ChaosReport? Chaos { get; init; }

    [JsonIgnore]
    public bool IsGood => Finished && LabelsChargedTwice == 0 && PackagesWithoutOrder == 0 && Invariants.All(i => i.Ok);
}

public sealed record ShopSummary(
    [property: JsonPropertyName("shop")] string Shop,
    [property: JsonPropertyName("marketplace_shop_id")] string MarketplaceShopId,
    [property: JsonPropertyName("orders")] long Orders,
    [property: JsonPropertyName("dispatched")] long Dispatched,
    [property: JsonPropertyName("late")] long Late);
