using System.Text;
using Engine.Contracts;
using Engine.Domain;
using Engine.Domain.Orders;
using Engine.Domain.Ports;
using Engine.Grains.Tests.KillPoints;
using Engine.Storage;
using Engine.Storage.Journal;
using Engine.Storage.Verification;
using Engine.Testing.Postgres;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Orleans.TestingHost;
using TestCluster = Engine.Testing.Postgres.TestCluster;

[assembly: AssemblyFixture(typeof(Engine.Grains.Tests.PostgresFixture))]

namespace Engine.Grains.Tests;

public sealed class PostgresFixture : IAsyncLifetime
{
    public TestCluster Cluster { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Cluster = await TestCluster.StartAsync();

    public ValueTask DisposeAsync() => Cluster.DisposeAsync();
}

/// <summary>What outlives a silo.</summary>
internal sealed record Installation(string ConnectionString, string LabelFolder);

/// <summary>Real grains over a real PostgreSQL, with a scripted marketplace: one or more silos in this process.</summary>
internal sealed class EngineCluster : IAsyncDisposable
{
    public static readonly MerchantId Merchant = new("acme");
    public static readonly ShopId Shop = new("shop-1");

    /// <summary>A fence short enough to be waited for: an attempt that bought nothing is proven so in 1.7 s of system time.</summary>
    public static readonly FulfillmentPolicy Policy = new()
    {
        SignatureWindow = TimeSpan.FromSeconds(1),
        RequestTimeout = TimeSpan.FromMilliseconds(300),
        ClockSkewBound = TimeSpan.FromMilliseconds(100),
        VisibilityBound = TimeSpan.FromMilliseconds(300),
        ParkUnknownAfter = TimeSpan.FromMilliseconds(500),
    };

    private readonly InProcessTestCluster silos;

    private readonly Installation installation;
    private readonly Action<GrainsOptions>? tune;
    private readonly TimeProvider business;

    private EngineCluster(InProcessTestCluster silos, Installation installation, ScriptedMarketplace marketplace, Action<GrainsOptions>? tune, TimeProvider business)
    {
        this.silos = silos;
        this.installation = installation;
        this.tune = tune;
        this.business = business;
        Marketplace = marketplace;
        Storage = new TestStorage(installation.ConnectionString);
    }

    public ScriptedMarketplace Marketplace { get; }

    public TestStorage Storage { get; }

    public IGrainFactory Grains => silos.Client;

    public InProcessTestCluster Silos => silos;

    public static async Task<EngineCluster> StartAsync(
        PostgresFixture postgres, short siloCount = 1, IPausePoints? points = null, Action<GrainsOptions>? tune = null, TimeProvider? business = null) => await StartAsync(
        new Installation(await postgres.Cluster.CreateDatabaseAsync(), Directory.CreateTempSubdirectory("engine-grains-labels-").FullName),
        new ScriptedMarketplace(),
        siloCount,
        points ?? new NoPausePoints(),
        tune,
        business ?? TimeProvider.System);

    /// <summary>Kills the silos as they stand, without letting them finish or store anything, and starts another on the same database, labels and marketplace.</summary>
    public async Task<EngineCluster> KillAndStartAgainAsync()
    {
        foreach (var silo in silos.Silos.ToList())
        {
            await silos.KillSiloAsync(silo);
        }

        return await StartAsync(installation, Marketplace, 1, new NoPausePoints(), tune, business);
    }

    /// <summary>A second cluster on the same database, labels and marketplace, which knows nothing of the first: each order has two activations.</summary>
    public Task<EngineCluster> StartUnawareAsync() => StartAsync(installation, Marketplace, 1, new NoPausePoints(), tune, business);

    /// <summary>The front door of a host of this cluster.</summary>
    public Task<ErpDoor> OpenDoorAsync(IPausePoints points) => ErpDoor.OpenAsync(installation, Grains, points);

    private static async Task<EngineCluster> StartAsync(
        Installation installation, ScriptedMarketplace marketplace, short siloCount, IPausePoints points, Action<GrainsOptions>? tune, TimeProvider business)
    {
        var builder = new InProcessTestClusterBuilder(siloCount);
        builder.ConfigureSilo((_, silo) =>
        {
            silo.AddMemoryGrainStorage("rare");
            silo.Services.AddKeyedSingleton(Clocks.Business, business);
            silo.Services.AddKeyedSingleton(Clocks.System, TimeProvider.System);
            silo.Services.AddEngineStorage(
                new EngineStorageOptions { ConnectionString = installation.ConnectionString, KeyRing = TestStorage.Ring, LabelFolder = installation.LabelFolder }, Clocks.System);
            silo.Services.AddSingleton(points);
            silo.Services.AddSingleton<IMarketplace>(marketplace);
            silo.Services.AddSingleton<IMarketplaceAuthorization>(marketplace);
            silo.Services.AddSingleton<IQualityExchange>(marketplace);
            silo.Services.AddEngineGrains(o =>
            {
                o.AppKey = "test-app";
                o.ReadsPerSecond = 1000;
                o.CallsPerSecond = [];
                o.PurchasesInFlightMax = 512;
                o.SearchSpacing = TimeSpan.FromMilliseconds(20);
                o.Policy = Policy;
                o.AuditEvery = TimeSpan.FromMilliseconds(500);
                o.AuditAfterStart = TimeSpan.Zero;
                tune?.Invoke(o);
            });
            silo.Services.AddLogging(l => l.SetMinimumLevel(LogLevel.Warning).AddConsole());
        });
        builder.ConfigureClient(client => client.Services.AddEngineContracts().AddLogging(l => l.SetMinimumLevel(LogLevel.Error)));
        var silos = builder.Build();
        await silos.DeployAsync();
        var cluster = new EngineCluster(silos, installation, marketplace, tune, business);
        var connected = (await cluster.Grains.Shop(Shop).ConnectAsync(new ConnectShop(Merchant, "code", null, null))).Value;
        Assert.Null(connected.Error);
        return cluster;
    }

