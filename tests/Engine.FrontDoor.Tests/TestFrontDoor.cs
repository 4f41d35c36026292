using System.Collections.Immutable;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Engine.Contracts;
using Engine.Domain;
using Engine.Domain.Labels;
using Engine.Domain.LateDispatch;
using Engine.Domain.Orders;
using Engine.Domain.Parcels;
using Engine.Domain.Ports;
using Engine.FrontDoor.Access;
using Engine.FrontDoor.Health;
using Engine.FrontDoor.Tests.Fakes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Orleans;

namespace Engine.FrontDoor.Tests;

/// <summary>The front door in a real Kestrel on a port of its own, with the engine behind it in memory. Two merchants: ours and another.</summary>
internal sealed class TestFrontDoor : IAsyncDisposable
{
    public static readonly DateTimeOffset Now = new(2026, 6, 20, 12, 0, 0, TimeSpan.Zero);
    public static readonly MerchantId Ours = new("acme");
    public static readonly MerchantId Theirs = new("rival");
    public static readonly ShopId Shop = new("acme-us");
    public static readonly ShopId SecondShop = new("acme-uk");
    public static readonly ShopId ForeignShop = new("rival-us");

    private readonly WebApplication app;

    private TestFrontDoor(WebApplication app, InMemoryStore store, FakeGrains grains, FakeHints hints, RecordingInstruments instruments, FakeTimeProvider clock)
    {
        this.app = app;
        Store = store;
        Grains = grains;
        Hints = hints;
        Instruments = instruments;
        Clock = clock;
        Address = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
        Client = ClientFor(NewKey(Ours));
    }

    public InMemoryStore Store { get; }

    public FakeGrains Grains { get; }

    public FakeHints Hints { get; }

    public RecordingInstruments Instruments { get; }

    /// <summary>Both clocks.</summary>
    public FakeTimeProvider Clock { get; }

    public Uri Address { get; }

    /// <summary>Calls with a key of ours that may do everything.</summary>
    public HttpClient Client { get; }

    public HostActivity Activity => app.Services.GetRequiredService<HostActivity>();

    public WebApplication App => app;

    public List<string> Log { get; private init; } = [];

    public static async Task<TestFrontDoor> StartAsync(Action<FrontDoorOptions>? configure = null, Action<IServiceCollection>? more = null)
    {
        var store = new InMemoryStore();
        store.Shops.Add(new ShopRecord(Shop, Ours, "tiktok", "7001", "Acme US", "US", true, Now));
        store.Shops.Add(new ShopRecord(SecondShop, Ours, "tiktok", "7002", "Acme UK", "GB", true, Now));
        store.Shops.Add(new ShopRecord(ForeignShop, Theirs, "tiktok", "7009", "Rival US", "US", true, Now));
        var grains = new FakeGrains(store) { LateDispatch = SomeLateDispatch() };
        var hints = new FakeHints();
        var instruments = new RecordingInstruments();
        var clock = new FakeTimeProvider(Now);
        var log = new List<string>();

        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders().AddProvider(new ListLogger(log));
        builder.Services.AddSingleton<IQualityStore>(store.Quality).AddSingleton<IOrderQueries>(store).AddSingleton<IJournalFeed>(new InMemoryFeed(store)).AddSingleton<IParcelProfiles>(store).AddSingleton<IShopRegistry>(store)
            .AddSingleton<IApiKeys>(store).AddSingleton<IIdempotencyKeys>(store).AddSingleton<ILabelVault>(store)
            .AddSingleton<IGrainFactory>(grains).AddSingleton<IMarketplaceHints>(hints).AddSingleton<IFrontDoorInstruments>(instruments)
            .AddSingleton<HostActivity>()
            .AddKeyedSingleton<TimeProvider>(Clocks.Business, clock).AddKeyedSingleton<TimeProvider>(Clocks.System, clock);
        more?.Invoke(builder.Services);
        builder.Services.AddEngineFrontDoor(o =>
        {
            o.CursorKey = Encoding.ASCII.GetBytes("a cursor key of at least 32 bytes");
            configure?.Invoke(o);
        });
        var app = builder.Build();
        app.MapEngineFrontDoor();
        await app.StartAsync();
        return new TestFrontDoor(app, store, grains, hints, instruments, clock) { Log = log };
    }

    public string NewKey(MerchantId merchant, ImmutableArray<ShopId> shops = default, ImmutableArray<string>? scopes = null, DateTimeOffset? expiresAt = null)
    {
        var key = ApiKeys.Create(merchant, shops, scopes, expiresAt);
        Store.Keys[key.Record.KeyId] = key.Record;
        return key.Plaintext;
    }

    public HttpClient ClientFor(string? key)
    {
        var client = new HttpClient { BaseAddress = Address, Timeout = TimeSpan.FromSeconds(30) };
        client.DefaultRequestHeaders.Authorization = key is null ? null : new AuthenticationHeaderValue("Bearer", key);
        return client;
    }

