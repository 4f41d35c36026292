using System.Globalization;
using Engine.Domain.Parcels;
using Engine.TikTok.Wire;

namespace Engine.TikTok.Translation;

/// <summary>Weights and sizes: text with a unit on the wire, whole grams and millimetres here.</summary>
internal static class MeasureTranslation
{
    private const decimal GramsPerPound = 453.59237m;
    private const decimal MillimetresPerInch = 25.4m;

    public static WeightWire Weight(ParcelMeasure measure) => new(measure.WeightGrams.ToString(CultureInfo.InvariantCulture), "GRAM");

    /// <summary>Null when no lengths are known: the three travel together or not at all.</summary>
    public static DimensionWire? Dimension(ParcelMeasure measure) => measure is { LengthMm: { } length, WidthMm: { } width, HeightMm: { } height }
        ? new(Centimetres(length), Centimetres(width), Centimetres(height), "CM")
        : null;

    /// <summary>Null when the product states no usable weight. Rounded up: a label bought for less than the parcel weighs is refused or charged later.</summary>
    public static ParcelMeasure? Measure(WeightWire? weight, DimensionWire? dimension)
    {
        if (Number(weight?.Value) is not { } value || Grams(value, weight?.Unit) is not { } grams)
        {
            return null;
        }

        var sides = (Millimetres(dimension?.Length, dimension?.Unit), Millimetres(dimension?.Width, dimension?.Unit), Millimetres(dimension?.Height, dimension?.Unit));
        return sides is ({ } length, { } width, { } height) ? new ParcelMeasure(grams, length, width, height) : new ParcelMeasure(grams);
    }

    private static int? Grams(decimal value, string? unit) => unit switch
    {
        "GRAM" => Whole(value),
        "KILOGRAM" => Whole(value * 1000),
        "POUND" => Whole(value * GramsPerPound),
        _ => null,
    };

    private static int? Millimetres(string? text, string? unit) => (Number(text), unit) switch
    {
        ({ } value, "CENTIMETER" or "CM") => Whole(value * 10),
        ({ } value, "INCH") => Whole(value * MillimetresPerInch),
        _ => null,
    };

    /// <summary>Up to the next whole unit; null for what no parcel can be.</summary>
    private static int? Whole(decimal value) => value is > 0 and <= 1_000_000 ? (int)decimal.Ceiling(value) : null;

    /// <summary>The platform sends a point; Brazil may send a comma.</summary>
    private static decimal? Number(string? text) =>
        text is { Length: > 0 and <= 20 }
        && decimal.TryParse(text.Replace(',', '.'), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value)
            ? value
            : null;

    private static string Centimetres(int millimetres) => (millimetres / 10m).ToString("0.#", CultureInfo.InvariantCulture);
}
