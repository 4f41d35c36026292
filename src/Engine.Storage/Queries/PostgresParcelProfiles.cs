using System.Collections.Concurrent;
using System.Collections.Immutable;
using Engine.Domain.Orders;
using Engine.Domain.Parcels;
using Engine.Domain.Ports;
using Npgsql;

namespace Engine.Storage.Queries;

/// <summary>Parcel profiles, remembered for a few seconds: every new order asks, and the answer seldom changes.</summary>
/// <param name="systemClock">Measures how long a remembered profile may be used.</param>
public sealed class PostgresParcelProfiles(NpgsqlDataSource source, TimeProvider systemClock) : IParcelProfiles
{
    /// <summary>A change made through another host is seen after this long at the latest.</summary>
    public static readonly TimeSpan RememberedFor = TimeSpan.FromSeconds(5);

    private const int RememberedMax = 100_000;

    private readonly ConcurrentDictionary<(MerchantId Merchant, string Sku), Remembered> known = new();

    private readonly record struct Remembered(ParcelMeasure? Measure, long At);

    public ValueTask<ImmutableDictionary<string, ParcelMeasure>> FindAsync(MerchantId merchant, ImmutableArray<string> skus, CancellationToken ct)
    {
        var found = ImmutableDictionary.CreateBuilder<string, ParcelMeasure>(StringComparer.Ordinal);
        foreach (var sku in skus)
        {
            if (!known.TryGetValue((merchant, sku), out var remembered) || systemClock.GetElapsedTime(remembered.At) > RememberedFor)
            {
                return new(AskAsync(merchant, skus, ct));
            }

            if (remembered.Measure is { } measure)
            {
                found[sku] = measure;
            }
        }

        return new(found.ToImmutable());
    }

    public Task PutAsync(ImmutableArray<ParcelProfile> profiles, CancellationToken ct) =>
        Sql.AskAsync("Parcel profiles could not be stored", ct, async () =>
        {
            // Twice the same SKU in one call: the last one counts.
            var last = new Dictionary<(MerchantId, string), ParcelProfile>();
            foreach (var profile in profiles)
            {
                last[(profile.Merchant, profile.Sku)] = profile;
            }

            await using var command = source.CreateCommand(
                """
                insert into parcel_profiles (merchant, sku, weight_grams, length_mm, width_mm, height_mm, changed_at)
                select p.* from unnest($1, $2, $3, $4, $5, $6, $7) as p (merchant, sku, weight_grams, length_mm, width_mm, height_mm, changed_at)
                order by p.merchant, p.sku
                on conflict (merchant, sku) do update set
                    weight_grams = excluded.weight_grams, length_mm = excluded.length_mm, width_mm = excluded.width_mm,
                    height_mm = excluded.height_mm, changed_at = excluded.changed_at
                """).With(
                last.Values.Select(p => p.Merchant.Value).ToArray(),
                last.Values.Select(p => p.Sku).ToArray(),
                last.Values.Select(p => p.Measure.WeightGrams).ToArray(),
                last.Values.Select(p => p.Measure.LengthMm).ToArray(),
                last.Values.Select(p => p.Measure.WidthMm).ToArray(),
                last.Values.Select(p => p.Measure.HeightMm).ToArray(),
                last.Values.Select(p => p.ChangedAt.UtcDateTime).ToArray());
            await command.ExecuteNonQueryAsync(ct).ConfigureAwait(false);
            foreach (var key in last.Keys)
            {
                known.TryRemove(key, out _);
            }

            return true;
        });

    private Task<ImmutableDictionary<string, ParcelMeasure>> AskAsync(MerchantId merchant, ImmutableArray<string> skus, CancellationToken ct) =>
        Sql.AskAsync("Parcel profiles could not be read", ct, async () =>
        {
            var at = systemClock.GetTimestamp();
            await using var command = source.CreateCommand(
                "select sku, weight_grams, length_mm, width_mm, height_mm from parcel_profiles where merchant = $1 and sku = any ($2)")
                .With(merchant.Value, skus.ToArray());
            var rows = await command.ReadAllAsync(
                r => (Sku: r.GetString(0), Measure: new ParcelMeasure(r.GetInt32(1), Length(r, 2), Length(r, 3), Length(r, 4))), ct).ConfigureAwait(false);
            var found = rows.ToImmutableDictionary(r => r.Sku, r => r.Measure, StringComparer.Ordinal);
            if (known.Count > RememberedMax)
            {
                known.Clear();
            }

            foreach (var sku in skus)
            {
                known[(merchant, sku)] = new Remembered(found.GetValueOrDefault(sku), at);
            }

            return found;
        });

    private static int? Length(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetInt32(column);
}
