using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Text;
using Engine.Domain.Cancellations;
using Engine.Domain.Labels;
using Engine.Domain.Orders;
using Engine.Domain.Parcels;
using Engine.Domain.Ports;

namespace Engine.Grains.Tests;

/// <summary>A marketplace in memory that sells every label it is asked for, twice if asked twice, and misbehaves on request. Shared by all silos of a test.</summary>
internal sealed class ScriptedMarketplace : IMarketplace, IMarketplaceAuthorization, IQualityExchange
{
    private readonly ConcurrentDictionary<string, MarketplaceOrder> orders = new();
    private readonly ConcurrentDictionary<string, MarketplacePackage> packages = new();
    private readonly ConcurrentDictionary<string, CancellationRequest> requests = new();
    private readonly ConcurrentDictionary<string, Action> afterNextSale = new();
    private int sold;

    public ConcurrentQueue<LabelPurchase> Sales { get; } = new();

    /// <summary>Asked first when a purchase arrives; an outcome here is the answer, and whatever it has sold is all the effect.</summary>
    public Func<ScriptedMarketplace, LabelPurchase, Task<CallOutcome<PurchasedLabel>?>> Purchase { get; set; } =
        (_, _) => Task.FromResult<CallOutcome<PurchasedLabel>?>(null);

    /// <summary>Asked before a sale takes effect; an outcome here is the answer, without effect.</summary>
    public Func<LabelPurchase, SendPermit, CallOutcome<PurchasedLabel>?> BeforeSale { get; set; } = (_, _) => null;

    /// <summary>Asked after a sale took effect; an outcome here replaces the answer.</summary>
    public Func<LabelPurchase, Task<CallOutcome<PurchasedLabel>?>> AfterSale { get; set; } = _ => Task.FromResult<CallOutcome<PurchasedLabel>?>(null);

    /// <summary>What the quality exchange was told, call by call.</summary>
    public ConcurrentQueue<(string Channel, ImmutableArray<QualityReport> Orders)> Reports { get; } = new();

    public int DocumentsNotReady { get; set; }

    public bool PackagesUnreadable { get; set; }

    public int Refreshes { get; private set; }

    public void Put(MarketplaceOrder order) => orders[order.OrderId] = order;

    public MarketplaceOrder Get(string orderId) => orders[orderId];

    public IEnumerable<MarketplaceOrder> All => orders.Values;

    public void Change(string orderId, Func<MarketplaceOrder, MarketplaceOrder> change) =>
        orders.AddOrUpdate(orderId, _ => throw new KeyNotFoundException(orderId), (_, o) => change(o));

    /// <summary>Orders on one page at most; the test's to make small.</summary>
    public int PageMax { get; set; } = 100;

    /// <summary>Asked before each page; an outcome here is the answer.</summary>
    public Func<OrderSearch, CallOutcome<OrderPage>?> BeforeSearch { get; set; } = _ => null;

    /// <summary>Called after each page was made, before it is answered: the place to let the list shift.</summary>
    public Action<OrderSearch, OrderPage> AfterPage { get; set; } = (_, _) => { };

    /// <summary>Whether the list shows the order; what is written is shown by the detail call at once.</summary>
    public Func<MarketplaceOrder, bool> Listed { get; set; } = _ => true;

    /// <summary>Token = how many orders to skip: a page of a list that shifts shifts with it.</summary>
    public Task<CallOutcome<OrderPage>> SearchOrdersAsync(ShopId shop, OrderSearch search, CancellationToken ct)
    {
        if (BeforeSearch(search) is { } answer)
        {
            return Task.FromResult(answer);
        }

        var all = orders.Values
            .Where(Listed)
            .Where(o => search.UpdatedFrom is not { } f || o.UpdatedAt >= f)
            .Where(o => search.UpdatedTo is not { } t || o.UpdatedAt < t)
            .Where(o => search.PlacedFrom is not { } f || o.PlacedAt >= f)
            .Where(o => search.PlacedTo is not { } t || o.PlacedAt < t)
            .OrderBy(o => search.ByUpdateTime ? o.UpdatedAt : o.PlacedAt).ThenBy(o => o.OrderId, StringComparer.Ordinal)
            .ToList();
        var skip = int.Parse(search.PageToken ?? "0", System.Globalization.CultureInfo.InvariantCulture);
        var size = Math.Min(PageMax, search.PageSize);
        var page = new OrderPage(
            [.. all.Skip(skip).Take(size)],
            skip + size < all.Count ? (skip + size).ToString(System.Globalization.CultureInfo.InvariantCulture) : null,
            all.Count);
        AfterPage(search, page);
        return Success(page);
    }

