using System.Collections.Immutable;
using Engine.Domain.Orders;
using Engine.Domain.Parcels;

namespace Engine.Domain.Ports;

/// <summary>Whether and when an open order is due, by its dispatch deadline in the policy's zone.</summary>
public enum DueBucket
{
    Overdue,
    Today,
    Tomorrow,
    Later,
}

/// <param name="After">Exclusive start: last seen (updated at, order) of the page before; null = from the start.</param>
/// <param name="Limit">1 to 500.</param>
public sealed record OrderListQuery(
    MerchantId Merchant,
    ShopId? Shop,
    ImmutableArray<OrderStatus> Statuses,
    DateTimeOffset? DueBefore,
    (DateTimeOffset ChangedAt, ShopId Shop, string OrderId)? After,
    int Limit);

/// <param name="Shops">Empty = all of the merchant.</param>
/// <param name="After">Exclusive start: last seen (since, order) of the page before.</param>
/// <param name="Limit">1 to 500.</param>
public sealed record ExceptionQuery(
    MerchantId Merchant, ImmutableArray<ShopId> Shops, string? Reason, (DateTimeOffset Since, ShopId Shop, string OrderId)? After, int Limit);

/// <summary>An order that stands before a person.</summary>
public sealed record ExceptionRow(OrderKey Key, string Reason, string Detail, DateTimeOffset Since, DateTimeOffset? Deadline);

public sealed record ExceptionCount(ShopId Shop, string Reason, long Orders, DateTimeOffset OldestSince);

/// <summary>One row of the hot table.</summary>
public sealed record OrderRow(
    OrderKey Key,
    OrderStatus Status,
    int Version,
    DateTimeOffset PlacedAt,
    DateTimeOffset ChangedAt,
    DateTimeOffset? LabelBy,
    DateTimeOffset? DispatchBy,
    DateTimeOffset? FirstScanAt,
    bool? Late,
    string? ParkedReason);

public sealed record OrderHistoryEntry(int Version, DateTimeOffset At, string Name, string BodyJson, string Actor, string? Cause);

public sealed record StatusCount(ShopId Shop, OrderStatus Status, DueBucket? Due, long Orders);

/// <summary>What the API, the metrics and the progress line read. Orders and history are one view.</summary>
public interface IOrderQueries
{
    /// <summary>By (changed at, shop, order), ascending; a full page may have a next one.</summary>
    Task<ImmutableArray<OrderRow>> ListAsync(OrderListQuery query, CancellationToken ct);

    Task<ImmutableArray<OrderHistoryEntry>> HistoryAsync(MerchantId merchant, OrderKey key, CancellationToken ct);

    /// <summary>Open orders by shop, status and due bucket at <paramref name="businessNow"/>. One pass over the hot table.</summary>
    Task<ImmutableArray<StatusCount>> CountAsync(DateTimeOffset businessNow, CancellationToken ct);

    /// <summary>The exceptions queue, by (since, shop, order), ascending.</summary>
    Task<ImmutableArray<ExceptionRow>> ExceptionsAsync(ExceptionQuery query, CancellationToken ct);

    /// <summary>Open exceptions of all merchants; cost grows with their number, not with that of orders.</summary>
    Task<ImmutableArray<ExceptionCount>> CountExceptionsAsync(CancellationToken ct);

    /// <summary>Ids of orders of a shop that are not final and were changed before <paramref name="changedBefore"/>.</summary>
    Task<ImmutableArray<string>> OpenOrdersAsync(ShopId shop, DateTimeOffset changedBefore, int max, CancellationToken ct);

    /// <summary>The marketplace's update time of those of these orders that are stored as the marketplace told them: not of those that were
    /// parked because their facts could not be (<see cref="Orders.ParkReason.Unstorable"/>).</summary>
    Task<ImmutableDictionary<string, DateTimeOffset>> UpdatedAtAsync(ShopId shop, ImmutableArray<string> orderIds, CancellationToken ct);
}

/// <summary>Weight and size of the parcel that one unit of a SKU makes, as the seller states it. Wins over the product's figures.</summary>
public sealed record ParcelProfile(MerchantId Merchant, string Sku, ParcelMeasure Measure, DateTimeOffset ChangedAt);

public interface IParcelProfiles
{
    /// <summary>Profiles of these seller SKUs of the merchant; the SKU `*` of a shop is asked for as `shop:ID`.</summary>
    ValueTask<ImmutableDictionary<string, ParcelMeasure>> FindAsync(MerchantId merchant, ImmutableArray<string> skus, CancellationToken ct);

    /// <summary>Sets all of them or none.</summary>
    Task PutAsync(ImmutableArray<ParcelProfile> profiles, CancellationToken ct);
}

/// <summary>A connected account. Immutable but for its name and whether it is active.</summary>
public sealed record ShopRecord(
    ShopId Shop, MerchantId Merchant, string Channel, string MarketplaceShopId, string Name, string Region, bool Active, DateTimeOffset ConnectedAt);

public interface IShopRegistry
{
    /// <summary>Binds a new shop, or confirms the same binding; refuses another merchant, channel or account.</summary>
    /// <exception cref="InvalidOperationException">The id or the account is bound otherwise; the message says to what.</exception>
    Task BindAsync(ShopRecord shop, CancellationToken ct);

    Task<ImmutableArray<ShopRecord>> ListAsync(CancellationToken ct);
}

/// <param name="KeyId">Public part, shown and logged.</param>
/// <param name="SecretHash">SHA-256 of the whole key.</param>
/// <param name="Shops">Empty = all shops of the merchant.</param>
/// <param name="Scopes">e.g. `orders:read`, `orders:write`.</param>
public sealed record ApiKeyRecord(
    string KeyId, byte[] SecretHash, MerchantId Merchant, ImmutableArray<ShopId> Shops, ImmutableArray<string> Scopes, DateTimeOffset? ExpiresAt);

public interface IApiKeys
{
    ValueTask<ApiKeyRecord?> FindAsync(string keyId, CancellationToken ct);

    Task AddAsync(ApiKeyRecord key, CancellationToken ct);
}

public interface IIdempotencyKeys
{
    ValueTask<IdempotencyRecord?> FindAsync(string scope, string key, CancellationToken ct);
}
