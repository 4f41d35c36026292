using System.Collections.Immutable;
using Engine.Domain.Labels;
using Engine.Domain.Orders;
using Engine.Domain.Ports;
using Engine.Domain.Work;
using Npgsql;

namespace Engine.Storage.Work;

/// <summary>Reads `order_work`; the journal writes it.</summary>
public sealed class PostgresWorkQueue(NpgsqlDataSource source) : IWorkQueue
{
    private const string Load =
        """
        select order_id, kind, due_at, deadline_at, version, cancel_at
        from order_work
        where shop = $1 and kind = any ($2) and due_at <= $3
        order by
            case when cancel_at <= $5 then cancel_at end nulls last,
            coalesce(deadline_at < $3, false), deadline_at nulls last, due_at, order_id
        limit $4
        """;

    private const string LoadLate =
        """
        select order_id, kind, due_at, deadline_at, version, cancel_at
        from order_work
        where shop = $1 and kind = any ($2) and due_at <= $3 and deadline_at < $3 and (cancel_at > $5) is not false
        order by deadline_at, due_at, order_id
        limit $4
        """;

    /// <summary>Hops from one (shop, kind) to the next along the index: one lookup per pair.</summary>
    private const string Scan =
        """
        with recursive front as (
            (select shop, kind, due_at from order_work order by shop, kind, due_at limit 1)
            union all
            select n.shop, n.kind, n.due_at
            from front f
            cross join lateral (
                select w.shop, w.kind, w.due_at from order_work w
                where (w.shop, w.kind) > (f.shop, f.kind)
                order by w.shop, w.kind, w.due_at limit 1) n)
        select shop, kind, due_at from front
        """;

    /// <summary>Rows that a batch of the journal holds are skipped: they are being changed, and nobody waits for anybody.</summary>
    private const string Postpone =
        """
        update order_work w set due_at = $4
        from (
            select order_id from order_work
            where shop = $1 and kind = $2 and order_id = any ($3) and due_at < $4
            order by order_id for update skip locked) due
        where w.shop = $1 and w.kind = $2 and w.order_id = due.order_id
        """;

    private static readonly string Wakes =
        $"kind not in ({string.Join(", ", Enum.GetValues<WorkKind>().Where(k => !k.WakesClock()).Select(k => (int)k))})";

    /// <summary>Not part of the migrations: only stepped time reads it, and every order would pay for it.</summary>
    private static readonly string IndexAhead =
        $"""
        select pg_advisory_xact_lock(hashtext('order_work_ahead'));
        create index if not exists order_work_ahead on order_work (due_at) where {Wakes};
        """;

    private static readonly string LookAhead =
        $"""
        select shop, kind, min(due_at) from order_work where due_at <= $1 and {Wakes} group by shop, kind
        union all
        (select null, null, due_at from order_work where due_at > $1 and {Wakes} order by due_at limit 1)
        """;

    private int aheadIndexed;

    public Task<ImmutableArray<DueWork>> LoadAsync(
        ShopId shop, ImmutableArray<WorkKind> kinds, DateTimeOffset dueBy, DateTimeOffset endangeredBy, int max, CancellationToken ct) =>
        Sql.AskAsync($"Work of {shop} could not be read", ct, async () =>
        {
            var rows = await LoadAsync(Load, max).ConfigureAwait(false);
            if (rows.Count == max && max >= PurchasePlanner.LateFloor)
            {
                // What is late sorts last and would never be seen behind a long queue.
                rows.AddRange((await LoadAsync(LoadLate, max / PurchasePlanner.LateFloor).ConfigureAwait(false)).Except(rows).ToList());
            }

            return rows.ToImmutableArray();

            async Task<List<DueWork>> LoadAsync(string sql, int limit)
            {
                await using var command = source.CreateCommand(sql)
                    .With(shop.Value, kinds.Select(k => (short)k).ToArray(), dueBy.UtcDateTime, limit, endangeredBy.UtcDateTime);
                return await command.ReadAllAsync(
                    r => new DueWork(
                        new OrderKey(shop, r.GetString(0)), (WorkKind)r.GetInt16(1), r.Instant(2), r.InstantOrNull(3), r.GetInt32(4), r.InstantOrNull(5)),
                    ct).ConfigureAwait(false);
            }
        });

    public Task<ImmutableArray<WorkFront>> ScanAsync(CancellationToken ct) =>
        Sql.AskAsync("Work fronts could not be read", ct, async () =>
        {
            await using var command = source.CreateCommand(Scan);
            return (await command.ReadAllAsync(Front, ct).ConfigureAwait(false)).ToImmutableArray();
        });

    public Task<WorkAhead> LookAheadAsync(DateTimeOffset now, CancellationToken ct) =>
        Sql.AskAsync("Work ahead could not be read", ct, async () =>
        {
            if (Volatile.Read(ref aheadIndexed) == 0)
            {
                await using var index = source.CreateCommand(IndexAhead);
                await index.ExecuteNonQueryAsync(ct).ConfigureAwait(false);
                Volatile.Write(ref aheadIndexed, 1);
            }

            var due = ImmutableArray.CreateBuilder<WorkFront>();
            DateTimeOffset? next = null;
            await using var command = source.CreateCommand(LookAhead).With(now.UtcDateTime);
            await using var reader = await command.ExecuteReaderAsync(ct).ConfigureAwait(false);
            while (await reader.ReadAsync(ct).ConfigureAwait(false))
            {
                if (reader.IsDBNull(0))
                {
                    next = reader.Instant(2);
                }
                else
                {
                    due.Add(Front(reader));
                }
            }

            return new WorkAhead(due.ToImmutable(), next);
        });

    public Task PostponeAsync(ShopId shop, WorkKind kind, ImmutableArray<string> orderIds, DateTimeOffset dueAt, CancellationToken ct) =>
        Sql.AskAsync($"Work of {shop} could not be put off", ct, async () =>
        {
            await using var command = source.CreateCommand(Postpone).With(shop.Value, (short)kind, orderIds.ToArray(), dueAt.UtcDateTime);
            return await command.ExecuteNonQueryAsync(ct).ConfigureAwait(false);
        });

    private static WorkFront Front(NpgsqlDataReader row) => new(new ShopId(row.GetString(0)), (WorkKind)row.GetInt16(1), row.Instant(2));
}
