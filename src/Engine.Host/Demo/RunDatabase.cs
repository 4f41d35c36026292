using Engine.Domain.Orders;
using Engine.Domain.Parcels;
using Engine.Domain.Work;
using Npgsql;

namespace Engine.Host.Demo;

/// <param name="Waiting">Orders by engine status, those that wait for something.</param>
/// <param name="AtRisk">Unscanned seller orders whose deadline is nearer than the margin, or past.</param>
internal sealed record RunCounts(
    long Imported, IReadOnlyDictionary<OrderStatus, long> Waiting, long Dispatched, long Late, long OverdueUnscanned, long AtRisk);

/// <param name="Open">What the engine has not finished: due work, open attempts, labels without a file, rows that a reader has not applied.</param>
internal sealed record OpenWork(long DueWork, long OpenAttempts, long LabelsWithoutFile, long UnappliedRows)
{
    public bool IsNone => DueWork + OpenAttempts + LabelsWithoutFile + UnappliedRows == 0;

    public override string ToString() =>
        $"{DueWork} pieces of due work, {OpenAttempts} open purchase attempts, {LabelsWithoutFile} labels without a file, {UnappliedRows} journal rows not applied";
}

/// <summary>What the run's database says; read beside the hosts, so that it answers while they are dead.</summary>
internal sealed class RunDatabase(NpgsqlDataSource database)
{
    private static readonly OrderStatus[] WaitingStates =
    [
        OrderStatus.Unpaid, OrderStatus.OnHold, OrderStatus.Allocating, OrderStatus.NeedsTracking, OrderStatus.AwaitingLabel, OrderStatus.CancelRequested,
        OrderStatus.Purchasing, OrderStatus.LabelUnknown, OrderStatus.AwaitingCollection, OrderStatus.Parked,
    ];

    public async Task<RunCounts> CountAsync(DateTimeOffset businessNow, TimeSpan riskMargin, CancellationToken ct)
    {
        await using var command = database.CreateCommand(
            """
            select status, fulfiller, first_scan_at is not null, coalesce(late, false), cancelled_at is not null,
                   coalesce(dispatch_by < $1, false), coalesce(dispatch_by < $2, false), count(*)
            from all_orders group by 1, 2, 3, 4, 5, 6, 7
            """);
        command.Parameters.Add(new NpgsqlParameter<DateTime> { TypedValue = businessNow.UtcDateTime });
        command.Parameters.Add(new NpgsqlParameter<DateTime> { TypedValue = (businessNow + riskMargin).UtcDateTime });
        long imported = 0, dispatched = 0, late = 0, overdue = 0, risk = 0;
        var waiting = new Dictionary<OrderStatus, long>();
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
        {
            var status = (OrderStatus)reader.GetInt16(0);
            var seller = (Fulfiller)reader.GetInt16(1) == Fulfiller.Seller;
            var scanned = reader.GetBoolean(2);
            var orders = reader.GetInt64(7);
            imported += orders;
            if (WaitingStates.Contains(status))
            {
                waiting[status] = waiting.GetValueOrDefault(status) + orders;
            }

            if (seller && scanned)
            {
                dispatched += orders;
                late += reader.GetBoolean(3) ? orders : 0;
            }
            else if (seller && !reader.GetBoolean(4))
            {
                overdue += reader.GetBoolean(5) ? orders : 0;
                risk += reader.GetBoolean(6) ? orders : 0;
            }
        }

        return new RunCounts(imported, waiting, dispatched, late, overdue, risk);
    }

    public async Task<OpenWork> OpenWorkAsync(DateTimeOffset businessNow, CancellationToken ct)
    {
        await using var command = database.CreateCommand(
            """
            select (select count(*) from order_work where due_at <= $1 and kind not in ($2, $7, $8)),
                   (select count(*) from packages where status in ($3, $4)),
                   (select count(*) from packages where status in ($5, $6) and label_key is null and package_id is not null),
                   (select count(*) from order_events e where exists (
                        select from reader_cursors c where c.part = e.part and (c.epoch, c.xid, c.seq) < (e.epoch, e.xid, e.seq)))
            """);
        command.Parameters.Add(new NpgsqlParameter<DateTime> { TypedValue = businessNow.UtcDateTime });
        foreach (var number in (int[])[(int)WorkKind.Reread, (int)ParcelStatus.Intended, (int)ParcelStatus.Unknown, (int)ParcelStatus.Purchased, (int)ParcelStatus.Adopted, (int)WorkKind.AskPerson, (int)WorkKind.Audit])
        {
            command.Parameters.Add(new NpgsqlParameter<short> { TypedValue = (short)number });
        }

        await using var reader = await command.ExecuteReaderAsync(ct);
        await reader.ReadAsync(ct);
        return new OpenWork(reader.GetInt64(0), reader.GetInt64(1), reader.GetInt64(2), reader.GetInt64(3));
    }

