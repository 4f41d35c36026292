using System.Collections.Immutable;
using System.Text.Json;
using Engine.Domain.Parcels;
using Engine.Domain.Ports;
using Engine.TikTok.Wire;

namespace Engine.TikTok.Translation;

/// <summary>Cancellations, products, warehouses, carriers, tokens and shops of the wire in the engine's words.</summary>
internal static class OtherTranslation
{
    public static Page<CancellationRequest> Cancellations(ReadOnlyMemory<byte> data)
    {
        var page = Data.Read(data, WireJson.Default.CancellationPageWire);
        return new([.. (page.Cancellations ?? []).Select(Cancellation)], string.IsNullOrEmpty(page.NextPageToken) ? null : page.NextPageToken);
    }

    public static ParcelMeasure? Measure(ReadOnlyMemory<byte> data)
    {
        var product = Data.Read(data, WireJson.Default.ProductWire);
        return MeasureTranslation.Measure(product.PackageWeight, product.PackageDimensions);
    }

    /// <summary>Those that ship; return warehouses are left out.</summary>
    public static ImmutableArray<Warehouse> Warehouses(ReadOnlyMemory<byte> data) =>
        [.. (Data.Read(data, WireJson.Default.WarehousesWire).Warehouses ?? [])
            .Where(static wire => wire?.Type != "RETURN_WAREHOUSE")
            .Select(static wire => new Warehouse(
                Data.Required(wire?.Id, "id"), wire!.Name ?? "", wire.EffectStatus == "ENABLED", wire.IsDefault ?? false))];

    public static ImmutableArray<Carrier> Carriers(ReadOnlyMemory<byte> data) =>
        [.. (Data.Read(data, WireJson.Default.ShippingProvidersWire).ShippingProviders ?? [])
            .Select(static wire => new Carrier(Data.Required(wire?.Id, "id"), wire!.Name ?? ""))];

    public static TokenGrant Token(ReadOnlyMemory<byte> data)
    {
        var wire = Data.Read(data, WireJson.Default.TokenWire);
        return new TokenGrant(
            Data.Required(wire.AccessToken, "access_token"),
            Instants.Of(wire.AccessTokenExpireIn) ?? throw new JsonException("access_token_expire_in is absent"),
            Data.Required(wire.RefreshToken, "refresh_token"),
            Instants.Of(wire.RefreshTokenExpireIn) ?? throw new JsonException("refresh_token_expire_in is absent"),
            string.IsNullOrEmpty(wire.SellerName) ? null : wire.SellerName);
    }

    public static ImmutableArray<AuthorizedShop> Shops(ReadOnlyMemory<byte> data) =>
        [.. (Data.Read(data, WireJson.Default.ShopsWire).Shops ?? []).Select(static wire => new AuthorizedShop(
            Data.Required(wire?.Id, "id"), wire!.Name ?? "", wire.Region ?? "", Data.Required(wire.Cipher, "cipher")))];

    private static CancellationRequest Cancellation(CancellationWire? wire) => new(
        Data.Required(wire?.CancelId, "cancel_id"),
        Data.Required(wire!.OrderId, "order_id"),
        wire.CancelStatus?.EndsWith("_PENDING", StringComparison.Ordinal) ?? false,
        wire.CancelType == "BUYER_CANCEL" || wire.Role == "BUYER",
        wire.CancelStatus is { } status && (status.EndsWith("_SUCCESS", StringComparison.Ordinal) || status.EndsWith("_COMPLETE", StringComparison.Ordinal)),
        Instants.Of(wire.CreateTime) ?? Instants.Of(wire.UpdateTime) ?? throw new JsonException("create_time is absent"),
        (wire.SellerNextActionResponse ?? [])
            .Where(static action => action?.Action is "SELLER_RESPOND_CANCEL")
            .Select(static action => Instants.Of(action.Deadline))
            .Min(),
        Instants.Of(wire.UpdateTime) ?? Instants.Of(wire.CreateTime) ?? throw new JsonException("update_time is absent"));
}
