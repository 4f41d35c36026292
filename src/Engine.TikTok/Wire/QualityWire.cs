namespace Engine.TikTok.Wire;

// Edition: data_reconciliation 202401 (QualityFactoryOrderDataImportAPI).

internal sealed record QualityImportWire(QualityOrderWire[] Orders);

internal sealed record QualityOrderWire
{
    public required string OrderId { get; init; }

    public required string ChannelType { get; init; }

    public string? ChannelOrderId { get; init; }

    public string? ChannelOrderStatus { get; init; }

    /// <summary>Shopify only.</summary>
    public string? ChannelFulfillmentStatus { get; init; }

    /// <summary>Seconds, ten digits, as text.</summary>
    public string? ChannelOrderUpdateTime { get; init; }

    /// <summary>From a closed list; any other word is refused.</summary>
    public string? IssueReason { get; init; }

    public QualityPackageWire[]? Packages { get; init; }
}

internal sealed record QualityPackageWire(string? PackageId, string? TrackingNumber, string? ShippingProviderName);

internal sealed record QualityAnswerWire(QualityErrorWire[]? Errors);

internal sealed record QualityErrorWire(string? Code, string? Message, QualityErrorDetailWire? Detail);

internal sealed record QualityErrorDetailWire(string? OrderId, QualityExtraErrorWire[]? ExtraErrors);

internal sealed record QualityExtraErrorWire(string? Code, string? Message);
