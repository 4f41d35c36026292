namespace Engine.TikTok.Wire;

// Edition: fulfillment 202309, and 202512 for Create Packages of several orders. All numbers of weight, size and price travel as text.

internal sealed record WeightWire(string? Value, string? Unit);

internal sealed record DimensionWire(string? Length, string? Width, string? Height, string? Unit);

internal sealed record CreatePackageWire
{
    public required string OrderId { get; init; }

    public required string[] OrderLineItemIds { get; init; }

    public string? ShippingServiceId { get; init; }

    public required WeightWire Weight { get; init; }

    public DimensionWire? Dimension { get; init; }
}

internal sealed record CreateCombinedPackageWire
{
    /// <summary>"3": several orders in one package.</summary>
    public required string ShipType { get; init; }

    /// <summary>The primary order; the description contradicts itself on when it is read, so it is always sent.</summary>
    public required string OrderId { get; init; }

    public required string[] OrderListIds { get; init; }

    public string? ShippingServiceId { get; init; }

    public required WeightWire Weight { get; init; }

    public DimensionWire? Dimension { get; init; }
}

internal sealed record CreatedPackageWire
{
    public string? PackageId { get; init; }

    public long? CreateTime { get; init; }

    public ServiceWire? ShippingServiceInfo { get; init; }
}

internal sealed record ServiceWire
{
    public string? Id { get; init; }

    public string? Name { get; init; }

    public string? Price { get; init; }

    public string? Currency { get; init; }

    public bool? IsDefault { get; init; }

    public string? ShippingProviderId { get; init; }

    public string? ShippingProviderName { get; init; }
}

internal sealed record ServiceQueryWire
{
    public required string[] OrderLineItemIds { get; init; }

    public required WeightWire Weight { get; init; }

    public DimensionWire? Dimension { get; init; }
}

internal sealed record ServicesWire(ServiceWire[]? ShippingServices);

internal sealed record MarkShippedWire
{
    public required string[] OrderLineItemIds { get; init; }

    public required string TrackingNumber { get; init; }

    public required string ShippingProviderId { get; init; }
}

internal sealed record MarkedShippedWire(string? PackageId, WarningWire? Warning);

internal sealed record WarningWire(string? Message);

internal sealed record PackageDetailWire
{
    public string? PackageId { get; init; }

    public string? PackageStatus { get; init; }

    public PackageRefWire[]? Orders { get; init; }

    public string?[]? OrderLineItemIds { get; init; }

    public string? TrackingNumber { get; init; }

    public string? ShippingProviderId { get; init; }

    public string? ShippingProviderName { get; init; }

    public long? CreateTime { get; init; }
}

internal sealed record PackageSearchWire
{
    public long? CreateTimeGe { get; init; }

    public long? CreateTimeLt { get; init; }
}

internal sealed record PackagePageWire(PackageWire[]? Packages, string? NextPageToken);

internal sealed record PackageWire
{
    public string? Id { get; init; }

    public string? Status { get; init; }

    public PackageRefWire[]? Orders { get; init; }

    public string?[]? OrderLineItemIds { get; init; }

    public string? TrackingNumber { get; init; }

    public string? ShippingProviderId { get; init; }

    public string? ShippingProviderName { get; init; }

    public long? CreateTime { get; init; }
}

internal sealed record DocumentWire(string? DocUrl, string? TrackingNumber);
