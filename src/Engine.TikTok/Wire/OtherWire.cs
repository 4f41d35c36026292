namespace Engine.TikTok.Wire;

// Editions: return_refund 202309, product 202309, logistics 202309, event 202309, authorization 202309, token host v2.

internal sealed record CancellationSearchWire
{
    public string[]? OrderIds { get; init; }

    public long? UpdateTimeGe { get; init; }

    public long? UpdateTimeLt { get; init; }
}

/// <param name="RejectReason">One of the market's own words; they change (fact sheet 10.3).</param>
internal sealed record CancellationRejectionWire(string RejectReason);

internal sealed record CancellationPageWire(CancellationWire[]? Cancellations, string? NextPageToken);

internal sealed record CancellationWire
{
    public string? CancelId { get; init; }

    public string? OrderId { get; init; }

    public string? CancelType { get; init; }

    public string? CancelStatus { get; init; }

    public string? Role { get; init; }

    public long? CreateTime { get; init; }

    public long? UpdateTime { get; init; }

    public NextActionWire[]? SellerNextActionResponse { get; init; }
}

internal sealed record NextActionWire(string? Action, long? Deadline);

internal sealed record ProductWire(WeightWire? PackageWeight, DimensionWire? PackageDimensions);

internal sealed record WarehousesWire(WarehouseWire[]? Warehouses);

internal sealed record WarehouseWire
{
    public string? Id { get; init; }

    public string? Name { get; init; }

    public string? EffectStatus { get; init; }

    public string? Type { get; init; }

    public bool? IsDefault { get; init; }
}

internal sealed record ShippingProvidersWire(ShippingProviderWire[]? ShippingProviders);

internal sealed record ShippingProviderWire(string? Id, string? Name);

internal sealed record WebhookWire(string EventType, string Address);

internal sealed record TokenWire
{
    public string? AccessToken { get; init; }

    /// <summary>An instant, whatever the name says.</summary>
    public long? AccessTokenExpireIn { get; init; }

    public string? RefreshToken { get; init; }

    public long? RefreshTokenExpireIn { get; init; }

    public string? SellerName { get; init; }
}

internal sealed record ShopsWire(ShopWire[]? Shops);

internal sealed record ShopWire
{
    public string? Id { get; init; }

    public string? Name { get; init; }

    public string? Region { get; init; }

    public string? Cipher { get; init; }
}
