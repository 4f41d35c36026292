using System.Collections.Immutable;
using Engine.Domain.Orders;
using Engine.Domain.Ports;
using Engine.Domain.Quality;
using Engine.Domain.Work;
using Npgsql;
using NpgsqlTypes;

namespace Engine.Storage.Quality;

/// <summary>Incidents and missing orders. Every statement goes by a key or by the partial index of what is open.</summary>
public sealed class PostgresQualityStore(NpgsqlDataSource source) : IQualityStore
{
    /// <summary>An incident that holds no more is closed, one that goes on remembers what was looked at last. Version 0 is a missing order: storing it is our doing,
    /// whatever the marketplace did meanwhile.</summary>
    private const string Record =
        """
        with looked as (
            select * from unnest($4::text[], $5::int[], $6::smallint[], $7::timestamptz[]) as l (order_id, version, status, next_at)),
        broken as (
            select * from unnest($8::text[], $9::smallint[], $10::text[], $11::text[]) as b (order_id, rule, reason, cause)),
        closed as (
            update quality_incidents i set
                closed_at = $3,
                closed_by = case
                    when i.version = 0 and l.version > 0 then 'engine'
                    when i.marketplace_status <> l.status then 'platform'
                    else 'engine' end,
                reported_at = null
            from looked l
            where i.shop = $2 and i.order_id = l.order_id and i.closed_at is null and i.version <= l.version
              and not exists (select from broken b where b.order_id = i.order_id and b.rule = i.rule)),
        kept as (
            update quality_incidents i set
                version = l.version,
                reported_at = case when i.reason = b.reason then i.reported_at end,
                reason = b.reason,
                cause = b.cause
            from looked l join broken b on b.order_id = l.order_id
            where i.shop = $2 and i.order_id = l.order_id and i.rule = b.rule and i.closed_at is null
              and (i.version < l.version or i.reason <> b.reason or i.cause <> b.cause)),
        later as (
            update order_work w set due_at = l.next_at
            from looked l
            where w.shop = $2 and w.kind = $12 and w.order_id = l.order_id and w.version <= l.version and l.next_at is not null),
        done as (
            delete from order_work w using looked l
            where w.shop = $2 and w.kind = $12 and w.order_id = l.order_id and w.version <= l.version and l.next_at is null),
        opened as (
            insert into quality_incidents (shop, order_id, rule, opened_at, merchant, version, marketplace_status, reason, cause)
            select $2, b.order_id, b.rule, $3, $1, l.version, l.status, b.reason, b.cause
            from broken b join looked l on l.order_id = b.order_id
            on conflict (shop, order_id, rule) where closed_at is null do nothing
            returning rule, reason)
        select rule, reason from opened
        """;

    private const string Moved =
        """
        select distinct i.order_id
        from quality_incidents i
        cross join lateral (select o.version from all_orders o where o.shop = i.shop and o.order_id = i.order_id) o
        where i.shop = $1 and i.closed_at is null and o.version > i.version
        limit $2
        """;

    private const string Miss =
        """
        insert into missing_orders as t (shop, order_id, merchant, marketplace_status, fulfiller, cancel_reason, dispatch_by, cause, problem, first_seen_at, tries)
        select $1, m.order_id, $2, m.status, m.fulfiller, m.cancel_reason, m.dispatch_by, m.cause, m.problem, m.seen_at, 1
        from unnest($3::text[], $4::smallint[], $5::smallint[], $6::text[], $7::timestamptz[], $8::smallint[], $9::text[], $10::timestamptz[])
            as m (order_id, status, fulfiller, cancel_reason, dispatch_by, cause, problem, seen_at)
        where not exists (select from all_orders o where o.shop = $1 and o.order_id = m.order_id)
        on conflict (shop, order_id) do update set
            marketplace_status = coalesce(excluded.marketplace_status, t.marketplace_status), fulfiller = excluded.fulfiller,
            cancel_reason = excluded.cancel_reason, dispatch_by = coalesce(excluded.dispatch_by, t.dispatch_by),
            cause = excluded.cause, problem = excluded.problem, tries = t.tries + 1
        """;

    private const string Found =
        """
        delete from missing_orders m
        where m.shop = $1 and exists (select from all_orders o where o.shop = m.shop and o.order_id = m.order_id)
        returning m.order_id
        """;

    private const string Missing =
        """
        select order_id, marketplace_status, fulfiller, cancel_reason, dispatch_by, cause, problem, first_seen_at, tries
        from missing_orders where shop = $1
        order by first_seen_at, order_id
        limit $2
        """;

