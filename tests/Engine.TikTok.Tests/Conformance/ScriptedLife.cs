using System.Collections.Concurrent;
using System.Collections.Immutable;
using Engine.Domain.Cancellations;
using Engine.Domain.Labels;
using Engine.Domain.Orders;
using Engine.Domain.Parcels;
using Engine.Domain.Ports;
using Engine.TikTok.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace Engine.TikTok.Tests.Conformance;

/// <summary>Orders of every kind are led through their life by the client, against the real sandbox, and every exchange is kept.</summary>
public sealed class ScriptedLife : IAsyncLifetime
{
    private static readonly ShopId Shop = new("shop-1");
    private readonly ConcurrentDictionary<string, TaskCompletionSource> announced = new(StringComparer.Ordinal);
    private SandboxProcess sandbox = null!;
    private FakeTikTok webhooks = null!;
    private ServiceProvider provider = null!;
    private Access access = null!;

    internal ConcurrentQueue<Exchange> Exchanges { get; } = new();

    internal ConcurrentQueue<(bool Genuine, WebhookHint? Hint)> Notifications { get; } = new();

    internal IMarketplace Market { get; private set; } = null!;

    /// <summary>What each step of the life ended with, for the tests to hold on to.</summary>
    internal Story Told { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        await TestTools.EnsureAsync();
        webhooks = await FakeTikTok.StartAsync();
        webhooks.Respond = NoteAsync;
        sandbox = await SandboxProcess.StartAsync("--DocumentDelaySeconds=0", "--Profile=open");
        var shops = await sandbox.PostAsync("/sandbox/shops", new { shops = new[] { new { name = "Acme Outdoor", region = "US" }, new { name = "Other", region = "US" } } });
        await sandbox.PostAsync("/sandbox/start", new { });

        var services = new ServiceCollection();
        services.AddLogging();
        services.AddKeyedSingleton(TikTokServices.SystemClock, TimeProvider.System);
        services.AddSingleton<IShopAccess>(provider => access);
        services.AddEngineTikTok(options =>
        {
            options.AppKey = SandboxProcess.AppKey;
            options.AppSecret = SandboxProcess.AppSecret;
            options.ApiBaseUrl = options.AuthBaseUrl = sandbox.Url;
            options.ReadTimeout = options.PurchaseTimeout = TimeSpan.FromSeconds(30);
        });
        services.AddTikTokTransportLayer(_ => new ExchangeRecorder(Exchanges));
        provider = services.BuildServiceProvider();
        access = new Access(provider.GetRequiredService<IMarketplaceAuthorization>(), shops.GetProperty("shops")[0].GetProperty("auth_code").GetString()!);
        Market = provider.GetRequiredService<IMarketplace>();
        var shopId = shops.GetProperty("shops")[0].GetProperty("shop_id").GetString()!;
        Told = await LiveAsync(shopId, shops.GetProperty("shops")[1].GetProperty("shop_id").GetString()!);
    }

    public async ValueTask DisposeAsync()
    {
        if (provider is not null)
        {
            await provider.DisposeAsync();
        }

        if (sandbox is not null)
        {
            await sandbox.DisposeAsync();
        }

        await webhooks.DisposeAsync();
    }

