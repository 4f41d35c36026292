using System.Collections.Immutable;
using Engine.Domain.Cancellations;
using Engine.Domain.Labels;
using Engine.Domain.Orders;
using Engine.Domain.Parcels;

namespace Engine.Domain.Ports;

/// <summary>Every call the engine makes to a marketplace. A budget is kept for each, per app and shop. Stored in metrics by name.</summary>
public enum MarketplaceApi
{
    SearchOrders,
    ReadOrders,
    BuyLabel,
    BuyCombinedLabel,
    ReadPackage,
    SearchPackages,
    ShippingDocument,
    ShippingServices,
    MarkShipped,
    SearchCancellations,
    ApproveCancellation,
    RejectCancellation,
    ReadProduct,
    Warehouses,
    Carriers,
    Webhooks,
    AuthorizedShops,
    QualityExchange,
}

/// <summary>Half-open window [from, to) on update or creation time; null = open end.</summary>
public sealed record OrderSearch
{
    public DateTimeOffset? UpdatedFrom { get; init; }

    public DateTimeOffset? UpdatedTo { get; init; }

    public DateTimeOffset? PlacedFrom { get; init; }

    public DateTimeOffset? PlacedTo { get; init; }

    /// <summary>Sort and window on update time (true) or creation time (false), oldest first.</summary>
    public bool ByUpdateTime { get; init; } = true;

    /// <summary>1 to 100.</summary>
    public int PageSize { get; init; } = 100;

    public string? PageToken { get; init; }

    /// <summary>Orders that the caller has as of this update (id, update time) may be left out of the answer; null = none.</summary>
    public Func<string, DateTimeOffset, bool>? IsKnown { get; init; }
}

/// <param name="NextPageToken">Null on the last page.</param>
/// <param name="Counted">How many orders the marketplace counts in the whole window; null where it does not say.</param>
public sealed record OrderPage(ImmutableArray<MarketplaceOrder> Orders, string? NextPageToken, long? Counted = null);

/// <summary>A package as the marketplace holds it, whoever made it.</summary>
public sealed record MarketplacePackage(
    string PackageId,
    ImmutableArray<string> OrderIds,
    ImmutableArray<string> LineIds,
    bool Cancelled,
    string? TrackingNumber,
    string? CarrierId,
    string? CarrierName,
    DateTimeOffset? CreatedAt);

/// <summary>A label was bought.</summary>
public sealed record PurchasedLabel(string PackageId, LabelPrice? Price, string? CarrierId, string? CarrierName, DateTimeOffset? BoughtAt);

/// <param name="Url">Dies 24 h (business time) after it was given.</param>
public sealed record LabelDocument(Uri Url, string? TrackingNumber);

public sealed record ShippingService(string Id, string Name, LabelPrice? Price, bool IsDefault);

/// <param name="Warning">What the platform found odd about the number; a person should look.</param>
public sealed record TrackingAccepted(string PackageId, string? Warning);

/// <param name="Approved">Only with <paramref name="Pending"/> false: the order is cancelled by it; else it was rejected, withdrawn or closed.</param>
/// <param name="CreatedAt">When it was asked for, by the platform's clock.</param>
/// <param name="AnswerBy">End of the seller's time to answer, where the platform names it.</param>
public sealed record CancellationRequest(
    string CancelId, string OrderId, bool Pending, bool ByBuyer, bool Approved, DateTimeOffset CreatedAt, DateTimeOffset? AnswerBy, DateTimeOffset UpdatedAt);

/// <summary>Part of a list. Lists change while they are paged: an entry may come twice.</summary>
/// <param name="NextPageToken">Null on the last page.</param>
public sealed record Page<T>(ImmutableArray<T> Entries, string? NextPageToken);

public sealed record Warehouse(string Id, string Name, bool Enabled, bool IsDefault);

public sealed record Carrier(string Id, string Name);

/// <summary>An attempt that has been decided: signed once with <paramref name="SignedAt"/>, and only if the first byte leaves before the deadline.</summary>
/// <param name="SignedAt">The intent's own system time; put into the request and signed.</param>
/// <param name="SendBeforeTimestamp">A <see cref="TimeProvider.GetTimestamp"/> of the system clock; past it the call is surely not sent.</param>
public sealed record SendPermit(DateTimeOffset SignedAt, long SendBeforeTimestamp);

/// <summary>What the engine asks of a marketplace. Never throws for what the outside does; every answer is one of five outcomes.</summary>
/// <remarks>One invocation of a budgeted API sends at most one call: the caller holds a slot of the API's budget for it, and takes another for the next page or try.</remarks>
public interface IMarketplace
{
    Task<CallOutcome<OrderPage>> SearchOrdersAsync(ShopId shop, OrderSearch search, CancellationToken ct);

    /// <summary>At most 50 ids. Orders that do not exist are absent from the answer, or refuse the whole call, as the channel does.</summary>
    Task<CallOutcome<ImmutableArray<MarketplaceOrder>>> ReadOrdersAsync(ShopId shop, ImmutableArray<string> orderIds, CancellationToken ct);