    /// <summary>Auto-cancelled incidents stay open for ever; they count while they are of the period.</summary>
    private const string CountOpen =
        """
        select rule, count(*) from quality_incidents
        where shop = $1 and closed_at is null and (rule < 10 or opened_at >= $2)
        group by rule
        """;

    private const string CountAutoCancelled =
        """
        select
            (select count(*) from quality_incidents where shop = $1 and rule > 10 and opened_at >= $2 and opened_at <= $3),
            (select coalesce(sum(orders - cancelled_before), 0)::bigint from ldr_due where shop = $1 and due_at >= $2 and due_at <= $3),
            (select count(*) from missing_orders where shop = $1)
        """;

    private const string List =
        """
        select shop, order_id, rule, opened_at, reason, cause, closed_at, closed_by, reported_at
        from quality_incidents
        where merchant = $1 and shop = $2
          and ($3::smallint is null or rule = $3)
          and (not $4 or closed_at is null)
          and ($5::timestamptz is null or (opened_at, order_id, rule) < ($5, $6, $7))
        order by opened_at desc, order_id desc, rule desc
        limit $8
        """;

    private const string Unreported =
        """
        select shop, order_id, rule, opened_at, reason, cause, closed_at, closed_by, reported_at
        from quality_incidents
        where shop = $1 and reported_at is null and (rule in (1, 2, 11) or (rule in (5, 6, 13) and reason <> 'OTHER'))
        order by opened_at
        limit $2
        """;

    private const string Reported =
        """
        update quality_incidents i set reported_at = $6
        from unnest($1::text[], $2::text[], $3::smallint[], $4::timestamptz[], $5::text[]) as r (shop, order_id, rule, opened_at, reason)
        where i.shop = r.shop and i.order_id = r.order_id and i.rule = r.rule and i.opened_at = r.opened_at and i.reason = r.reason
        """;

    public Task<ImmutableArray<(QualityRule Rule, string Reason)>> RecordAsync(
        MerchantId merchant, ShopId shop, DateTimeOffset now, ImmutableArray<Examination> examined, CancellationToken ct) =>
        Sql.AskAsync($"The audit of {shop} could not be recorded", ct, async () =>
        {
            var broken = examined.SelectMany(e => e.Broken.Select(b => (e.OrderId, b.Rule, b.Reason))).ToArray();
            await using var command = source.CreateCommand(Record).With(
                merchant.Value,
                shop.Value,
                now.UtcDateTime,
                examined.Select(e => e.OrderId).ToArray(),
                examined.Select(e => e.Version).ToArray(),
                examined.Select(e => (short)e.Status).ToArray(),
                examined.Select(e => e.NextLookAt?.UtcDateTime).ToArray(),
                broken.Select(b => b.OrderId).ToArray(),
                broken.Select(b => (short)b.Rule).ToArray(),
                broken.Select(b => b.Reason.Code).ToArray(),
                broken.Select(b => b.Reason.Cause).ToArray(),
                (short)WorkKind.Audit);
            var opened = await command.ReadAllAsync(r => ((QualityRule)r.GetInt16(0), r.GetString(1)), ct).ConfigureAwait(false);
            return opened.ToImmutableArray();
        });

    public Task<ImmutableArray<string>> MovedAsync(ShopId shop, int max, CancellationToken ct) =>
        Sql.AskAsync($"The incidents of {shop} could not be read", ct, async () =>
        {
            await using var command = source.CreateCommand(Moved).With(shop.Value, max);
            return (await command.ReadAllAsync(r => r.GetString(0), ct).ConfigureAwait(false)).ToImmutableArray();
        });

    public Task MissAsync(MerchantId merchant, ShopId shop, ImmutableArray<MissingOrder> orders, CancellationToken ct) =>
        Sql.AskAsync($"Missing orders of {shop} could not be recorded", ct, async () =>
        {
            await using var command = source.CreateCommand(Miss).With(
                shop.Value,
                merchant.Value,
                orders.Select(o => o.OrderId).ToArray(),
                orders.Select(o => (short?)o.Status).ToArray(),
                orders.Select(o => (short)o.Fulfiller).ToArray(),
                orders.Select(o => o.CancelReason).ToArray(),
                orders.Select(o => o.DispatchBy?.UtcDateTime).ToArray(),
                orders.Select(o => (short)o.Cause).ToArray(),
                orders.Select(o => o.Problem).ToArray(),
                orders.Select(o => o.FirstSeenAt.UtcDateTime).ToArray());
            return await command.ExecuteNonQueryAsync(ct).ConfigureAwait(false);
        });