    private async Task<Story> LiveAsync(string shopId, string otherShopId)
    {
        await access.GetAsync(Shop, default);
        var registered = await Market.RegisterWebhooksAsync(Shop, new Uri(webhooks.Url + "/webhooks/tiktok"), default);

        var plain = await PlaceAsync(shopId, "TIKTOK", lines: 2);
        var first = await PlaceAsync(shopId, "TIKTOK");
        var second = await PlaceAsync(shopId, "TIKTOK", buyerOf: first.OrderId);
        var ownCarrier = await PlaceAsync(shopId, "SELLER");
        var platform = await PlaceAsync(shopId, "TIKTOK", fbt: true);
        var regretted = await PlaceAsync(shopId, "TIKTOK");
        var kept = await PlaceAsync(shopId, "TIKTOK");
        var waiting = await PlaceAsync(shopId, "TIKTOK", hold: 3600);
        var cancelled = await PlaceAsync(shopId, "TIKTOK", hold: 3600);
        var elsewhere = await PlaceAsync(otherShopId, "TIKTOK", hold: 3600);
        foreach (var order in new[] { plain, first, second, ownCarrier, regretted, kept })
        {
            await AnnouncedAsync(order.OrderId, "AWAITING_SHIPMENT");
        }

        await sandbox.PostAsync($"/sandbox/orders/{cancelled.OrderId}/cancel", new { });
        await sandbox.PostAsync($"/sandbox/orders/{regretted.OrderId}/cancel", new { });
        await sandbox.PostAsync($"/sandbox/orders/{kept.OrderId}/cancel", new { });
        await AnnouncedAsync(regretted.OrderId, "cancellation");
        await AnnouncedAsync(kept.OrderId, "cancellation");

        // Reads before anything is bought: two pages, then all orders by id.
        var pageOne = await Market.SearchOrdersAsync(Shop, new OrderSearch { PageSize = 3, UpdatedFrom = DateTimeOffset.UnixEpoch.AddDays(1) }, default);
        var pageTwo = await Market.SearchOrdersAsync(Shop, new OrderSearch { PageSize = 3, UpdatedFrom = DateTimeOffset.UnixEpoch.AddDays(1), PageToken = Value(pageOne).NextPageToken }, default);
        var byCreation = await Market.SearchOrdersAsync(Shop, new OrderSearch { ByUpdateTime = false, PlacedFrom = DateTimeOffset.UnixEpoch.AddDays(1), PlacedTo = DateTimeOffset.UnixEpoch.AddYears(100) }, default);
        var before = Value(await ReadAsync(plain, first, second, ownCarrier, platform, regretted, kept, waiting, cancelled));
        var foreign = await Market.ReadOrdersAsync(Shop, [plain.OrderId, elsewhere.OrderId], default);
        var warehouses = await Market.GetWarehousesAsync(Shop, default);
        var product = before[0].Lines[0];
        var measure = await Market.ReadProductMeasureAsync(Shop, product.ProductId, product.SkuId, default);
        var cancellations = await Market.SearchCancellationsAsync(Shop, DateTimeOffset.UnixEpoch.AddDays(1), null, [regretted.OrderId, cancelled.OrderId], null, default);

        // A label for a whole order, its document, its file.
        var services = await Market.GetShippingServicesAsync(Label(plain), default);
        var bought = await Market.BuyLabelAsync(Label(plain) with { ServiceId = Value(services)[0].Id }, Permit(), default);
        var package = await Market.ReadPackageAsync(Shop, Value(bought).PackageId, default);
        var document = await Market.GetLabelDocumentAsync(Shop, Value(bought).PackageId, default);
        var file = await Market.DownloadLabelAsync(Value(document).Url, default);
        var combined = await Market.BuyLabelAsync(
            new LabelPurchase(Shop, ParcelId.Of(first.OrderId, 1), [first.OrderId, second.OrderId], [.. first.Lines, .. second.Lines], null, new ParcelMeasure(900, 300, 200, 100)),
            Permit(), default);

        // What is refused.
        var again = await Market.BuyLabelAsync(Label(plain), Permit(), default);
        var onHold = await Market.BuyLabelAsync(Label(waiting), Permit(), default);
        var notOurs = await Market.BuyLabelAsync(Label(platform), Permit(), default);
        var pending = await Market.BuyLabelAsync(Label(regretted), Permit(), default);
        var noLines = await Market.BuyLabelAsync(Label(plain) with { LineIds = ["1"] }, Permit(), default);

        // The seller's own carrier.
        var carriers = await Market.GetCarriersAsync(Shop, before.Single(order => order.OrderId == ownCarrier.OrderId).DeliveryOptionId!, default);
        var told = await Market.MarkShippedAsync(
            new OrderKey(Shop, ownCarrier.OrderId), [.. ownCarrier.Lines], "9400111899223100000017", Value(carriers)[0].Id, Permit(), default);
        var toldAgain = await Market.MarkShippedAsync(
            new OrderKey(Shop, ownCarrier.OrderId), [.. ownCarrier.Lines], "9400111899223100000017", Value(carriers)[0].Id, Permit(), default);
        var sellerDocument = await Market.GetLabelDocumentAsync(Shop, Value(told).PackageId, default);

        // The carrier comes; everything is read once more.
        await sandbox.PostAsync($"/sandbox/packages/{Value(bought).PackageId}/scan", new { });
        await AnnouncedAsync(plain.OrderId, "IN_TRANSIT");
        var packages = await Market.SearchPackagesAsync(Shop, DateTimeOffset.UnixEpoch.AddDays(1), null, null, default);
        var tooLate = await Market.GetLabelDocumentAsync(Shop, Value(bought).PackageId, default);
        var after = Value(await ReadAsync(plain, first, second, ownCarrier));
        var exchange = provider.GetRequiredService<IQualityExchange>();
        var now = DateTimeOffset.FromUnixTimeSeconds(TimeProvider.System.GetUtcNow().ToUnixTimeSeconds() - 60);
        var exchanged = await exchange.ReportAsync(
            Shop,
            "SHOPIFY",
            [
                new QualityReport(plain.OrderId, OrderStatus.InTransit, now, [new QualityPackage(Value(bought).PackageId, "9400111899223100000017", "USPS")], null),
                new QualityReport(regretted.OrderId, null, now, [], "APP_MISSED_WEBHOOK"),
                new QualityReport(waiting.OrderId, OrderStatus.OnHold, now, [], "NOT_ON_THE_LIST"),
                new QualityReport(elsewhere.OrderId, OrderStatus.OnHold, now, [], null),
            ],
            default);
        var taken = await sandbox.GetAsync("/sandbox/quality");
        var refreshed = await access.RefreshAsync(Shop, access.Token, default);

        // Buyers' requests are answered, each twice under one key, and once too late.
        var requests = Value(await Market.SearchCancellationsAsync(Shop, DateTimeOffset.UnixEpoch.AddDays(1), null, [regretted.OrderId, kept.OrderId], null, default)).Entries;
        string CancelOf(Placed order) => requests.Single(request => request.OrderId == order.OrderId).CancelId;
        var approved = await Market.AnswerCancellationAsync(Shop, CancelOf(regretted), CancellationAnswer.Approve, "key-1", default);
        var approvedAgain = await Market.AnswerCancellationAsync(Shop, CancelOf(regretted), CancellationAnswer.Approve, "key-1", default);
        var rejected = await Market.AnswerCancellationAsync(Shop, CancelOf(kept), CancellationAnswer.Reject, "key-2", default);
        var rejectedAgain = await Market.AnswerCancellationAsync(Shop, CancelOf(kept), CancellationAnswer.Reject, "key-2", default);
        var rejectedTooLate = await Market.AnswerCancellationAsync(Shop, CancelOf(regretted), CancellationAnswer.Reject, "key-3", default);
        var approvedTooLate = await Market.AnswerCancellationAsync(Shop, CancelOf(kept), CancellationAnswer.Approve, "key-4", default);
        var answers = new AnswerStory(
            approved, approvedAgain, rejected, rejectedAgain, rejectedTooLate, approvedTooLate, Value(await ReadAsync(regretted, kept)),
            Value(await Market.SearchCancellationsAsync(Shop, DateTimeOffset.UnixEpoch.AddDays(1), null, [regretted.OrderId, kept.OrderId], null, default)).Entries);

        return new Story(
            answers, shopId, plain.OrderId, registered, pageOne, pageTwo, byCreation, before, foreign, warehouses, measure, cancellations, services, bought, package, document, file,
            combined, again, onHold, notOurs, pending, noLines, carriers, told, toldAgain, sellerDocument, packages, tooLate, after, exchanged, taken, refreshed);
    }

