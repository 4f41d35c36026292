using System.Collections.Immutable;
using System.Text.Json;
using Engine.Domain.Labels;
using Engine.Domain.Ports;
using Engine.TikTok.Wire;

namespace Engine.TikTok.Translation;

/// <summary>Packages, labels and services of the wire in the engine's words.</summary>
internal static class FulfillmentTranslation
{
    public static PurchasedLabel Purchased(ReadOnlyMemory<byte> data)
    {
        var wire = Data.Read(data, WireJson.Default.CreatedPackageWire);
        var service = wire.ShippingServiceInfo;
        return new PurchasedLabel(
            Data.Required(wire.PackageId, "package_id"), Price(service), Filled(service?.ShippingProviderId), Filled(service?.ShippingProviderName),
            Instants.Of(wire.CreateTime));
    }

    public static MarketplacePackage Package(ReadOnlyMemory<byte> data)
    {
        var wire = Data.Read(data, WireJson.Default.PackageDetailWire);
        return new MarketplacePackage(
            Data.Required(wire.PackageId, "package_id"), Ids(wire.Orders), Ids(wire.OrderLineItemIds), OrderWords.IsCancelledPackage(wire.PackageStatus),
            Filled(wire.TrackingNumber), Filled(wire.ShippingProviderId), Filled(wire.ShippingProviderName), Instants.Of(wire.CreateTime));
    }

    public static Page<MarketplacePackage> Packages(ReadOnlyMemory<byte> data)
    {
        var page = Data.Read(data, WireJson.Default.PackagePageWire);
        return new([.. (page.Packages ?? []).Select(static wire => new MarketplacePackage(
            Data.Required(wire?.Id, "id"), Ids(wire!.Orders), Ids(wire.OrderLineItemIds), OrderWords.IsCancelledPackage(wire.Status),
            Filled(wire.TrackingNumber), Filled(wire.ShippingProviderId), Filled(wire.ShippingProviderName), Instants.Of(wire.CreateTime)))],
            Filled(page.NextPageToken));
    }

    public static LabelDocument Document(ReadOnlyMemory<byte> data)
    {
        var wire = Data.Read(data, WireJson.Default.DocumentWire);
        return Uri.TryCreate(wire.DocUrl, UriKind.Absolute, out var url)
            ? new LabelDocument(url, Filled(wire.TrackingNumber))
            : throw new JsonException("doc_url is no absolute address");
    }

    public static ImmutableArray<ShippingService> Services(ReadOnlyMemory<byte> data) =>
        [.. (Data.Read(data, WireJson.Default.ServicesWire).ShippingServices ?? []).Select(static wire => new ShippingService(
            Data.Required(wire?.Id, "id"), wire!.Name ?? "", Price(wire), wire.IsDefault ?? false))];

    public static TrackingAccepted Accepted(ReadOnlyMemory<byte> data)
    {
        var wire = Data.Read(data, WireJson.Default.MarkedShippedWire);
        return new TrackingAccepted(Data.Required(wire.PackageId, "package_id"), Filled(wire.Warning?.Message));
    }

    private static LabelPrice? Price(ServiceWire? service) =>
        service is { Price.Length: > 0, Currency.Length: > 0 } ? new LabelPrice(service.Price, service.Currency) : null;

    private static ImmutableArray<string> Ids(PackageRefWire?[]? orders) =>
        [.. (orders ?? []).Select(static order => order?.Id).OfType<string>().Where(static id => id.Length > 0)];

    private static ImmutableArray<string> Ids(string?[]? ids) => [.. (ids ?? []).OfType<string>().Where(static id => id.Length > 0)];

    private static string? Filled(string? text) => string.IsNullOrEmpty(text) ? null : text;
}
