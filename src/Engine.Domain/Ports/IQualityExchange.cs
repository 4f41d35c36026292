using System.Collections.Immutable;
using Engine.Domain.Orders;

namespace Engine.Domain.Ports;

/// <summary>One package of ours, as told to the exchange.</summary>
public sealed record QualityPackage(string? PackageId, string? TrackingNumber, string? CarrierName);

/// <summary>What the exchange is told of one order.</summary>
/// <param name="Stage">Where the order stands with us; null = it is missing.</param>
/// <param name="ChangedAt">Business instant of our latest change; in the past.</param>
/// <param name="Reason">From the platform's closed list; null = none (any more).</param>
public sealed record QualityReport(string OrderId, OrderStatus? Stage, DateTimeOffset ChangedAt, ImmutableArray<QualityPackage> Packages, string? Reason);

/// <param name="Code">The platform's own code.</param>
public sealed record QualityRefusal(string OrderId, string Code, string Message);

/// <summary>The platform's exchange of order data for its Quality Engine. Off unless a channel is set: joining is recommended, not demanded (tiktok-quality.md 1).</summary>
public interface IQualityExchange
{
    /// <summary>Most orders that one call takes. Invented: the description names no limit.</summary>
    const int OrdersMax = 50;

    /// <summary>Tells the platform how orders stand here. Telling the same again is harmless.</summary>
    /// <param name="channel">SHOPIFY, WOOCOMMERCE, BIGCOMMERCE or MAGENTO.</param>
    /// <returns>The orders that were refused one by one; the others were taken.</returns>
    Task<CallOutcome<ImmutableArray<QualityRefusal>>> ReportAsync(
        ShopId shop, string channel, ImmutableArray<QualityReport> orders, CancellationToken ct);
}