    /// <summary>Seller-shipped, waiting for its tracking number.</summary>
    public OrderKey SellerShipped(string id, ShopId? shop = null, MerchantId? merchant = null)
    {
        var key = Received(id, shop, merchant, ShippingMode.SellerCarrier);
        Store.Append(key, merchant ?? Ours, new OrderAllocated("W1", [Planned(key, null)]));
        return key;
    }

    /// <summary>Labelled, with its file in the vault.</summary>
    public OrderKey Labelled(string id, ShopId? shop = null, MerchantId? merchant = null)
    {
        var key = Received(id, shop, merchant, ShippingMode.PlatformLabel);
        var parcel = ParcelId.Of(id, 1);
        Store.Append(
            key,
            merchant ?? Ours,
            new OrderAllocated("W1", [Planned(key, new ParcelMeasure(500))]),
            new PurchaseIntended(parcel, PurchaseKind.BuyLabel, new PurchaseAttempt(1, "hash", Now, Now), Now),
            new LabelPurchased(parcel, 1, "P1", new LabelPrice("4.20", "USD"), "C1", "Carrier", Now),
            new LabelStored(parcel, "label-key", "TRACK1", Now));
        Store.Labels[(merchant ?? Ours, key.Shop, "label-key")] = "%PDF-1.7 label"u8.ToArray();
        return key;
    }

    public OrderKey Parked(string id, ShopId? shop = null, MerchantId? merchant = null)
    {
        var key = Received(id, shop, merchant, ShippingMode.PlatformLabel);
        Store.Append(key, merchant ?? Ours, new OrderParked(ParkReason.NoMeasure, "Set a parcel profile.", Now));
        return key;
    }

    public OrderKey Received(string id, ShopId? shop = null, MerchantId? merchant = null, ShippingMode shipping = ShippingMode.PlatformLabel)
    {
        var key = new OrderKey(shop ?? Shop, id);
        Store.Append(key, merchant ?? Ours, new OrderReceived(
            OrderStatus.Allocating,
            MarketplaceStatus.AwaitingShipment,
            Now.AddHours(-2),
            Now.AddHours(-1),
            Fulfiller.Seller,
            shipping,
            new OrderDeadlines(Now.AddHours(20), Now.AddHours(36), null, null),
            false,
            "W1",
            "D1",
            [new OrderLine("L1", "S1", "SKU-1", "PR1", 1, false, null)]));
        return key;
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await app.DisposeAsync();
    }

    private static Parcel Planned(OrderKey key, ParcelMeasure? measure) =>
        new() { Id = ParcelId.Of(key.OrderId, 1), Status = ParcelStatus.Planned, LineIds = ["L1"], Measure = measure };

    private static LateDispatchAnswer SomeLateDispatch()
    {
        var delta = new LateDispatchDelta();
        delta.Due[Now.AddDays(-2)] = new DueCounter(100, 97, 2, 0, 0);
        delta.Dispatched[new DateOnly(2026, 6, 18)] = new DispatchedCounter(99, 2, 1);
        var counters = LateDispatchCounters.Zero.Plus(delta);
        return new LateDispatchAnswer(
            Domain.LateDispatch.LateDispatch.Settled(counters, Now),
            Domain.LateDispatch.LateDispatch.Live(counters, Now),
            Domain.LateDispatch.LateDispatch.Overall(counters, Now),
            new JournalPosition(1, 20, 300));
    }

    private sealed class ListLogger(List<string> lines) : ILoggerProvider, ILogger
    {
        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            lock (lines)
            {
                lines.Add($"{logLevel} {formatter(state, exception)} {exception}");
            }
        }

        public void Dispose()
        {
        }
    }
}

internal static class Answers
{
    public static async Task<JsonElement> JsonAsync(this HttpResponseMessage response) =>
        JsonElement.Parse(await response.Content.ReadAsByteArrayAsync());

    /// <summary>The problem document, after checking that it is one.</summary>
    public static async Task<JsonElement> ProblemAsync(this HttpResponseMessage response)
    {
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        var problem = await response.JsonAsync();
        Assert.Equal((int)response.StatusCode, problem.GetProperty("status").GetInt32());
        Assert.False(string.IsNullOrEmpty(problem.GetProperty("code").GetString()));
        Assert.Equal($"urn:engine:problem:{problem.GetProperty("code").GetString()}", problem.GetProperty("type").GetString());
        Assert.Contains(problem.GetProperty("retryable").ValueKind, new[] { JsonValueKind.True, JsonValueKind.False });
        Assert.Equal(response.Headers.GetValues("X-Request-Id").Single(), problem.GetProperty("request_id").GetString());
        Assert.DoesNotContain("   at ", problem.GetRawText());
        return problem;
    }

    public static async Task RefusedAsync(this HttpResponseMessage response, int status, string code)
    {
        Assert.Equal(status, (int)response.StatusCode);
        Assert.Equal(code, (await response.ProblemAsync()).GetProperty("code").GetString());
    }

    public static StringContent Json(string text) => new(text, Encoding.UTF8, "application/json");
}
