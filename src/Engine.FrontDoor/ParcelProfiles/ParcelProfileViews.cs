namespace Engine.FrontDoor.ParcelProfiles;

/// <summary>Weight and size of the parcel that one unit makes.</summary>
/// <param name="WeightGrams">Whole grams, 1 or more.</param>
/// <param name="LengthMm">Whole millimetres; the three lengths all given or none.</param>
public sealed record ParcelMeasureView(int WeightGrams, int? LengthMm = null, int? WidthMm = null, int? HeightMm = null);

/// <param name="Sku">The seller's SKU; `shop:ID` is the default of a shop.</param>
public sealed record ParcelProfileView(string Sku, int WeightGrams, int? LengthMm = null, int? WidthMm = null, int? HeightMm = null);

/// <summary>Only SKUs that have a profile.</summary>
public sealed record ParcelProfileList(IReadOnlyList<ParcelProfileView> Profiles);

/// <summary>All are stored or none; at most 10,000, each SKU once.</summary>
public sealed record ParcelProfileBatch(IReadOnlyList<ParcelProfileView> Profiles);

/// <param name="Stored">Profiles that were set.</param>
public sealed record ImportReceipt(int Stored);
