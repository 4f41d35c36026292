using System.Collections.Immutable;
using Engine.Domain.Orders;
using Engine.Domain.Ports;
using Engine.Storage.Journal;
using Npgsql;
using NpgsqlTypes;

namespace Engine.Storage.Feed;

/// <summary>Reads the journal in the order (epoch, transaction, sequence), below the oldest transaction that still runs.</summary>
public sealed class PostgresJournalFeed : IJournalFeed
{
    /// <summary>Rows of an earlier epoch are all settled; those of this one only below the horizon.</summary>
    private const string Read =
        """
        (select e.epoch, e.xid, e.seq, e.merchant, e.shop, e.order_id, e.version, e.at, e.name, e.schema, e.body, e.actor, e.command_id, e.cause
        from order_events e
        where e.part = $1
          and (e.epoch, e.xid, e.seq) > ($2, $3, $4)
          and (e.xid < pg_snapshot_xmin(pg_current_snapshot()) or e.epoch < (select epoch from journal_epoch))
        order by e.epoch, e.xid, e.seq
        limit $5)
        union all
        (select null, null, null, null, null, null, null, null, null, null, null, null, null, null
        from order_events e
        where e.part = $1
          and (e.epoch, e.xid, e.seq) > ($2, $3, $4)
          and e.epoch = (select epoch from journal_epoch) and e.xid >= pg_snapshot_xmin(pg_current_snapshot())
        limit 1)
        """;

    /// <summary>Rows of transactions below it are settled and readable; those of all others come behind it, whenever they commit.</summary>
    private const string Horizon = "select epoch, pg_snapshot_xmin(pg_current_snapshot()), 0::bigint from journal_epoch";

    private const string HorizonAge =
        """
        select coalesce(max(extract(epoch from clock_timestamp() - began)), 0)::double precision
        from (
            select xact_start as began from pg_stat_activity where backend_xid is not null
            union all
            select prepared from pg_prepared_xacts) running
        """;

    private const string Progress =
        """
        select h.epoch, h.xid, h.seq, c.epoch, c.xid, c.seq
        from generate_series(0, $1 - 1) as p (part)
        cross join lateral (
            select e.epoch, e.xid, e.seq from order_events e where e.part = p.part
            order by e.epoch desc, e.xid desc, e.seq desc limit 1) h
        left join lateral (
            select c.epoch, c.xid, c.seq from reader_cursors c where c.part = p.part
            order by c.epoch, c.xid, c.seq limit 1) c on true
        """;

    private readonly NpgsqlDataSource source;

    public PostgresJournalFeed(NpgsqlDataSource source, JournalSignals signals)
    {
        this.source = source;
        signals.Committed += partition => Committed?.Invoke(partition);
    }

    public event Action<int>? Committed;

    public int Partitions => ShopHash.Partitions;

    public int PartitionOf(ShopId shop) => ShopHash.PartitionOf(shop.Value);

    public Task<JournalBatch> ReadAsync(int partition, JournalPosition after, int max, CancellationToken ct) =>
        Sql.AskAsync($"Partition {partition} of the journal could not be read", ct, async () =>
        {
            await using var command = source.CreateCommand(Read).With((short)partition, checked((int)after.Epoch));
            command.Parameters.Add(new NpgsqlParameter { Value = after.Xid, NpgsqlDbType = NpgsqlDbType.Xid8 });
            command.With(after.Seq, max);
            var events = ImmutableArray.CreateBuilder<JournalEvent>();
            var heldBack = false;
            await using var reader = await command.ExecuteReaderAsync(ct).ConfigureAwait(false);
            while (await reader.ReadAsync(ct).ConfigureAwait(false))
            {
                if (reader.IsDBNull(0))
                {
                    heldBack = true;
                }
                else
                {
                    events.Add(Event(reader));
                }
            }

            return new JournalBatch(events.ToImmutable(), events.Count == 0 ? after : events[^1].Position, heldBack);
        });

    public Task<JournalPosition> HorizonAsync(CancellationToken ct) =>
        Sql.AskAsync("The journal's horizon could not be read", ct, async () =>
        {
            await using var command = source.CreateCommand(Horizon);
            return (await command.ReadAllAsync(r => Position(r, 0), ct).ConfigureAwait(false)).Single();
        });

    public Task<TimeSpan> HorizonAgeAsync(CancellationToken ct) =>
        Sql.AskAsync("The journal's horizon could not be read", ct, async () =>
        {
            await using var command = source.CreateCommand(HorizonAge);
            return TimeSpan.FromSeconds((double)(await command.ExecuteScalarAsync(ct).ConfigureAwait(false))!);
        });

    /// <remarks>
    /// Sequence numbers alone do not order the journal (two transactions may overlap), so partitions are compared by position:
    /// applied equals head exactly when every reader stands at or beyond the newest row of its partition.
    /// </remarks>
    public Task<(long Head, long Applied)> ProgressAsync(CancellationToken ct) =>
        Sql.AskAsync("The journal's progress could not be read", ct, async () =>
        {
            await using var command = source.CreateCommand(Progress).With(ShopHash.Partitions);
            var rows = await command.ReadAllAsync(
                r => (Head: Position(r, 0), Cursor: r.IsDBNull(3) ? (JournalPosition?)null : Position(r, 3)), ct).ConfigureAwait(false);
            var head = 0L;
            foreach (var row in rows)
            {
                head = Math.Max(head, row.Head.Seq);
            }

            var applied = head;
            foreach (var (last, cursor) in rows)
            {
                if (cursor is null || cursor.Value.CompareTo(last) < 0)
                {
                    applied = Math.Min(applied, Math.Min(cursor?.Seq ?? 0, head - 1));
                }
            }

            return (head, applied);
        });

    internal static JournalPosition Position(NpgsqlDataReader row, int column) =>
        new(row.GetInt32(column), row.GetFieldValue<ulong>(column + 1), row.GetInt64(column + 2));

    private static JournalEvent Event(NpgsqlDataReader row) => new(
        Position(row, 0),
        new MerchantId(row.GetString(3)),
        new OrderKey(new ShopId(row.GetString(4)), row.GetString(5)),
        row.GetInt32(6),
        row.Instant(7),
        EventCodec.Decode(row.GetString(8), row.GetInt16(9), row.GetFieldValue<byte[]>(10)),
        row.GetString(11),
        row.GetGuid(12),
        row.TextOrNull(13));
}
