namespace Engine.TikTok.Wire;

// Wire names are the platform's promise, not ours: property names become snake_case (WireJson). Edition: order 202309 search, 202507 detail.

internal sealed record OrderWire
{
    public string? Id { get; init; }

    public string? Status { get; init; }

    public string? FulfillmentType { get; init; }

    public string? ShippingType { get; init; }

    public string? DeliveryOptionId { get; init; }

    public string? WarehouseId { get; init; }

    public long? CreateTime { get; init; }

    public long? PaidTime { get; init; }

    public long? UpdateTime { get; init; }

    public long? RtsSlaTime { get; init; }

    public long? TtsSlaTime { get; init; }

    public long? CancelOrderSlaTime { get; init; }

    public long? ShippingDueTime { get; init; }

    public long? CollectionDueTime { get; init; }

    public long? CollectionTime { get; init; }

    public long? DeliveryTime { get; init; }

    public long? CancelTime { get; init; }

    public bool? IsBuyerRequestCancel { get; init; }

    public string? CancellationInitiator { get; init; }

    public string? CancelReason { get; init; }

    public string? TrackingNumber { get; init; }

    public string? ShippingProvider { get; init; }

    public PackageRefWire[]? Packages { get; init; }

    public RecipientAddressWire? RecipientAddress { get; init; }

    public LineItemWire[]? LineItems { get; init; }
}

internal sealed record LineItemWire
{
    public string? Id { get; init; }

    public string? SkuId { get; init; }

    public string? SellerSku { get; init; }

    public string? ProductId { get; init; }

    public string? DisplayStatus { get; init; }

    public string? PackageId { get; init; }

    public string? TrackingNumber { get; init; }

    public string? ShippingProviderName { get; init; }
}

internal sealed record PackageRefWire(string? Id);

/// <summary>Only what may be kept in clear is read; the rest passes by unread.</summary>
internal sealed record RecipientAddressWire
{
    public string? RegionCode { get; init; }

    public string? PostalCode { get; init; }

    public DistrictWire[]? DistrictInfo { get; init; }
}

internal sealed record DistrictWire
{
    public string? AddressLevel { get; init; }

    public string? AddressName { get; init; }
}

internal sealed record OrderSearchWire
{
    public long? CreateTimeGe { get; init; }

    public long? CreateTimeLt { get; init; }

    public long? UpdateTimeGe { get; init; }

    public long? UpdateTimeLt { get; init; }
}
