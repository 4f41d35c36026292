using Engine.Domain.Orders;
using Engine.Domain.Ports;
using Engine.Host.KillPoints;

namespace Engine.Host.Configuration;

/// <summary>Everything that can be set, read once at start. Names and defaults: README.md.</summary>
public sealed record EngineSettings
{
    /// <summary>Where the front door listens. `ENGINE_HTTP`, default http://127.0.0.1:8080.</summary>
    public required Uri Http { get; init; }

    public required DatabaseSettings Database { get; init; }

    /// <summary>Labels, encrypted; shared by all hosts of a cluster. `ENGINE_VAULT`, default: labels below the data folder.</summary>
    public required string VaultFolder { get; init; }

    /// <summary>The key ring's text: first key seals, all open. `ENGINE_MASTER_KEY` (`id:base64 of 32 bytes`, more than one separated by commas) or `_FILE`;
    /// else made in the data folder (`master.key`, 0600). Never logged.</summary>
    public required string MasterKeys { get; init; }

    public required ClusterSettings Cluster { get; init; }

    /// <summary>Business time follows this sandbox's clock. `ENGINE_SANDBOX_CLOCK`; null = business time is system time.</summary>
    public Uri? SandboxClock { get; init; }

    public required FulfillmentPolicy Fulfillment { get; init; }

    /// <summary>Business time by which a shop's 'complete up to' stays behind the platform's clock: longer than its lists lag behind writes.
    /// `Intake__WatermarkLagSeconds`, 60 to 3600, default 60 (design 2.9).</summary>
    public required TimeSpan WatermarkLag { get; init; }

    public required BudgetSettings Budgets { get; init; }

    /// <summary>Options of the TikTok client by their names, as configured (`TikTok__AppKey`, ...); checked by the client's own rules.</summary>
    public required Engine.TikTok.TikTokOptions TikTok { get; init; }

    /// <summary>None but in tests against a sandbox.</summary>
    public required StrikeSettings Strikes { get; init; }

    /// <summary>`ENGINE_CLOCK_AHEAD_MS`: by how much both clocks of this process are wrong; negative: behind. Zero but in tests against a sandbox.</summary>
    public required TimeSpan ClockAhead { get; init; }

    public override string ToString() => $"settings of {Cluster.HostName} at {Http}";
}

/// <param name="DataFolder">Absolute. Private database, keys and labels lie below it. `ENGINE_DATA`; default /var/lib/engine as root, else ~/.local/share/engine.</param>
/// <param name="ConnectionString">An own PostgreSQL, 15 or newer. `ConnectionStrings__Engine`; null starts a private one in the data folder.</param>
/// <param name="BinFolder">Where postgres, initdb and pg_ctl are. `ENGINE_POSTGRES_BIN`; null looks on PATH and in the usual places.</param>
public sealed record DatabaseSettings(string DataFolder, string? ConnectionString, string? BinFolder)
{
    public override string ToString() => $"database of {DataFolder}";
}

/// <summary>How this process joins the others.</summary>
/// <param name="HostName">Unique in the cluster and stable over restarts. `ENGINE_HOST_NAME`, default: the machine's name and the HTTP port.</param>
/// <param name="Address">The address that other hosts reach this one by. `ENGINE_CLUSTER_ADDRESS`, default 127.0.0.1.</param>
/// <param name="SiloPort">`ENGINE_SILO_PORT`, default 11111, or a free one where that is taken.</param>
/// <param name="GatewayPort">`ENGINE_GATEWAY_PORT`, default 30000, or a free one where that is taken.</param>
/// <param name="ClusterId">`ENGINE_CLUSTER_ID`, default engine. Hosts with the same id and database are one cluster.</param>
public sealed record ClusterSettings(string HostName, System.Net.IPAddress Address, int SiloPort, int GatewayPort, string ClusterId);

/// <summary>Calls per second and API that the engine allows itself for each shop.</summary>
/// <param name="PerSecond">One for every API; above 0, at most 50 (the ceiling of any published limit).</param>
/// <param name="OnBusinessTime">The limits run on business time: only where a scenario sets the platform's side likewise. `ENGINE_BUDGET_CLOCK` = system or business.</param>
/// <param name="SearchSpacing">Least time between two searches of one shop, on the same clock.</param>
public sealed record BudgetSettings(IReadOnlyDictionary<MarketplaceApi, double> PerSecond, bool OnBusinessTime, TimeSpan SearchSpacing)
{
    public const double PerSecondCeiling = 50;

    /// <summary>Where business time follows a sandbox, whose limits may be open.</summary>
    public const double SandboxCeiling = 1_000_000;

    /// <summary>Purchases and label documents towards the real platform, until learned (design 3).</summary>
    public const double WritesPerSecond = 2;

    public const double ReadsPerSecond = 5;

    public static bool IsWrite(MarketplaceApi api) =>
        api is MarketplaceApi.BuyLabel or MarketplaceApi.BuyCombinedLabel or MarketplaceApi.ShippingDocument or MarketplaceApi.MarkShipped or MarketplaceApi.Webhooks
            or MarketplaceApi.ApproveCancellation or MarketplaceApi.RejectCancellation;
}
