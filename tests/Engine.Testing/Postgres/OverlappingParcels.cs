using Engine.Domain.Orders;
using Engine.Domain.Ports;
using Engine.Testing.Orders;

namespace Engine.Testing.Postgres;

/// <summary>Units of one to three of a few orders, from several hosts at once: the same rows, wanted in any order.</summary>
public static class OverlappingParcels
{
    /// <summary>Commits that many units, reloading after every conflict.</summary>
    /// <returns>Units accepted, and orders in them.</returns>
    public static async Task<(int Units, int Orders, int Conflicts)> CommitAsync(TestStorage storage, string shop, string prefix, int orders, int units, int seed)
    {
        var random = new Random(seed);
        var accepted = 0;
        var touched = 0;
        var conflicts = 0;
        while (accepted < units)
        {
            var picked = Enumerable.Range(0, orders).OrderBy(_ => random.Next()).Take(random.Next(1, 4)).ToArray();
            var journeys = new List<Journey>();
            foreach (var i in picked)
            {
                var loaded = await storage.Journal.LoadAsync(new OrderKey(new ShopId(shop), prefix + i), CancellationToken.None);
                journeys.Add(new Journey(loaded!.State));
            }

            var parcel = ParcelId.Of(prefix + picked[0], 1);
            var unit = Journey.Unit([.. journeys.Select(j => j.Append([new OrderAllocated("wh-1", [j.PlannedParcel() with { Id = parcel }])], parcels: true))]);
            var answer = await storage.Journal.AppendAsync(unit, CancellationToken.None);
            switch (answer.Result)
            {
                case AppendResult.Accepted:
                    accepted++;
                    touched += picked.Length;
                    break;
                case AppendResult.Conflict:
                    conflicts++;
                    break;
                default:
                    throw new InvalidOperationException($"seed {seed}: {answer}");
            }
        }

        return (accepted, touched, conflicts);
    }
}
