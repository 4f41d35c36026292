using System.Security.Cryptography;
using System.Text;
using Engine.Domain.Ports;
using Engine.FrontDoor;
using Engine.FrontDoor.Health;
using Engine.Grains;
using Engine.Host.Clock;
using Engine.Host.Cluster;
using Engine.Host.Configuration;
using Engine.Host.Health;
using Engine.Host.KillPoints;
using Engine.Host.Metrics;
using Engine.Host.Startup;
using Engine.Host.Webhooks;
using Engine.Storage;
using Engine.Storage.Journal;
using Engine.Storage.Secrets;
using Engine.TikTok;
using Prometheus;

namespace Engine.Host;

/// <summary>Puts the parts together: only the host picks implementations.</summary>
internal static class EngineHost
{
    /// <summary>System time in which a told-to-stop host ends its work; a platform's grace period must be longer.</summary>
    public static readonly TimeSpan ShutdownTimeout = TimeSpan.FromSeconds(25);

    /// <summary>Default of `FrontDoor__DrainTime`: so long a host that was told to stop still serves, while its readiness says no. A load balancer
    /// must look, and move on, within this (invented: Kubernetes takes an ending pod out within a second or two, most balancers look every 1 to 5 s).</summary>
    private static readonly TimeSpan DrainTime = TimeSpan.FromSeconds(5);

    /// <remarks>Hosted services start in this order and stop in the reverse one: readiness has said no for <see cref="DrainTime"/>, then the front door closes, then the steps of the clock end, then the silo
    /// leaves and its grains deactivate; the journal answers what is queued when the container is disposed, after all of them.</remarks>
    public static WebApplication Build(EngineSettings settings, string connectionString, BusinessClock clock, IConfiguration configuration)
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        builder.Configuration.AddConfiguration(configuration);
        builder.WebHost.UseUrls(settings.Http.GetLeftPart(UriPartial.Authority)).ConfigureKestrel(kestrel => kestrel.AddServerHeader = false);
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = ShutdownTimeout);
        builder.AddEngineLogging();

        builder.Services
            .AddEngineClocks(clock, settings.ClockAhead)
            .AddSingleton<IJournalInstruments, JournalInstruments>()
            .AddSingleton<IFrontDoorInstruments, FrontDoorInstruments>()
            .AddEngineStorage(StorageOf(settings, connectionString), Domain.Clocks.System)
            .AddEngineTikTok(options => Copy(settings.TikTok, options))
            .AddSingleton<IMarketplaceHints, TikTokHints>();
        builder.UseOrleans(silo => silo.UseEngineCluster(settings.Cluster, connectionString));
        builder.Services
            .AddEngineGrains(options => Configure(options, settings, clock))
            .AddEngineFrontDoor(options =>
            {
                options.DrainTime = DrainTime;
                configuration.GetSection("FrontDoor").Bind(options);
                options.CursorKey = CursorKey(settings.MasterKeys);
            })
            .AddSingleton<IReadiness, DatabaseReadiness>()
            .AddSingleton<IReadiness, SiloReadiness>()
            .AddHostedService<StateGauges>();
        clock.AddServices(builder.Services, settings);
        if (!settings.Strikes.IsNone)
        {
            Directory.CreateDirectory(settings.Strikes.Folder);
            builder.Services.AddSingleton<IPausePoints>(new StrikingPausePoints(settings.Strikes));
        }

        var app = builder.Build();
        clock.Use(app);
        app.MapEngineFrontDoor();
        app.MapMetrics();
        return app;
    }

    private static EngineStorageOptions StorageOf(EngineSettings settings, string connectionString) => new()
    {
        ConnectionString = connectionString,
        KeyRing = KeyRing.Parse(settings.MasterKeys),
        LabelFolder = settings.VaultFolder,
    };

    private static void Configure(GrainsOptions options, EngineSettings settings, BusinessClock clock)
    {
        options.AppKey = settings.TikTok.AppKey;
        options.Policy = settings.Fulfillment;
        options.WatermarkLag = settings.WatermarkLag;
        options.QualityExchangeChannel = settings.TikTok.QualityExchangeChannel;
        foreach (var (api, perSecond) in settings.Budgets.PerSecond)
        {
            options.CallsPerSecond[api] = perSecond;
        }

        options.BudgetsOnBusinessTime = settings.Budgets.OnBusinessTime;

        // In stepped time nothing happens twice at one instant but by the same burst of hints: spacing by the system's clock would only hold the steps up.
        options.SearchSpacing = clock.IsStepped ? TimeSpan.Zero : settings.Budgets.SearchSpacing;
        options.SteppedTime = clock.IsStepped;
    }

    /// <summary>Cursors are signed with a key that every host derives from the key ring.</summary>
    private static byte[] CursorKey(string masterKeys) =>
        HKDF.DeriveKey(HashAlgorithmName.SHA256, Encoding.UTF8.GetBytes(masterKeys.Trim()), 32, info: "engine/front-door/cursor"u8.ToArray());

    private static void Copy(TikTokOptions from, TikTokOptions to)
    {
        foreach (var property in typeof(TikTokOptions).GetProperties().Where(p => p.CanWrite))
        {
            property.SetValue(to, property.GetValue(from));
        }

        foreach (var host in from.LabelHosts)
        {
            to.LabelHosts.Add(host);
        }
    }
}
