using System.Collections.Immutable;
using Engine.Domain.LateDispatch;
using Engine.Domain.Orders;
using Npgsql;

namespace Engine.Storage.LateDispatch;

/// <summary>Counts the LDR counters from the stored orders, hot and history, in the transaction it is given.</summary>
internal static class LateDispatchCount
{
    /// <summary>Fulfiller: 0 = seller. A cancelled order that was scanned counts by its scan.</summary>
    private const string Due =
        """
        select shop, dispatch_by,
            count(*),
            count(*) filter (where first_scan_at is not null and late is false),
            count(*) filter (where first_scan_at is not null and late),
            count(*) filter (where cancelled_at is not null and first_scan_at is null and cancelled_at <= dispatch_by),
            count(*) filter (where cancelled_at is not null and first_scan_at is null and cancelled_at > dispatch_by)
        from all_orders
        where shop = any ($1) and fulfiller = 0 and dispatch_by is not null
        group by shop, dispatch_by
        """;

    /// <summary>By the hour: the policy's days begin on whole hours, and which hour is theirs is decided in one place, in C#.</summary>
    private const string Dispatched =
        """
        select shop, date_trunc('hour', first_scan_at, 'UTC'),
            count(*) filter (where fulfiller = 0),
            count(*) filter (where fulfiller = 0 and late),
            count(*) filter (where fulfiller <> 0)
        from all_orders
        where shop = any ($1) and first_scan_at is not null
        group by 1, 2
        """;

    private const string Shops =
        """
        with recursive hot as (
            (select shop from orders order by shop limit 1)
            union all
            select n.shop from hot h cross join lateral (select o.shop from orders o where o.shop > h.shop order by o.shop limit 1) n),
        old as (
            (select shop from order_history order by shop limit 1)
            union all
            select n.shop from old h cross join lateral (select o.shop from order_history o where o.shop > h.shop order by o.shop limit 1) n)
        select shop from hot union select shop from old
        """;

    public static async Task<Dictionary<ShopId, LateDispatchDelta>> CountAsync(NpgsqlConnection connection, string[] shops, CancellationToken ct)
    {
        var counts = new Dictionary<ShopId, LateDispatchDelta>();
        await using (var command = new NpgsqlCommand(Due, connection).With((object)shops))
        {
            await using var reader = await command.ExecuteReaderAsync(ct).ConfigureAwait(false);
            while (await reader.ReadAsync(ct).ConfigureAwait(false))
            {
                Of(counts, reader).Due[reader.Instant(1)] = new DueCounter(
                    reader.GetInt64(2), reader.GetInt64(3), reader.GetInt64(4), reader.GetInt64(5), reader.GetInt64(6));
            }
        }

        await using (var command = new NpgsqlCommand(Dispatched, connection).With((object)shops))
        {
            await using var reader = await command.ExecuteReaderAsync(ct).ConfigureAwait(false);
            while (await reader.ReadAsync(ct).ConfigureAwait(false))
            {
                var days = Of(counts, reader).Dispatched;
                var day = PolicyDay.Of(reader.Instant(1));
                days[day] = days.GetValueOrDefault(day, DispatchedCounter.Zero)
                    .Plus(new DispatchedCounter(reader.GetInt64(2), reader.GetInt64(3), reader.GetInt64(4)));
            }
        }

        return counts;
    }

    public static async Task<List<string>> ShopsAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(Shops, connection);
        return await command.ReadAllAsync(r => r.GetString(0), ct).ConfigureAwait(false);
    }

    public static LateDispatchCounters Counters(LateDispatchDelta counted) => LateDispatchCounters.Zero.Plus(counted);

    private static LateDispatchDelta Of(Dictionary<ShopId, LateDispatchDelta> counts, NpgsqlDataReader row)
    {
        var shop = new ShopId(row.GetString(0));
        if (!counts.TryGetValue(shop, out var delta))
        {
            counts[shop] = delta = new LateDispatchDelta();
        }

        return delta;
    }
}