    private LabelPurchase Label(Placed order) =>
        new(Shop, ParcelId.Of(order.OrderId, 1), [order.OrderId], [.. order.Lines], null, new ParcelMeasure(545, 229, 152, 51));

    private static SendPermit Permit() => new(TimeProvider.System.GetUtcNow(), TimeProvider.System.GetTimestamp() + (60 * TimeProvider.System.TimestampFrequency));

    private Task<CallOutcome<ImmutableArray<MarketplaceOrder>>> ReadAsync(params Placed[] orders) =>
        Market.ReadOrdersAsync(Shop, [.. orders.Select(order => order.OrderId)], default);

    private async Task<Placed> PlaceAsync(string shopId, string shippingType, int lines = 1, bool fbt = false, double hold = 0, string? buyerOf = null)
    {
        var order = await sandbox.PostAsync("/sandbox/orders", new
        {
            shop_id = shopId,
            shipping_type = shippingType,
            fbt,
            hold_seconds = hold,
            buyer_of = buyerOf,
            lines = new[] { new { sku_id = (string?)null, quantity = lines } },
        });
        return new Placed(order.GetProperty("order_id").GetString()!, [.. order.GetProperty("line_ids").EnumerateArray().Select(line => line.GetString()!)]);
    }

    private static T Value<T>(CallOutcome<T> outcome) => Assert.IsType<CallOutcome<T>.Succeeded>(outcome, exactMatch: true).Value;

