using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using Engine.Domain.Orders;
using Engine.Domain.Parcels;

namespace Engine.Domain.Labels;

/// <summary>One label to be bought: exactly these lines, this weight and size.</summary>
/// <param name="OrderIds">The first is the primary order; more than one makes a combined parcel.</param>
/// <param name="LineIds">Always sent: a purchase without them may take lines we did not mean.</param>
/// <param name="ServiceId">Null lets the marketplace take its default service.</param>
public sealed record LabelPurchase(
    ShopId Shop,
    ParcelId Parcel,
    ImmutableArray<string> OrderIds,
    ImmutableArray<string> LineIds,
    string? ServiceId,
    ParcelMeasure Measure)
{
    /// <summary>SHA-256, lower-case hex, of what is asked for; equal for equal asks, whatever the order of the lines.</summary>
    public string Hash()
    {
        var text = new StringBuilder("label/1\n").Append(Shop.Value).Append('\n');
        text.AppendJoin(',', OrderIds).Append('\n');
        text.AppendJoin(',', LineIds.Order(StringComparer.Ordinal)).Append('\n');
        text.Append(ServiceId).Append('\n').Append(Measure.WeightGrams).Append('/')
            .Append(Measure.LengthMm).Append('/').Append(Measure.WidthMm).Append('/').Append(Measure.HeightMm);
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())));
    }
}
