using System.Collections.Concurrent;
using Engine.Domain.Labels;
using Engine.Domain.Orders;
using Engine.Domain.Parcels;
using Engine.Domain.Ports;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Engine.TikTok.Tests.Support;

/// <summary>The adapter as the host composes it, pointed at a test server.</summary>
internal sealed class Harness : IAsyncDisposable
{
    public const string AppKey = "app-1";
    public const string AppSecret = "the-app-secret-canary";
    public static readonly ShopId Shop = new("shop-1");
    public static readonly ShopId OtherShop = new("shop-2");

    private readonly ServiceProvider provider;

    public Harness(string url, Action<TikTokOptions>? configure = null, TimeProvider? clock = null, Func<IServiceProvider, DelegatingHandler>? layer = null)
    {
        Clock = clock ?? TimeProvider.System;
        var services = new ServiceCollection();
        services.AddLogging(logging => logging.SetMinimumLevel(LogLevel.Trace).AddProvider(Log));
        services.AddKeyedSingleton(TikTokServices.SystemClock, Clock);
        services.AddSingleton<IShopAccess>(Access);
        services.AddEngineTikTok(options =>
        {
            options.AppKey = AppKey;
            options.AppSecret = AppSecret;
            options.ApiBaseUrl = url;
            options.AuthBaseUrl = url;

            // Long enough for a busy test machine; tests of time-outs set their own.
            options.ReadTimeout = TimeSpan.FromSeconds(30);
            options.PurchaseTimeout = TimeSpan.FromSeconds(30);
            configure?.Invoke(options);
        });
        if (layer is not null)
        {
            services.AddTikTokTransportLayer(layer);
        }

        provider = services.BuildServiceProvider();
    }

    public TimeProvider Clock { get; }

    public CapturingLog Log { get; } = new();

    public FakeShopAccess Access { get; } = new();

    public IMarketplace Marketplace => provider.GetRequiredService<IMarketplace>();

    public IMarketplaceAuthorization Authorization => provider.GetRequiredService<IMarketplaceAuthorization>();

    public SendPermit Permit() => new(Clock.GetUtcNow(), Clock.GetTimestamp() + (60 * Clock.TimestampFrequency));

    public static LabelPurchase Purchase(params string[] orders) => new(
        Shop, ParcelId.Of("576461413038785752", 1), orders.Length == 0 ? ["576461413038785752"] : [.. orders],
        ["577086512123755123", "577086512123755124"], "7208502187360519982", new ParcelMeasure(545, 229, 152, 51));

    public Task<CallOutcome<PurchasedLabel>> BuyAsync() => Marketplace.BuyLabelAsync(Purchase(), Permit(), TestContext.Current.CancellationToken);

    public ValueTask DisposeAsync() => provider.DisposeAsync();
}

internal sealed class FakeShopAccess : IShopAccess
{
    private int refreshes;

    public string Token { get; set; } = "TTP_token-canary-1";

    public int Refreshes => refreshes;

    public bool Connected { get; set; } = true;

    /// <summary>Whether the token host gives no newer token.</summary>
    public bool RefreshFails { get; set; }

    /// <summary>How long whoever holds the access takes to hand it out.</summary>
    public TimeSpan Takes { get; set; }

    public async ValueTask<ShopAccess> GetAsync(ShopId shop, CancellationToken ct)
    {
        await Task.Delay(Takes, ct);
        return Connected
            ? new ShopAccess(shop, "7495000000000000001", $"TTP_cipher-{shop.Value}", Token, DateTimeOffset.MaxValue)
            : throw new ShopUnavailableException(shop, "no consent");
    }

    public ValueTask<ShopAccess> RefreshAsync(ShopId shop, string refusedToken, CancellationToken ct)
    {
        if (refusedToken == Token)
        {
            var number = Interlocked.Increment(ref refreshes) + 1;
            Token = RefreshFails ? Token : $"TTP_token-canary-{number}";
        }

        return GetAsync(shop, ct);
    }
}

/// <summary>Keeps every line that anything in the adapter writes, at every level, exceptions included.</summary>
internal sealed class CapturingLog : ILoggerProvider
{
    public ConcurrentQueue<string> Lines { get; } = new();

    public string Text => string.Join('\n', Lines);

    public ILogger CreateLogger(string categoryName) => new Logger(this, categoryName);

    public void Dispose()
    {
    }

    private sealed class Logger(CapturingLog owner, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            var members = state is IEnumerable<KeyValuePair<string, object?>> pairs ? string.Join(' ', pairs.Select(pair => $"{pair.Key}={pair.Value}")) : "";
            owner.Lines.Enqueue($"{logLevel} {category} {formatter(state, exception)} {members} {exception}");
        }
    }
}
