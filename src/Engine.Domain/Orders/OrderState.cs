using System.Collections.Immutable;
using Engine.Domain.Cancellations;
using Engine.Domain.Parcels;

namespace Engine.Domain.Orders;

/// <summary>What is known about one order: the fold of its events, immutable.</summary>
public sealed record OrderState
{
    public required OrderKey Key { get; init; }

    public required MerchantId Merchant { get; init; }

    /// <summary>Number of events so far; 0 = never heard of.</summary>
    public int Version { get; init; }

    public OrderStatus Status { get; init; }

    public MarketplaceStatus MarketplaceStatus { get; init; }

    public DateTimeOffset PlacedAt { get; init; }

    /// <summary>The marketplace's version of the facts.</summary>
    public DateTimeOffset UpdatedAt { get; init; }

    /// <summary>Business instant at which the marketplace's facts were last taken over.</summary>
    public DateTimeOffset ObservedAt { get; init; }

    public DateTimeOffset? ReleasedAt { get; init; }

    public Fulfiller Fulfiller { get; init; }

    public ShippingMode Shipping { get; init; }

    public OrderDeadlines Deadlines { get; init; } = new(null, null, null, null);

    public bool CancelRequested { get; init; }

    /// <summary>The newest buyer's request, once it was read; null before.</summary>
    public CancellationCase? Cancellation { get; init; }

    /// <summary>Business instant of the newest purchase intent.</summary>
    public DateTimeOffset? PurchaseIntendedAt { get; init; }

    public string? WarehouseId { get; init; }

    public string? DeliveryOptionId { get; init; }

    public ImmutableArray<OrderLine> Lines { get; init; } = [];

    public ImmutableArray<Parcel> Parcels { get; init; } = [];

    public DateTimeOffset? FirstScanAt { get; init; }

    public bool? Late { get; init; }

    public DateTimeOffset? CancelledAt { get; init; }

    /// <summary>The marketplace's words: `INITIATOR: reason`, where it gave both.</summary>
    public string? CancelReason { get; init; }

    /// <summary>Business instant at which we first stored the order.</summary>
    public DateTimeOffset? ReceivedAt { get; init; }

    /// <summary>The alarm for a missing scan was raised.</summary>
    public bool ScanAlarmRaised { get; init; }

    /// <summary>Not before this business instant is the next purchase tried (set after a refusal that asks for patience).</summary>
    public DateTimeOffset? NextTryAt { get; init; }

    /// <summary>Refusals in a row that asked us to read and plan again; bounded.</summary>
    public int Replans { get; init; }

    public string? ParkedReason { get; init; }

    public string? ParkedDetail { get; init; }

    /// <summary>Business instant since which the order stands before a person.</summary>
    public DateTimeOffset? ParkedAt { get; init; }

    /// <summary>Where the order stood when it was given to a person.</summary>
    public OrderStatus? ParkedFrom { get; init; }

    /// <summary>Business instant of the latest event.</summary>
    public DateTimeOffset ChangedAt { get; init; }

    /// <summary>A buyer's request is open as far as we know: its flag on the order, or the request itself, was read and its end was not.</summary>
    public bool HasOpenRequest => CancelRequested || Cancellation is { End: null };

    public static OrderState Empty(OrderKey key, MerchantId merchant) => new() { Key = key, Merchant = merchant };
}