    /// <summary>Buys a label. Any unlisted code, 5xx, internal error, unreadable body, time-out or lost connection after the first byte is unknown.</summary>
    Task<CallOutcome<PurchasedLabel>> BuyLabelAsync(LabelPurchase purchase, SendPermit permit, CancellationToken ct);

    Task<CallOutcome<MarketplacePackage>> ReadPackageAsync(ShopId shop, string packageId, CancellationToken ct);

    /// <summary>One page of the packages created in [from, to).</summary>
    Task<CallOutcome<Page<MarketplacePackage>>> SearchPackagesAsync(
        ShopId shop, DateTimeOffset from, DateTimeOffset? to, string? pageToken, CancellationToken ct);

    Task<CallOutcome<LabelDocument>> GetLabelDocumentAsync(ShopId shop, string packageId, CancellationToken ct);

    /// <summary>Downloads a label from a link just received; checks size, type and first bytes.</summary>
    Task<CallOutcome<byte[]>> DownloadLabelAsync(Uri url, CancellationToken ct);

    Task<CallOutcome<ImmutableArray<ShippingService>>> GetShippingServicesAsync(LabelPurchase purchase, CancellationToken ct);

    /// <summary>Tells the marketplace the tracking number of a parcel that the seller ships itself.</summary>
    Task<CallOutcome<TrackingAccepted>> MarkShippedAsync(
        OrderKey order, ImmutableArray<string> lineIds, string trackingNumber, string carrierId, SendPermit permit, CancellationToken ct);

    /// <summary>One page of the requests that were updated in [updatedFrom, updatedTo), or of those of some orders.</summary>
    Task<CallOutcome<Page<CancellationRequest>>> SearchCancellationsAsync(
        ShopId shop, DateTimeOffset? updatedFrom, DateTimeOffset? updatedTo, ImmutableArray<string> orderIds, string? pageToken, CancellationToken ct);

    /// <summary>Answers a buyer's request. The same key with the same answer has one effect, however often it is sent.</summary>
    Task<CallOutcome<CancellationAnswer>> AnswerCancellationAsync(
        ShopId shop, string cancelId, CancellationAnswer answer, string idempotencyKey, CancellationToken ct);

    /// <summary>Weight and size as the product states them, by SKU where the product has SKU-level figures.</summary>
    Task<CallOutcome<ParcelMeasure?>> ReadProductMeasureAsync(ShopId shop, string productId, string skuId, CancellationToken ct);

    Task<CallOutcome<ImmutableArray<Warehouse>>> GetWarehousesAsync(ShopId shop, CancellationToken ct);

    Task<CallOutcome<ImmutableArray<Carrier>>> GetCarriersAsync(ShopId shop, string deliveryOptionId, CancellationToken ct);

    /// <summary>Makes the marketplace send its order, package, address and cancellation hints to <paramref name="address"/>: one call or two for each kind, of an API without a budget.</summary>
    Task<CallOutcome<int>> RegisterWebhooksAsync(ShopId shop, Uri address, CancellationToken ct);
}

/// <summary>Tokens issued for one seller. Never printed.</summary>
public sealed record TokenGrant(
    string AccessToken,
    DateTimeOffset AccessExpiresAt,
    string RefreshToken,
    DateTimeOffset RefreshExpiresAt,
    string? SellerName)
{
    public override string ToString() => $"token grant until {AccessExpiresAt:O}";
}

/// <param name="Cipher">Names the shop in calls; changes with the authorization.</param>
public sealed record AuthorizedShop(string MarketplaceShopId, string Name, string Region, string Cipher);

/// <summary>The token host. Secrets travel in its query strings: no URI of it is ever logged.</summary>
public interface IMarketplaceAuthorization
{
    Task<CallOutcome<TokenGrant>> ExchangeAsync(string authCode, CancellationToken ct);

    Task<CallOutcome<TokenGrant>> RefreshAsync(string refreshToken, CancellationToken ct);

    Task<CallOutcome<ImmutableArray<AuthorizedShop>>> ListShopsAsync(string accessToken, CancellationToken ct);
}

/// <summary>What a signed call for a shop needs.</summary>
public sealed record ShopAccess(ShopId Shop, string MarketplaceShopId, string Cipher, string AccessToken, DateTimeOffset ExpiresAt)
{
    public override string ToString() => $"access of {Shop} until {ExpiresAt:O}";
}

/// <summary>Hands out shop access; refreshes at most once per shop at a time, and answers only after the new token is stored.</summary>
public interface IShopAccess
{
    /// <exception cref="ShopUnavailableException">Not connected, or consent has ended.</exception>
    ValueTask<ShopAccess> GetAsync(ShopId shop, CancellationToken ct);

    /// <summary>After the platform refused <paramref name="refusedToken"/> as expired: a newer token, refreshed only if that one is still the stored one.</summary>
    ValueTask<ShopAccess> RefreshAsync(ShopId shop, string refusedToken, CancellationToken ct);
}

public sealed class ShopUnavailableException(ShopId shop, string reason)
    : Exception($"Shop {shop} cannot be called: {reason}")
{
    public ShopId Shop { get; } = shop;
}