    public Task<ImmutableArray<MissingOrder>> MissingAsync(ShopId shop, int max, List<string> found, CancellationToken ct) =>
        Sql.AskAsync($"Missing orders of {shop} could not be read", ct, async () =>
        {
            await using var stored = source.CreateCommand(Found).With(shop.Value);
            found.AddRange(await stored.ReadAllAsync(r => r.GetString(0), ct).ConfigureAwait(false));
            await using var command = source.CreateCommand(Missing).With(shop.Value, max);
            var rows = await command.ReadAllAsync(
                r => new MissingOrder(
                    r.GetString(0),
                    r.IsDBNull(1) ? null : (MarketplaceStatus)r.GetInt16(1),
                    (Fulfiller)r.GetInt16(2),
                    r.TextOrNull(3),
                    r.InstantOrNull(4),
                    (MissingCause)r.GetInt16(5),
                    r.GetString(6),
                    r.Instant(7),
                    r.GetInt32(8)),
                ct).ConfigureAwait(false);
            return rows.ToImmutableArray();
        });

    public Task<QualityCounts> CountAsync(ShopId shop, DateTimeOffset now, CancellationToken ct) =>
        Sql.AskAsync($"The incidents of {shop} could not be counted", ct, async () =>
        {
            var since = (now - AutoCancelRate.Period).UtcDateTime;
            await using var open = source.CreateCommand(CountOpen).With(shop.Value, since);
            var rules = await open.ReadAllAsync(r => KeyValuePair.Create((QualityRule)r.GetInt16(0), r.GetInt64(1)), ct).ConfigureAwait(false);
            await using var rate = source.CreateCommand(CountAutoCancelled).With(shop.Value, since, now.UtcDateTime);
            var row = (await rate.ReadAllAsync(r => (Cancelled: r.GetInt64(0), Due: r.GetInt64(1), Missing: r.GetInt64(2)), ct).ConfigureAwait(false))[0];
            return new QualityCounts(rules.ToImmutableDictionary(), new AutoCancelRate(row.Cancelled, Math.Max(row.Due, 0) + row.Cancelled), row.Missing);
        });

    public Task<ImmutableArray<QualityIncident>> ListAsync(IncidentQuery query, CancellationToken ct)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(query.Limit, 1, nameof(query));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(query.Limit, 500, nameof(query));
        return Sql.AskAsync($"The incidents of {query.Shop} could not be listed", ct, async () =>
        {
            await using var command = source.CreateCommand(List).With(query.Merchant.Value, query.Shop.Value);
            command.Parameters.Add(Typed((short?)query.Rule, NpgsqlDbType.Smallint));
            command.With(query.OpenOnly);
            command.Parameters.Add(Typed(query.After?.OpenedAt.UtcDateTime, NpgsqlDbType.TimestampTz));
            command.Parameters.Add(Typed(query.After?.OrderId, NpgsqlDbType.Text));
            command.Parameters.Add(Typed((short?)query.After?.Rule, NpgsqlDbType.Smallint));
            command.With(query.Limit);
            return (await command.ReadAllAsync(Incident, ct).ConfigureAwait(false)).ToImmutableArray();
        });
    }

    public Task<ImmutableArray<QualityIncident>> UnreportedAsync(ShopId shop, int max, CancellationToken ct) =>
        Sql.AskAsync($"The incidents of {shop} could not be read", ct, async () =>
        {
            await using var command = source.CreateCommand(Unreported).With(shop.Value, max);
            return (await command.ReadAllAsync(Incident, ct).ConfigureAwait(false)).ToImmutableArray();
        });

    public Task ReportedAsync(ImmutableArray<QualityIncident> incidents, DateTimeOffset at, CancellationToken ct) =>
        Sql.AskAsync("Reported incidents could not be marked", ct, async () =>
        {
            await using var command = source.CreateCommand(Reported).With(
                incidents.Select(i => i.Order.Shop.Value).ToArray(),
                incidents.Select(i => i.Order.OrderId).ToArray(),
                incidents.Select(i => (short)i.Rule).ToArray(),
                incidents.Select(i => i.OpenedAt.UtcDateTime).ToArray(),
                incidents.Select(i => i.Reason).ToArray(),
                at.UtcDateTime);
            return await command.ExecuteNonQueryAsync(ct).ConfigureAwait(false);
        });

    private static QualityIncident Incident(NpgsqlDataReader r) => new(
        new OrderKey(new ShopId(r.GetString(0)), r.GetString(1)),
        (QualityRule)r.GetInt16(2),
        r.Instant(3),
        r.GetString(4),
        r.GetString(5),
        r.InstantOrNull(6),
        r.TextOrNull(7),
        r.InstantOrNull(8));

    private static NpgsqlParameter Typed(object? value, NpgsqlDbType type) => new() { Value = value ?? DBNull.Value, NpgsqlDbType = type };
}
