using System.Text.Json.Serialization;

namespace Engine.TikTok.Wire;

/// <summary>Source-generated reading and writing of wire types: no reflection per call, unknown members ignored, absent members null.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    Converters = [typeof(LenientText), typeof(LenientNumber), typeof(LenientFlag)])]
[JsonSerializable(typeof(OrderWire))]
[JsonSerializable(typeof(OrderSearchWire))]
[JsonSerializable(typeof(CreatePackageWire))]
[JsonSerializable(typeof(CreateCombinedPackageWire))]
[JsonSerializable(typeof(CreatedPackageWire))]
[JsonSerializable(typeof(ServiceQueryWire))]
[JsonSerializable(typeof(ServicesWire))]
[JsonSerializable(typeof(MarkShippedWire))]
[JsonSerializable(typeof(MarkedShippedWire))]
[JsonSerializable(typeof(PackageDetailWire))]
[JsonSerializable(typeof(PackageSearchWire))]
[JsonSerializable(typeof(PackagePageWire))]
[JsonSerializable(typeof(DocumentWire))]
[JsonSerializable(typeof(CancellationSearchWire))]
[JsonSerializable(typeof(CancellationPageWire))]
[JsonSerializable(typeof(CancellationRejectionWire))]
[JsonSerializable(typeof(ProductWire))]
[JsonSerializable(typeof(WarehousesWire))]
[JsonSerializable(typeof(ShippingProvidersWire))]
[JsonSerializable(typeof(WebhookWire))]
[JsonSerializable(typeof(QualityImportWire))]
[JsonSerializable(typeof(QualityAnswerWire))]
[JsonSerializable(typeof(TokenWire))]
[JsonSerializable(typeof(ShopsWire))]
internal sealed partial class WireJson : JsonSerializerContext;