    public async Task<IReadOnlyList<ShopSummary>> ShopsAsync(CancellationToken ct)
    {
        await using var command = database.CreateCommand(
            """
            select s.shop, s.marketplace_shop_id, count(o.order_id),
                   count(*) filter (where o.fulfiller = $1 and o.first_scan_at is not null), count(*) filter (where o.fulfiller = $1 and o.late)
            from shops s left join all_orders o using (shop) group by 1, 2 order by 2
            """);
        command.Parameters.Add(new NpgsqlParameter<short> { TypedValue = (short)Fulfiller.Seller });
        var shops = new List<ShopSummary>();
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
        {
            shops.Add(new ShopSummary(reader.GetString(0), reader.GetString(1), reader.GetInt64(2), reader.GetInt64(3), reader.GetInt64(4)));
        }

        return shops;
    }

    /// <summary>Version of the last event of every order, by `shop/order`.</summary>
    public async Task<Dictionary<string, int>> EventVersionsAsync(CancellationToken ct)
    {
        await using var command = database.CreateCommand("select shop, order_id, max(version) from order_events group by 1, 2");
        var versions = new Dictionary<string, int>(StringComparer.Ordinal);
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
        {
            versions[$"{reader.GetString(0)}/{reader.GetString(1)}"] = reader.GetInt32(2);
        }

        return versions;
    }

    /// <summary>Every order that is stored.</summary>
    public async Task<HashSet<string>> OrderIdsAsync(CancellationToken ct)
    {
        await using var command = database.CreateCommand("select order_id from all_orders");
        var ids = new HashSet<string>(StringComparer.Ordinal);
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
        {
            ids.Add(reader.GetString(0));
        }

        return ids;
    }

    /// <summary>System instants at which an order's last label file was stored.</summary>
    public async Task<Dictionary<string, DateTimeOffset>> LabelsStoredAsync(CancellationToken ct)
    {
        await using var command = database.CreateCommand(
            """
            select l.order_id, max(f.stored_at)
            from package_lines l join packages p using (shop, parcel_id) join label_files f on f.shop = p.shop and f.label_key = p.label_key
            group by l.order_id
            """);
        var stored = new Dictionary<string, DateTimeOffset>(StringComparer.Ordinal);
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
        {
            stored[reader.GetString(0)] = reader.GetFieldValue<DateTimeOffset>(1);
        }

        return stored;
    }

    /// <summary>What the engine knows of one order, for those that a run could not finish.</summary>
    public async Task<Dictionary<string, string>> DescribeAsync(IReadOnlyCollection<string> orders, CancellationToken ct)
    {
        await using var command = database.CreateCommand(
            """
            select o.order_id, o.shop, o.status, o.version, coalesce(o.parked_reason, ''),
                   coalesce((select string_agg(distinct w.kind::text, ',') from order_work w where w.shop = o.shop and w.order_id = o.order_id), '')
            from all_orders o where o.order_id = any ($1)
            """);
        command.Parameters.Add(new NpgsqlParameter<string[]> { TypedValue = [.. orders] });
        var known = new Dictionary<string, string>(StringComparer.Ordinal);
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
        {
            var work = reader.GetString(5).Split(',', StringSplitOptions.RemoveEmptyEntries).Select(k => ((WorkKind)int.Parse(k, System.Globalization.CultureInfo.InvariantCulture)).ToString());
            var parked = reader.GetString(4);
            known[reader.GetString(0)] =
                $"engine: {(OrderStatus)reader.GetInt16(2)} in shop {reader.GetString(1)}, version {reader.GetInt32(3)}{(parked.Length > 0 ? $", parked: {parked}" : "")}, next: {string.Join(", ", work)}";
        }

        return known;
    }
}
