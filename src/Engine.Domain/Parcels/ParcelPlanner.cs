using System.Collections.Immutable;
using Engine.Domain.Orders;

namespace Engine.Domain.Parcels;

/// <summary>Which lines go into which box.</summary>
/// <remarks>One parcel for an order, unless packages exist already: then one per package, and one for the rest.</remarks>
public static class ParcelPlanner
{
    /// <param name="measures">Weight and size of one unit by line id.</param>
    public static ImmutableArray<Parcel> Plan(OrderState order, ImmutableDictionary<string, ParcelMeasure> measures)
    {
        var number = 0;
        return
        [
            .. order.Lines.Where(l => !l.Cancelled)
                .GroupBy(l => l.PackageId, StringComparer.Ordinal)
                .OrderBy(g => g.Key, StringComparer.Ordinal)
                .Select(g => new Parcel
                {
                    Id = ParcelId.Of(order.Key.OrderId, ++number),
                    Status = ParcelStatus.Planned,
                    LineIds = [.. g.Select(l => l.LineId).Order(StringComparer.Ordinal)],
                    Measure = Sum(g, measures),
                }),
        ];
    }

    /// <summary>Each line is in the parcel it was in, and the parcels that lived live.</summary>
    public static bool HoldSameLines(ImmutableArray<Parcel> before, ImmutableArray<Parcel> after) =>
        before.Length == after.Length
        && before.Zip(after).All(p => p.First.Id == p.Second.Id
            && p.First.Status == ParcelStatus.Cancelled == (p.Second.Status == ParcelStatus.Cancelled)
            && p.First.LineIds.SequenceEqual(p.Second.LineIds, StringComparer.Ordinal));

    /// <summary>Weights add up; lengths are kept only for a single unit, since nobody knows how several are packed.</summary>
    private static ParcelMeasure? Sum(IEnumerable<OrderLine> lines, ImmutableDictionary<string, ParcelMeasure> measures)
    {
        var grams = 0;
        var units = 0;
        ParcelMeasure? only = null;
        foreach (var line in lines)
        {
            if (!measures.TryGetValue(line.LineId, out var unit))
            {
                return null;
            }

            grams = checked(grams + (unit.WeightGrams * line.Quantity));
            units += line.Quantity;
            only = unit;
        }

        return units == 1 ? only : new ParcelMeasure(grams);
    }
}