    public Task<CallOutcome<ImmutableArray<MarketplaceOrder>>> ReadOrdersAsync(ShopId shop, ImmutableArray<string> orderIds, CancellationToken ct) =>
        orderIds.All(orders.ContainsKey)
            ? Success(orderIds.Select(id => orders[id]).ToImmutableArray())
            : Task.FromResult<CallOutcome<ImmutableArray<MarketplaceOrder>>>(
                new CallOutcome<ImmutableArray<MarketplaceOrder>>.Rejected("order", "21008111", RefusalClass.StateConflict, "another seller's order", null));

    public async Task<CallOutcome<PurchasedLabel>> BuyLabelAsync(LabelPurchase purchase, SendPermit permit, CancellationToken ct)
    {
        if (await Purchase(this, purchase) is { } scripted)
        {
            return scripted;
        }

        if (BeforeSale(purchase, permit) is { } refused)
        {
            return refused;
        }

        var id = Sell(purchase);
        if (afterNextSale.TryRemove(purchase.OrderIds[0], out var follows))
        {
            follows();
        }

        return await AfterSale(purchase) ?? new CallOutcome<PurchasedLabel>.Succeeded(new PurchasedLabel(id, new LabelPrice("4.35", "USD"), "c-1", "USPS", null));
    }

    /// <summary>The effect of a purchase of ours, whenever it comes, visible at once; the package's id.</summary>
    public string Sell(LabelPurchase purchase)
    {
        var id = SellHidden(purchase);
        Show(id);
        return id;
    }

    /// <summary>The effect of a purchase of ours, which no read shows before <see cref="Show"/>; the package's id.</summary>
    public string SellHidden(LabelPurchase purchase)
    {
        Sales.Enqueue(purchase);
        return Pack(purchase);
    }

    /// <summary>Somebody else buys these lines; visible at once. The package's id.</summary>
    public string SellElsewhere(LabelPurchase purchase)
    {
        var id = Pack(purchase);
        Show(id);
        return id;
    }

    /// <summary>Happens once the order's next purchase by call has been sold.</summary>
    public void AfterNextSaleOf(LabelPurchase purchase, Action follows) => afterNextSale[purchase.OrderIds[0]] = follows;

    /// <summary>From now on the order's lines name this package.</summary>
    public void Show(string packageId)
    {
        var package = packages[packageId];
        foreach (var order in package.OrderIds)
        {
            Change(order, o => o with
            {
                Status = MarketplaceStatus.AwaitingCollection,
                UpdatedAt = o.UpdatedAt.AddSeconds(1),
                Lines = [.. o.Lines.Select(l => package.LineIds.Contains(l.LineId) ? l with { PackageId = packageId, TrackingNumber = package.TrackingNumber } : l)],
            });
        }
    }

    private string Pack(LabelPurchase purchase)
    {
        var id = $"pk-{Interlocked.Increment(ref sold)}";
        packages[id] = new MarketplacePackage(id, purchase.OrderIds, purchase.LineIds, false, $"9400{id}", "c-1", "USPS", null);
        return id;
    }

    public Task<CallOutcome<MarketplacePackage>> ReadPackageAsync(ShopId shop, string packageId, CancellationToken ct) => PackagesUnreadable
        ? Task.FromResult<CallOutcome<MarketplacePackage>>(new CallOutcome<MarketplacePackage>.Rejected("gateway", "http-500", RefusalClass.RetryLater, "the platform failed", null))
        : Success(packages[packageId]);

    public Task<CallOutcome<Page<MarketplacePackage>>> SearchPackagesAsync(
        ShopId shop, DateTimeOffset from, DateTimeOffset? to, string? pageToken, CancellationToken ct) =>
        Success(new Page<MarketplacePackage>([.. packages.Values], null));

    public Task<CallOutcome<LabelDocument>> GetLabelDocumentAsync(ShopId shop, string packageId, CancellationToken ct) =>
        DocumentsNotReady-- > 0
            ? Task.FromResult<CallOutcome<LabelDocument>>(new CallOutcome<LabelDocument>.Rejected("fulfillment", "11034037", RefusalClass.InProgress, "still generating", null))
            : Success(new LabelDocument(new Uri($"http://127.0.0.1/{packageId}"), packages[packageId].TrackingNumber));

    public Task<CallOutcome<byte[]>> DownloadLabelAsync(Uri url, CancellationToken ct) => Success(Encoding.ASCII.GetBytes($"%PDF-1.4 {url.AbsolutePath}"));

    public Task<CallOutcome<ImmutableArray<ShippingService>>> GetShippingServicesAsync(LabelPurchase purchase, CancellationToken ct) =>
        Success(ImmutableArray<ShippingService>.Empty);

    public Task<CallOutcome<TrackingAccepted>> MarkShippedAsync(
        OrderKey order, ImmutableArray<string> lineIds, string trackingNumber, string carrierId, SendPermit permit, CancellationToken ct) =>
        Success(new TrackingAccepted($"sp-{order.OrderId}", null));

