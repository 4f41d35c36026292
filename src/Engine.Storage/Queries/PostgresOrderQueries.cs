using System.Collections.Immutable;
using Engine.Domain.LateDispatch;
using Engine.Domain.Orders;
using Engine.Domain.Ports;
using Engine.Domain.Work;
using Npgsql;
using NpgsqlTypes;

namespace Engine.Storage.Queries;

public sealed class PostgresOrderQueries(NpgsqlDataSource source) : IOrderQueries
{
    private const string List =
        """
        select shop, order_id, status, version, placed_at, changed_at, label_by, dispatch_by, first_scan_at, late, parked_reason
        from all_orders
        where merchant = $1
          and ($2::text is null or shop = $2)
          and (cardinality($3::smallint[]) = 0 or status = any ($3))
          and ($4::timestamptz is null or dispatch_by < $4)
          and ($5::timestamptz is null or (changed_at, shop, order_id) > ($5, $6, $7))
        order by changed_at, shop, order_id
        limit $8
        """;

    private const string History =
        """
        select version, at, name, body::text, actor, cause
        from order_events
        where shop = $1 and order_id = $2 and merchant = $3
        order by version
        """;

    /// <summary>Due: 0 overdue, 1 today, 2 tomorrow, 3 later; null where no scan is due any more, or none was ever.</summary>
    private const string Count =
        """
        select shop, status,
            case when first_scan_at is not null or fulfiller <> 0 or dispatch_by is null then null
                 when dispatch_by < $1 then 0
                 when dispatch_by < $2 then 1
                 when dispatch_by < $3 then 2
                 else 3 end as due,
            count(*)
        from orders
        where status not in (80, 90)
        group by 1, 2, 3
        order by 1, 2, 3
        """;

    /// <summary>An exception is a row of the to-do list that only a person can do; reason and words are in the order and its newest event of that kind.</summary>
    private const string Exceptions =
        """
        select w.shop, w.order_id, coalesce(o.parked_reason, ''), coalesce(opened.detail, ''), w.due_at, w.deadline_at
        from order_work w
        join orders o on o.shop = w.shop and o.order_id = w.order_id
        left join lateral (
            select e.body->>'detail' as detail from order_events e
            where e.shop = w.shop and e.order_id = w.order_id and e.name = 'exception.opened'
            order by e.version desc limit 1) opened on true
        where w.kind = $1 and w.merchant = $2
          and (cardinality($3::text[]) = 0 or w.shop = any ($3))
          and ($4::text is null or o.parked_reason = $4)
          and ($5::timestamptz is null or (w.due_at, w.shop, w.order_id) > ($5, $6, $7))
        order by w.due_at, w.shop, w.order_id
        limit $8
        """;

    /// <summary>By shop, so that each is one short range of the index on (shop, kind, due at).</summary>
    private const string CountExceptions =
        """
        select w.shop, coalesce(o.parked_reason, ''), count(*), min(w.due_at)
        from shops s
        join order_work w on w.shop = s.shop and w.kind = $1
        join orders o on o.shop = w.shop and o.order_id = w.order_id
        group by 1, 2
        order by 1, 2
        """;

    private const string Open =
        """
        select order_id from orders
        where shop = $1 and status not in (80, 90) and changed_at < $2
        order by changed_at, order_id
        limit $3
        """;

