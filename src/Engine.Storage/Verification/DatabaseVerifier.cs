using System.Data;
using Engine.Domain.Orders;
using Engine.Domain.Parcels;
using Engine.Storage.Journal;
using Engine.Storage.LateDispatch;
using Npgsql;

namespace Engine.Storage.Verification;

/// <summary>Checks the invariants of design 6 that the database alone can answer. Everything is read from one snapshot; nothing is written.</summary>
public sealed class DatabaseVerifier(NpgsqlDataSource source)
{
    private const string Events =
        "select shop, order_id, version, merchant, schema, name, at, body from order_events order by shop, order_id, version";

    private const string Orders =
        """
        select shop, order_id, history, merchant, version, status, marketplace_status, fulfiller, shipping, cancel_requested, late,
            placed_at, updated_at, changed_at, released_at, label_by, dispatch_by, cancel_unlabelled_at, cancel_unscanned_at,
            first_scan_at, cancelled_at, warehouse, parked_reason
        from (select *, false as history from orders union all select *, true from order_history) o
        order by shop, order_id
        """;

    private const string Parcels =
        """
        select shop, parcel_id, status, attempt, request_hash, package_id, tracking, carrier_id, label_key from packages
        """;

    /// <summary>Open and not before a person, and nothing to do: 80, 90 are final, 99 is parked.</summary>
    private const string Asleep =
        """
        select o.shop, o.order_id, o.status from orders o
        where o.status not in (80, 90, 99)
          and not exists (select from order_work w where w.shop = o.shop and w.order_id = o.order_id)
        order by o.shop, o.order_id
        """;

    private const string StaleWork =
        """
        select w.shop, w.order_id, w.kind, w.version, o.version
        from order_work w left join all_orders o on o.shop = w.shop and o.order_id = w.order_id
        where o.version is null or w.version > o.version
        order by 1, 2, 3
        """;

    private const string SharedLabels =
        """
        select shop, package_id, array_agg(parcel_id order by parcel_id) from packages
        where package_id is not null group by shop, package_id having count(*) > 1
        """;

    /// <summary>A command decides once; the events of one decision share one transaction.</summary>
    private const string SplitCommands =
        """
        select shop, order_id, command_id from order_events
        group by shop, order_id, command_id having count(distinct (epoch, xid::text)) > 1
        """;

    private static readonly TimeSpan CatchUpPatience = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan CatchUpPause = TimeSpan.FromMilliseconds(100);

    private const string Lagging =
        """
        select c.reader, c.part, c.seq, count(e.seq)
        from reader_cursors c
        join order_events e on e.part = c.part and (e.epoch, e.xid, e.seq) > (c.epoch, c.xid, c.seq)
        group by 1, 2, 3
        order by 1, 2
        """;

    /// <param name="quiet">
    /// Nothing is being written but what the marketplace changes by itself, and every reader should have caught up within some seconds; else
    /// lag and LDR are looked at but may differ.
    /// </param>
    /// <param name="ct">Ends the reading.</param>
    public async Task<VerificationReport> VerifyAsync(bool quiet, CancellationToken ct)
    {
        await using var main = await source.OpenConnectionAsync(ct).ConfigureAwait(false);
        await using var transaction = quiet
            ? await BeginCaughtUpAsync(main, ct).ConfigureAwait(false)
            : await main.BeginTransactionAsync(IsolationLevel.RepeatableRead, ct).ConfigureAwait(false);
        await TakeTimeAsync(main, ct).ConfigureAwait(false);
        await using var export = new NpgsqlCommand("select pg_export_snapshot()", main);
        var snapshot = (string)(await export.ExecuteScalarAsync(ct).ConfigureAwait(false))!;

        var fold = new FindingList("fold");
        var oneLabel = new FindingList("one-label");
        var intent = new FindingList("intent");
        await CompareAsync(main, snapshot, fold, oneLabel, intent, ct).ConfigureAwait(false);
        await ListAsync(main, SharedLabels, oneLabel, r => ($"{r.GetString(0)} package {r.GetString(1)}", $"belongs to the parcels {string.Join(", ", r.GetFieldValue<string[]>(2))}"), ct).ConfigureAwait(false);
        return new VerificationReport(
        [
            oneLabel.Result(),
            fold.Result(),
            await JournalAsync(main, quiet, ct).ConfigureAwait(false),
            await LateDispatchAsync(main, quiet, ct).ConfigureAwait(false),
            intent.Result(),
            await AwakeAsync(main, ct).ConfigureAwait(false),
            await IdempotentAsync(main, ct).ConfigureAwait(false),
        ]);
    }