    public Task<CallOutcome<Page<CancellationRequest>>> SearchCancellationsAsync(
        ShopId shop, DateTimeOffset? updatedFrom, DateTimeOffset? updatedTo, ImmutableArray<string> orderIds, string? pageToken, CancellationToken ct) =>
        Success(new Page<CancellationRequest>([.. requests.Values.Where(r => orderIds.IsDefaultOrEmpty || orderIds.Contains(r.OrderId))], null));

    /// <summary>Answers to buyers' requests, in order of arrival, each with its key.</summary>
    public ConcurrentQueue<(string CancelId, CancellationAnswer Answer, string Key)> Answers { get; } = new();

    /// <summary>Asked after an answer took effect; an outcome here replaces the answer.</summary>
    public Func<CallOutcome<CancellationAnswer>?> AfterAnswer { get; set; } = () => null;

    /// <summary>The buyer of the order asks to cancel; the seller has 24 h.</summary>
    public void AskToCancel(string orderId, DateTimeOffset at) => Change(orderId, o => Asked(o, at) with { UpdatedAt = o.UpdatedAt.AddSeconds(1) });

    /// <summary>The order as it is once its buyer has asked to cancel: also for one that nobody may see without its request.</summary>
    public MarketplaceOrder Asked(MarketplaceOrder order, DateTimeOffset at)
    {
        var asked = RequestFor(order.OrderId, at);
        requests[asked.CancelId] = asked;
        return order with { CancelRequested = true };
    }

    /// <summary>The buyer asked to cancel and withdrew it, all before anybody looked; the order shows nothing of it.</summary>
    /// <returns>The request as it stood in between.</returns>
    public CancellationRequest AskedAndWithdrawn(string orderId, DateTimeOffset at)
    {
        var asked = RequestFor(orderId, at);
        requests[asked.CancelId] = asked with { Pending = false };
        return asked;
    }

    private static CancellationRequest RequestFor(string orderId, DateTimeOffset at) => new($"c-{orderId}", orderId, true, true, false, at, at.AddHours(24), at);

    public Task<CallOutcome<CancellationAnswer>> AnswerCancellationAsync(
        ShopId shop, string cancelId, CancellationAnswer answer, string idempotencyKey, CancellationToken ct)
    {
        Answers.Enqueue((cancelId, answer, idempotencyKey));
        if (requests.TryGetValue(cancelId, out var request) && request.Pending)
        {
            requests[cancelId] = request with { Pending = false, Approved = answer == CancellationAnswer.Approve };
            Change(request.OrderId, o => o with
            {
                CancelRequested = false,
                UpdatedAt = o.UpdatedAt.AddSeconds(1),
                Status = answer == CancellationAnswer.Approve ? MarketplaceStatus.Cancelled : o.Status,
            });
        }

        return Task.FromResult(AfterAnswer() ?? new CallOutcome<CancellationAnswer>.Succeeded(answer));
    }

    public Task<CallOutcome<ParcelMeasure?>> ReadProductMeasureAsync(ShopId shop, string productId, string skuId, CancellationToken ct) =>
        Success(productId == "unknown" ? null : new ParcelMeasure(250, 100, 80, 30));

    public Task<CallOutcome<ImmutableArray<Warehouse>>> GetWarehousesAsync(ShopId shop, CancellationToken ct) => Success(ImmutableArray<Warehouse>.Empty);

    public Task<CallOutcome<ImmutableArray<Carrier>>> GetCarriersAsync(ShopId shop, string deliveryOptionId, CancellationToken ct) => Success(ImmutableArray<Carrier>.Empty);

    public Task<CallOutcome<int>> RegisterWebhooksAsync(ShopId shop, Uri address, CancellationToken ct) => Success(4);

    public Task<CallOutcome<TokenGrant>> ExchangeAsync(string authCode, CancellationToken ct) => Success(Grant("a0"));

    public Task<CallOutcome<TokenGrant>> RefreshAsync(string refreshToken, CancellationToken ct) => Success(Grant($"a{++Refreshes}"));

    public Task<CallOutcome<ImmutableArray<AuthorizedShop>>> ListShopsAsync(string accessToken, CancellationToken ct) =>
        Success(ImmutableArray.Create(new AuthorizedShop("7495", "Acme", "US", "cipher")));

    public Task<CallOutcome<ImmutableArray<QualityRefusal>>> ReportAsync(ShopId shop, string channel, ImmutableArray<QualityReport> orders, CancellationToken ct)
    {
        Reports.Enqueue((channel, orders));
        return Success(ImmutableArray<QualityRefusal>.Empty);
    }

    private static TokenGrant Grant(string access) =>
        new(access, DateTimeOffset.MaxValue.AddYears(-1), "refresh", DateTimeOffset.MaxValue.AddYears(-1), "Acme");

    private static Task<CallOutcome<T>> Success<T>(T value) => Task.FromResult<CallOutcome<T>>(new CallOutcome<T>.Succeeded(value));
}
