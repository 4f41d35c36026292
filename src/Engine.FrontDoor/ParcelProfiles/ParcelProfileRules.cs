using Engine.Domain.Orders;
using Engine.FrontDoor.Problems;

namespace Engine.FrontDoor.ParcelProfiles;

/// <summary>What a parcel profile must be, however it comes in.</summary>
internal static class ParcelProfileRules
{
    public const string ShopDefault = "shop:";

    /// <summary>Longest SKU that is taken (invented).</summary>
    public const int SkuLengthMax = 200;

    /// <summary>A typing mistake above this: one tonne (invented; carriers' own limits are lower and theirs to check).</summary>
    public const int WeightGramsMax = 1_000_000;

    /// <summary>A typing mistake above this: ten metres (invented, likewise).</summary>
    public const int LengthMmMax = 10_000;

    /// <param name="at">Prefix of the field's path, such as `profiles[3].`.</param>
    public static IEnumerable<FieldProblem> Problems(ParcelProfileView profile, string at = "", int? line = null)
    {
        if (SkuProblem(profile.Sku) is { } sku)
        {
            yield return new FieldProblem($"{at}sku", sku, line);
        }

        if (profile.WeightGrams is < 1 or > WeightGramsMax)
        {
            yield return new FieldProblem($"{at}weight_grams", $"Whole grams, 1 to {WeightGramsMax}.", line);
        }

        (string Name, int? Value)[] lengths = [("length_mm", profile.LengthMm), ("width_mm", profile.WidthMm), ("height_mm", profile.HeightMm)];
        foreach (var (name, value) in lengths)
        {
            if (value is < 1 or > LengthMmMax)
            {
                yield return new FieldProblem($"{at}{name}", $"Whole millimetres, 1 to {LengthMmMax}.", line);
            }
        }

        if (lengths.Any(l => l.Value is null) && lengths.Any(l => l.Value is not null))
        {
            yield return new FieldProblem($"{at}{lengths.First(l => l.Value is null).Name}", "Give all three lengths or none.", line);
        }
    }

    public static string? SkuProblem(string? sku) => sku switch
    {
        null or "" => "Required.",
        { Length: > SkuLengthMax } => $"At most {SkuLengthMax} characters.",
        _ when sku.Any(char.IsControl) => "No control characters.",
        _ when sku != sku.Trim() => "No blanks at the ends.",
        _ when sku.StartsWith(ShopDefault, StringComparison.Ordinal) && !ShopId.IsValid(sku[ShopDefault.Length..]) => "'shop:' is followed by a shop's id.",
        _ => null,
    };
}
