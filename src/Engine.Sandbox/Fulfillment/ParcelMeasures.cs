using System.Globalization;
using System.Text.Json;
using Engine.Sandbox.Http;
using Engine.Sandbox.Orders;

namespace Engine.Sandbox.Fulfillment;

/// <summary>Weight and size of a parcel as callers give them; numbers travel as strings (tiktok-shop-api.md 7.2).</summary>
public static class ParcelMeasures
{
    private const double GramsPerPound = 453.59237;

    /// <summary>What the parcel weighs by product data, when the caller gives nothing.</summary>
    public static (Measure Weight, Size Size) FromProducts(IReadOnlyList<LineItem> lines)
    {
        var grams = lines.Sum(static l => l.Sku.Product.WeightGrams);
        var length = lines.Max(static l => l.Sku.Product.LengthCm);
        var width = lines.Max(static l => l.Sku.Product.WidthCm);
        var height = lines.Sum(static l => l.Sku.Product.HeightCm);
        static string Text(int n) => n.ToString(CultureInfo.InvariantCulture);
        return (new Measure(Text(grams), "GRAM", grams), new Size(Text(length), Text(width), Text(height), "CM"));
    }

    /// <returns>False: refused, the call is answered.</returns>
    public static bool TryRead(RequestBody body, out Measure? weight, out Size? size)
    {
        weight = null;
        size = null;
        if (!body.Object("weight", out var weightJson) || !body.Object("dimension", out var sizeJson))
        {
            return false;
        }

        if (weightJson is { } w)
        {
            if (!body.Text(w, "value", "weight.value", out var value) || !body.Text(w, "unit", "weight.unit", out var unit))
            {
                return false;
            }

            if (!Positive(value, out var number) || unit is not ("GRAM" or "POUND"))
            {
                return body.Refuse("weight", "needs a positive value and the unit GRAM or POUND");
            }

            weight = new Measure(value!, unit, (int)Math.Min(int.MaxValue, Math.Ceiling(unit == "POUND" ? number * GramsPerPound : number)));
        }

        if (sizeJson is { } s)
        {
            if (!body.Text(s, "length", "dimension.length", out var length) || !body.Text(s, "width", "dimension.width", out var width)
                || !body.Text(s, "height", "dimension.height", out var height) || !body.Text(s, "unit", "dimension.unit", out var unit))
            {
                return false;
            }

            if (!Positive(length, out _) || !Positive(width, out _) || !Positive(height, out _) || unit is not ("CM" or "INCH"))
            {
                return body.Refuse("dimension", "needs length, width and height together and the unit CM or INCH");
            }

            size = new Size(length!, width!, height!, unit);
        }

        return true;
    }

    public static void Write(Utf8JsonWriter json, Measure weight, Size size)
    {
        json.WriteStartObject("weight"u8);
        json.WriteString("value"u8, weight.Value);
        json.WriteString("unit"u8, weight.Unit);
        json.WriteEndObject();
        json.WriteStartObject("dimension"u8);
        json.WriteString("length"u8, size.Length);
        json.WriteString("width"u8, size.Width);
        json.WriteString("height"u8, size.Height);
        json.WriteString("unit"u8, size.Unit);
        json.WriteEndObject();
    }

    private static bool Positive(string? text, out double number)
    {
        number = 0;
        return text is not null && double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out number) && number > 0;
    }
}