    /// <summary>An order on the marketplace, released and ready to be bought, but for what is other; the engine may read it at once.</summary>
    public void Place(string orderId, int lines = 1, string product = "p-1", Func<MarketplaceOrder, MarketplaceOrder>? other = null)
    {
        var now = DateTimeOffset.FromUnixTimeSeconds(TimeProvider.System.GetUtcNow().ToUnixTimeSeconds());
        var order = new MarketplaceOrder
        {
            OrderId = orderId,
            Status = MarketplaceStatus.AwaitingShipment,
            UpdatedAt = now,
            PlacedAt = now.AddHours(-1),
            PaidAt = now.AddHours(-1),
            LabelBy = now.AddDays(1),
            DispatchBy = now.AddDays(2),
            Lines = [.. Enumerable.Range(1, lines).Select(i => new OrderLine($"{orderId}-{i}", "sku", "SOCK", product, 1, false, null))],
            Document = "{}"u8.ToArray(),
        };
        Marketplace.Put(other?.Invoke(order) ?? order);
    }

    public Task HintAsync() => Grains.Intake(Shop).HintAsync(null);

    public async Task<OrderState?> OrderAsync(string orderId) => (await Grains.Order(new OrderKey(Shop, orderId)).GetAsync()).Value;

    /// <summary>The order as it is stored, though another activation may have written it last, which this one need not have noticed.</summary>
    public async Task<OrderState?> StoredOrderAsync(string orderId) =>
        (await Grains.Order(new OrderKey(Shop, orderId)).GetAsync((await EventsAsync(orderId)).Count)).Value;

    /// <summary>Waits until the order is as asked for; on time-out says what it is instead.</summary>
    public Task<OrderState> UntilAsync(string orderId, Func<OrderState, bool> reached, int seconds = 30) => UntilAsync(orderId, OrderAsync, reached, seconds);

    /// <inheritdoc cref="StoredOrderAsync"/>
    public Task<OrderState> UntilStoredAsync(string orderId, Func<OrderState, bool> reached) => UntilAsync(orderId, StoredOrderAsync, reached, 30);

    private async Task<OrderState> UntilAsync(string orderId, Func<string, Task<OrderState?>> read, Func<OrderState, bool> reached, int seconds)
    {
        OrderState? last = null;
        for (var started = TimeProvider.System.GetTimestamp(); TimeProvider.System.GetElapsedTime(started).TotalSeconds < seconds;)
        {
            last = await read(orderId);
            if (last is not null && reached(last))
            {
                return last;
            }

            await Task.Delay(50);
        }

        throw new TimeoutException(
            $"Order {orderId} after {seconds} s: {last?.Status}, parcels {string.Join("; ", last?.Parcels.Select(p => p.Status.ToString()) ?? [])}\n"
            + await HistoryAsync(orderId));
    }

    /// <summary>Waits until nothing has been under way in any silo for some looks in a row.</summary>
    public async Task QuietAsync(int seconds = 30)
    {
        var hosts = silos.Silos.Select(s => s.ServiceProvider.GetRequiredService<HostActivity>()).ToList();
        var started = TimeProvider.System.GetTimestamp();
        for (var quiet = 0; quiet < 5;)
        {
            Assert.True(TimeProvider.System.GetElapsedTime(started).TotalSeconds < seconds, "The silos never come to rest.");
            await Task.Delay(50);
            quiet = hosts.All(h => h.InFlight == 0) ? quiet + 1 : 0;
        }
    }

    /// <summary>Everything that happened to an order, a line each.</summary>
    public async Task<string> HistoryAsync(string orderId) => string.Join(
        '\n', (await Storage.Queries.HistoryAsync(Merchant, new OrderKey(Shop, orderId), CancellationToken.None)).Select(h => $"  {h.Version} {h.Name} {h.BodyJson}"));

    /// <summary>The same as the domain knows it.</summary>
    public async Task<IReadOnlyList<OrderEvent>> EventsAsync(string orderId) =>
        [.. (await Storage.Queries.HistoryAsync(Merchant, new OrderKey(Shop, orderId), CancellationToken.None)).Select(h => EventCodec.Decode(h.Name, 1, Encoding.UTF8.GetBytes(h.BodyJson)))];

    /// <summary>The engine's own checker over the database: no finding.</summary>
    public async Task VerifyAsync() => Assert.Empty(await CheckAsync());

    /// <summary>What the engine's own checker finds in the database, once the readers have read everything.</summary>
    public async Task<IReadOnlyList<string>> CheckAsync()
    {
        for (var i = 0; await Storage.Feed.ProgressAsync(CancellationToken.None) is var (head, applied) && applied < head; i++)
        {
            Assert.True(i < 200, $"The readers stand at {applied}, the journal at {head}.");
            await Task.Delay(50);
        }

        var report = await Storage.Verifier.VerifyAsync(true, CancellationToken.None);
        return [.. report.Invariants.SelectMany(i => i.Findings.Select(f => $"{i.Name}: {f}"))];
    }

    public async ValueTask DisposeAsync()
    {
        await silos.DisposeAsync();
        await Storage.DisposeAsync();
    }
}