    public Task<ImmutableArray<OrderRow>> ListAsync(OrderListQuery query, CancellationToken ct)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(query.Limit, 1, nameof(query));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(query.Limit, 500, nameof(query));
        return Sql.AskAsync("Orders could not be listed", ct, async () =>
        {
            await using var command = source.CreateCommand(List);
            command.With(query.Merchant.Value);
            command.Parameters.Add(Typed(query.Shop?.Value, NpgsqlDbType.Text));
            command.With(query.Statuses.IsDefault ? [] : query.Statuses.Select(s => (short)s).ToArray());
            command.Parameters.Add(Typed(query.DueBefore?.UtcDateTime, NpgsqlDbType.TimestampTz));
            command.Parameters.Add(Typed(query.After?.ChangedAt.UtcDateTime, NpgsqlDbType.TimestampTz));
            command.Parameters.Add(Typed(query.After?.Shop.Value, NpgsqlDbType.Text));
            command.Parameters.Add(Typed(query.After?.OrderId, NpgsqlDbType.Text));
            command.With(query.Limit);
            var rows = await command.ReadAllAsync(
                r => new OrderRow(
                    new OrderKey(new ShopId(r.GetString(0)), r.GetString(1)),
                    (OrderStatus)r.GetInt16(2),
                    r.GetInt32(3),
                    r.Instant(4),
                    r.Instant(5),
                    r.InstantOrNull(6),
                    r.InstantOrNull(7),
                    r.InstantOrNull(8),
                    r.IsDBNull(9) ? null : r.GetBoolean(9),
                    r.TextOrNull(10)),
                ct).ConfigureAwait(false);
            return rows.ToImmutableArray();
        });
    }

    public Task<ImmutableArray<OrderHistoryEntry>> HistoryAsync(MerchantId merchant, OrderKey key, CancellationToken ct) =>
        Sql.AskAsync($"The history of {key} could not be read", ct, async () =>
        {
            await using var command = source.CreateCommand(History).With(key.Shop.Value, key.OrderId, merchant.Value);
            var rows = await command.ReadAllAsync(
                r => new OrderHistoryEntry(r.GetInt32(0), r.Instant(1), r.GetString(2), r.GetString(3), r.GetString(4), r.TextOrNull(5)), ct).ConfigureAwait(false);
            return rows.ToImmutableArray();
        });

    public Task<ImmutableArray<StatusCount>> CountAsync(DateTimeOffset businessNow, CancellationToken ct) =>
        Sql.AskAsync("Orders could not be counted", ct, async () =>
        {
            var today = PolicyDay.Of(businessNow);
            await using var command = source.CreateCommand(Count).With(
                businessNow.UtcDateTime, PolicyDay.StartOf(today.AddDays(1)).UtcDateTime, PolicyDay.StartOf(today.AddDays(2)).UtcDateTime);
            var rows = await command.ReadAllAsync(
                r => new StatusCount(
                    new ShopId(r.GetString(0)), (OrderStatus)r.GetInt16(1), r.IsDBNull(2) ? null : (DueBucket)r.GetInt32(2), r.GetInt64(3)),
                ct).ConfigureAwait(false);
            return rows.ToImmutableArray();
        });

    public Task<ImmutableArray<ExceptionRow>> ExceptionsAsync(ExceptionQuery query, CancellationToken ct)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(query.Limit, 1, nameof(query));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(query.Limit, 500, nameof(query));
        return Sql.AskAsync("Exceptions could not be listed", ct, async () =>
        {
            await using var command = source.CreateCommand(Exceptions);
            command.With((short)WorkKind.AskPerson, query.Merchant.Value, query.Shops.IsDefault ? Array.Empty<string>() : query.Shops.Select(s => s.Value).ToArray());
            command.Parameters.Add(Typed(query.Reason, NpgsqlDbType.Text));
            command.Parameters.Add(Typed(query.After?.Since.UtcDateTime, NpgsqlDbType.TimestampTz));
            command.Parameters.Add(Typed(query.After?.Shop.Value, NpgsqlDbType.Text));
            command.Parameters.Add(Typed(query.After?.OrderId, NpgsqlDbType.Text));
            command.With(query.Limit);
            var rows = await command.ReadAllAsync(
                r => new ExceptionRow(new OrderKey(new ShopId(r.GetString(0)), r.GetString(1)), r.GetString(2), r.GetString(3), r.Instant(4), r.InstantOrNull(5)),
                ct).ConfigureAwait(false);
            return rows.ToImmutableArray();
        });
    }

    public Task<ImmutableArray<ExceptionCount>> CountExceptionsAsync(CancellationToken ct) =>
        Sql.AskAsync("Exceptions could not be counted", ct, async () =>
        {
            await using var command = source.CreateCommand(CountExceptions).With((short)WorkKind.AskPerson);
            var rows = await command.ReadAllAsync(
                r => new ExceptionCount(new ShopId(r.GetString(0)), r.GetString(1), r.GetInt64(2), r.Instant(3)), ct).ConfigureAwait(false);
            return rows.ToImmutableArray();
        });

    public Task<ImmutableArray<string>> OpenOrdersAsync(ShopId shop, DateTimeOffset changedBefore, int max, CancellationToken ct) =>
        Sql.AskAsync($"The open orders of {shop} could not be read", ct, async () =>
        {
            await using var command = source.CreateCommand(Open).With(shop.Value, changedBefore.UtcDateTime, max);
            return (await command.ReadAllAsync(r => r.GetString(0), ct).ConfigureAwait(false)).ToImmutableArray();
        });

    public Task<ImmutableDictionary<string, DateTimeOffset>> UpdatedAtAsync(ShopId shop, ImmutableArray<string> orderIds, CancellationToken ct) =>
        Sql.AskAsync($"Orders of {shop} could not be looked up", ct, async () =>
        {
            await using var command = source.CreateCommand(
                "select order_id, updated_at from all_orders where shop = $1 and order_id = any ($2) and parked_reason is distinct from $3")
                .With(shop.Value, orderIds.ToArray(), ParkReason.Unstorable);
            var rows = await command.ReadAllAsync(r => KeyValuePair.Create(r.GetString(0), r.Instant(1)), ct).ConfigureAwait(false);
            return rows.ToImmutableDictionary(StringComparer.Ordinal);
        });

    private static NpgsqlParameter Typed(object? value, NpgsqlDbType type) => new() { Value = value ?? DBNull.Value, NpgsqlDbType = type };
}