    private async Task NoteAsync(Microsoft.AspNetCore.Http.HttpContext context)
    {
        var received = context.Features.Get<ReceivedRequest>()!;
        var hint = TikTokWebhook.Read(received.Body);
        Notifications.Enqueue((TikTokWebhook.Verify(SandboxProcess.AppKey, SandboxProcess.AppSecret, received.Headers["Authorization"], received.Body), hint));
        await FakeTikTok.Json(context, 200, "");
        var text = received.Text;
        foreach (var order in hint?.OrderIds ?? [])
        {
            foreach (var word in new[] { "AWAITING_SHIPMENT", "IN_TRANSIT" })
            {
                if (text.Contains($"\"{word}\"", StringComparison.Ordinal))
                {
                    Moment(order, word).TrySetResult();
                }
            }

            if (hint!.Type == WebhookType.CancellationStatusChange)
            {
                Moment(order, "cancellation").TrySetResult();
            }
        }
    }

    private async Task AnnouncedAsync(string order, string what)
    {
        try
        {
            await Moment(order, what).Task.WaitAsync(TimeSpan.FromSeconds(30));
        }
        catch (TimeoutException)
        {
            throw new TimeoutException($"No notification came that order {order} is {what}; received: {string.Join(' ', webhooks.Received.Select(request => request.Text))}");
        }
    }

    private TaskCompletionSource Moment(string order, string what) =>
        announced.GetOrAdd($"{order} {what}", static _ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));

    private sealed record Placed(string OrderId, string[] Lines);

    /// <summary>Exchanges the code at first use and refreshes on request, like the engine's shop grain.</summary>
    private sealed class Access(IMarketplaceAuthorization authorization, string authCode) : IShopAccess
    {
        private TokenGrant? grant;
        private AuthorizedShop? shop;

        public string Token => grant!.AccessToken;

        public async ValueTask<ShopAccess> GetAsync(ShopId id, CancellationToken ct)
        {
            if (grant is null)
            {
                grant = Value(await authorization.ExchangeAsync(authCode, ct));
                shop = Value(await authorization.ListShopsAsync(grant.AccessToken, ct))[0];
            }

            return new ShopAccess(id, shop!.MarketplaceShopId, shop.Cipher, grant.AccessToken, grant.AccessExpiresAt);
        }

        public async ValueTask<ShopAccess> RefreshAsync(ShopId id, string refusedToken, CancellationToken ct)
        {
            grant = Value(await authorization.RefreshAsync(grant!.RefreshToken, ct));
            return await GetAsync(id, ct);
        }
    }
}

internal sealed record AnswerStory(
    CallOutcome<CancellationAnswer> Approved,
    CallOutcome<CancellationAnswer> ApprovedAgain,
    CallOutcome<CancellationAnswer> Rejected,
    CallOutcome<CancellationAnswer> RejectedAgain,
    CallOutcome<CancellationAnswer> RejectedTooLate,
    CallOutcome<CancellationAnswer> ApprovedTooLate,
    ImmutableArray<MarketplaceOrder> Orders,
    ImmutableArray<CancellationRequest> Requests);

internal sealed record Story(
    AnswerStory Answers,
    string ShopId,
    string PlainOrder,
    CallOutcome<int> Registered,
    CallOutcome<OrderPage> PageOne,
    CallOutcome<OrderPage> PageTwo,
    CallOutcome<OrderPage> ByCreation,
    ImmutableArray<MarketplaceOrder> Before,
    CallOutcome<ImmutableArray<MarketplaceOrder>> Foreign,
    CallOutcome<ImmutableArray<Warehouse>> Warehouses,
    CallOutcome<ParcelMeasure?> Measure,
    CallOutcome<Page<CancellationRequest>> Cancellations,
    CallOutcome<ImmutableArray<ShippingService>> Services,
    CallOutcome<PurchasedLabel> Bought,
    CallOutcome<MarketplacePackage> Package,
    CallOutcome<LabelDocument> Document,
    CallOutcome<byte[]> File,
    CallOutcome<PurchasedLabel> Combined,
    CallOutcome<PurchasedLabel> Again,
    CallOutcome<PurchasedLabel> OnHold,
    CallOutcome<PurchasedLabel> NotOurs,
    CallOutcome<PurchasedLabel> Pending,
    CallOutcome<PurchasedLabel> NoLines,
    CallOutcome<ImmutableArray<Carrier>> Carriers,
    CallOutcome<TrackingAccepted> Told,
    CallOutcome<TrackingAccepted> ToldAgain,
    CallOutcome<LabelDocument> SellerDocument,
    CallOutcome<Page<MarketplacePackage>> Packages,
    CallOutcome<LabelDocument> TooLate,
    ImmutableArray<MarketplaceOrder> After,
    CallOutcome<ImmutableArray<QualityRefusal>> Exchanged,
    System.Text.Json.JsonElement Taken,
    ShopAccess Refreshed);