    /// <summary>
    /// A snapshot in which every reader stands at the head: a reader that is only a moment behind the last change is given that moment. One
    /// that has not caught up after <see cref="CatchUpPatience"/> is looked at as it stands, and found.
    /// </summary>
    private static async Task<NpgsqlTransaction> BeginCaughtUpAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        var began = TimeProvider.System.GetTimestamp();
        while (true)
        {
            var transaction = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, ct).ConfigureAwait(false);
            await using var lags = new NpgsqlCommand($"select exists ({Lagging})", connection) { CommandTimeout = 0 };
            if (!(bool)(await lags.ExecuteScalarAsync(ct).ConfigureAwait(false))! || TimeProvider.System.GetElapsedTime(began) > CatchUpPatience)
            {
                return transaction;
            }

            await transaction.DisposeAsync().ConfigureAwait(false);
            await Task.Delay(CatchUpPause, TimeProvider.System, ct).ConfigureAwait(false);
        }
    }

    /// <summary>Walks events and rows side by side, in the order of their keys.</summary>
    private async Task CompareAsync(NpgsqlConnection main, string snapshot, FindingList fold, FindingList oneLabel, FindingList intent, CancellationToken ct)
    {
        var parcels = await ParcelsAsync(main, ct).ConfigureAwait(false);
        var named = new HashSet<(string, string)>();
        var broken = new HashSet<string>(StringComparer.Ordinal);
        await using var beside = await source.OpenConnectionAsync(ct).ConfigureAwait(false);
        await using var transaction = await beside.BeginTransactionAsync(IsolationLevel.RepeatableRead, ct).ConfigureAwait(false);
        await using (var adopt = new NpgsqlCommand($"set transaction snapshot '{snapshot}'", beside))
        {
            await adopt.ExecuteNonQueryAsync(ct).ConfigureAwait(false);
        }

        await TakeTimeAsync(beside, ct).ConfigureAwait(false);
        await using var ordersCommand = new NpgsqlCommand(Orders, beside) { CommandTimeout = 0 };
        await using var eventsCommand = new NpgsqlCommand(Events, main) { CommandTimeout = 0 };
        await using var orders = await ordersCommand.ExecuteReaderAsync(ct).ConfigureAwait(false);
        await using var events = await eventsCommand.ExecuteReaderAsync(ct).ConfigureAwait(false);
        var order = await NextAsync(orders, ct).ConfigureAwait(false);
        var hasEvent = await events.ReadAsync(ct).ConfigureAwait(false);
        while (hasEvent || order is not null)
        {
            var side = !hasEvent ? -1 : order is null ? 1 : Compare(order.Shop, order.OrderId, events.GetString(0), events.GetString(1));
            if (side < 0)
            {
                fold.Checked++;
                fold.Add($"{order!.Shop}/{order.OrderId}", "has a row but no event in the journal");
                order = await NextOtherAsync(orders, order, fold, ct).ConfigureAwait(false);
                continue;
            }

            var key = new OrderKey(new ShopId(events.GetString(0)), events.GetString(1));
            var folder = new OrderFolder(key, new MerchantId(events.GetString(3)));
            do
            {
                folder.Take(events, fold, oneLabel, intent);
                hasEvent = await events.ReadAsync(ct).ConfigureAwait(false);
            }
            while (hasEvent && events.GetString(1) == key.OrderId && events.GetString(0) == key.Shop.Value);

            fold.Checked++;
            if (side > 0)
            {
                fold.Add(key.ToString(), "has events but no row");
                continue;
            }

            if (folder.LastVersion < (int)order!.Values[1]!)
            {
                fold.Add(key.ToString(), $"the row is at version {order.Values[1]}, the journal ends at {folder.LastVersion}");
            }
            else if (!folder.IsBroken && order.Difference(folder.State) is { } difference)
            {
                fold.Add(key.ToString(), difference);
            }

            foreach (var parcel in folder.Planned)
            {
                named.Add((key.Shop.Value, parcel.Value));
            }

            if (folder.IsBroken)
            {
                // What its lost events said about parcels is not known: those of its shop are not called orphans.
                broken.Add(key.Shop.Value);
            }
            else
            {
                ComparePackages(key, folder.State, parcels, fold);
            }

            order = await NextOtherAsync(orders, order, fold, ct).ConfigureAwait(false);
        }

        foreach (var (shop, parcel) in parcels.Keys.Where(p => !named.Contains(p) && !broken.Contains(p.Item1)))
        {
            fold.Add($"{shop} parcel {parcel}", "has a row but no order's events name it");
        }
    }

    /// <summary>Each parcel of the order as stored; a combined one is compared once for each of its orders.</summary>
    private static void ComparePackages(
        OrderKey key, OrderState state, Dictionary<(string, string), StoredParcel> parcels, FindingList fold)
    {
        foreach (var parcel in state.Parcels)
        {
            if (!parcels.TryGetValue((key.Shop.Value, parcel.Id.Value), out var stored))
            {
                fold.Add(key.ToString(), $"parcel {parcel.Id} has no row");
                continue;
            }

            if (stored != StoredParcel.Of(parcel))
            {
                fold.Add(key.ToString(), $"parcel {parcel.Id} is stored as {stored}, its events say {StoredParcel.Of(parcel)}");
            }
        }
    }

    private static async Task<Dictionary<(string, string), StoredParcel>> ParcelsAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        var parcels = new Dictionary<(string, string), StoredParcel>();
        await using var command = new NpgsqlCommand(Parcels, connection) { CommandTimeout = 0 };
        await using var reader = await command.ExecuteReaderAsync(ct).ConfigureAwait(false);
        while (await reader.ReadAsync(ct).ConfigureAwait(false))
        {
            parcels[(reader.GetString(0), reader.GetString(1))] = new StoredParcel(
                reader.GetInt16(2), reader.GetInt32(3), reader.TextOrNull(4), reader.TextOrNull(5), reader.TextOrNull(6), reader.TextOrNull(7), reader.TextOrNull(8));
        }

        return parcels;
    }

    private static async Task<StoredOrder?> NextAsync(NpgsqlDataReader orders, CancellationToken ct) =>
        await orders.ReadAsync(ct).ConfigureAwait(false) ? StoredOrder.Read(orders) : null;

    /// <summary>The next order; the same once more would be in both tables.</summary>
    private static async Task<StoredOrder?> NextOtherAsync(NpgsqlDataReader orders, StoredOrder last, FindingList fold, CancellationToken ct)
    {
        var next = await NextAsync(orders, ct).ConfigureAwait(false);
        while (next is not null && next.Shop == last.Shop && next.OrderId == last.OrderId)
        {
            fold.Add($"{last.Shop}/{last.OrderId}", "is in the hot table and in history");
            next = await NextAsync(orders, ct).ConfigureAwait(false);
        }

        return next;
    }

    /// <summary>As the database sorts (collation "C": by bytes of UTF-8, that is by code point).</summary>
    private static int Compare(string shop, string order, string otherShop, string otherOrder)
    {
        var byShop = CompareUtf8(shop, otherShop);
        return byShop != 0 ? byShop : CompareUtf8(order, otherOrder);
    }

    private static int CompareUtf8(string left, string right) =>
        System.Text.Encoding.UTF8.GetBytes(left).AsSpan().SequenceCompareTo(System.Text.Encoding.UTF8.GetBytes(right));

    private static async Task<InvariantResult> JournalAsync(NpgsqlConnection connection, bool quiet, CancellationToken ct)
    {
        var list = new FindingList("journal") { Checked = await CountAsync(connection, "select count(*) from order_events", ct).ConfigureAwait(false) };
        if (quiet)
        {
            await ListAsync(
                connection, Lagging, list, r => ($"reader {r.GetString(0)}, partition {r.GetInt16(1)}", $"stands at {r.GetInt64(2)}, {r.GetInt64(3)} rows behind the head"), ct).ConfigureAwait(false);
        }

        await ListAsync(
            connection,
            "select distinct shop, part from order_events",
            list,
            r => ShopHash.PartitionOf(r.GetString(0)) == r.GetInt16(1)
                ? null
                : (r.GetString(0), $"has events in partition {r.GetInt16(1)}; its readers look in {ShopHash.PartitionOf(r.GetString(0))}"),
            ct).ConfigureAwait(false);
        await ListAsync(
            connection,
            "select shop, order_id, version from (select *, lag((epoch, xid, seq)) over (partition by shop, order_id order by version) as before from order_events) e where before >= (epoch, xid, seq)",
            list,
            r => ($"{r.GetString(0)}/{r.GetString(1)}", $"version {r.GetInt32(2)} comes before its forerunner in the journal"),
            ct).ConfigureAwait(false);
        return list.Result();
    }

    private static async Task<InvariantResult> LateDispatchAsync(NpgsqlConnection connection, bool quiet, CancellationToken ct)
    {
        var list = new FindingList("ldr");
        var shops = await LateDispatchCount.ShopsAsync(connection, ct).ConfigureAwait(false);
        foreach (var shop in shops.Select(s => new ShopId(s)))
        {
            list.Checked++;
            var stored = await PostgresLateDispatchStore.ReadAsync(connection, shop, ct).ConfigureAwait(false);
            var counted = await PostgresLateDispatchStore.RecountAsync(connection, shop, ct).ConfigureAwait(false);
            if (quiet && !(stored.Due.SequenceEqual(counted.Due) && stored.Dispatched.SequenceEqual(counted.Dispatched)))
            {
                list.Add(shop.Value, Describe(stored, counted));
            }
        }

        return list.Result();
    }

    private static string Describe(Domain.LateDispatch.LateDispatchCounters stored, Domain.LateDispatch.LateDispatchCounters counted)
    {
        var due = stored.Due.Keys.Union(counted.Due.Keys).Order().Where(k => stored.Due.GetValueOrDefault(k) != counted.Due.GetValueOrDefault(k)).ToList();
        if (due.Count > 0)
        {
            return $"orders due at {due[0]:O}: counters say {stored.Due.GetValueOrDefault(due[0])?.ToString() ?? "nothing"}, the orders {counted.Due.GetValueOrDefault(due[0])?.ToString() ?? "nothing"} ({due.Count} such)";
        }

        var day = stored.Dispatched.Keys.Union(counted.Dispatched.Keys).Order().First(k => stored.Dispatched.GetValueOrDefault(k) != counted.Dispatched.GetValueOrDefault(k));
        return $"dispatched on {day:O}: counters say {stored.Dispatched.GetValueOrDefault(day)?.ToString() ?? "nothing"}, the orders {counted.Dispatched.GetValueOrDefault(day)?.ToString() ?? "nothing"}";
    }

    private static async Task<InvariantResult> AwakeAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        var list = new FindingList("awake")
        {
            Checked = await CountAsync(connection, "select count(*) from orders where status not in (80, 90, 99)", ct).ConfigureAwait(false),
        };
        await ListAsync(connection, Asleep, list, r => ($"{r.GetString(0)}/{r.GetString(1)}", $"is {(OrderStatus)r.GetInt16(2)} and nothing is planned for it"), ct).ConfigureAwait(false);
        await ListAsync(
            connection, StaleWork, list, r => ($"{r.GetString(0)}/{r.GetString(1)}", $"work of kind {r.GetInt16(2)} is of version {r.GetInt32(3)}, the order is not"), ct).ConfigureAwait(false);
        return list.Result();
    }

    private static async Task<InvariantResult> IdempotentAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        var list = new FindingList("idempotent")
        {
            Checked = await CountAsync(connection, "select count(*) from idempotency_keys", ct).ConfigureAwait(false),
        };
        await ListAsync(connection, SplitCommands, list, r => ($"{r.GetString(0)}/{r.GetString(1)}", $"command {r.GetGuid(2)} took effect in more than one transaction"), ct).ConfigureAwait(false);
        return list.Result();
    }

    /// <summary>A large database is read for minutes; for this transaction, the limits of ordinary work do not hold.</summary>
    private static async Task TakeTimeAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        await using var patience = new NpgsqlCommand("set local statement_timeout = 0; set local idle_in_transaction_session_timeout = 0", connection);
        await patience.ExecuteNonQueryAsync(ct).ConfigureAwait(false);
    }

    private static async Task<long> CountAsync(NpgsqlConnection connection, string sql, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 };
        return (long)(await command.ExecuteScalarAsync(ct).ConfigureAwait(false))!;
    }

    private static async Task ListAsync(
        NpgsqlConnection connection, string sql, FindingList list, Func<NpgsqlDataReader, (string Subject, string Problem)?> tell, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 };
        await using var reader = await command.ExecuteReaderAsync(ct).ConfigureAwait(false);
        while (await reader.ReadAsync(ct).ConfigureAwait(false))
        {
            if (tell(reader) is { } found)
            {
                list.Add(found.Subject, found.Problem);
            }
        }
    }
}
