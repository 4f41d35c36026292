using System.Data;
using Engine.Domain.LateDispatch;
using Engine.Domain.Orders;
using Engine.Domain.Ports;
using Engine.Storage.Journal;
using Npgsql;
using NpgsqlTypes;

namespace Engine.Storage.LateDispatch;

/// <summary>The LDR counters and their reader's cursors, moved together.</summary>
public sealed class PostgresLateDispatchStore(NpgsqlDataSource source) : ILateDispatchStore
{
    /// <summary>Name of this reader in `reader_cursors`.</summary>
    public const string Reader = "ldr";

    private const int StartTries = 20;

    /// <summary>The counters change only if the cursor still stood where this reader left it, under its own fence.</summary>
    /// <remarks>Not waited for on the disk: cursor and effect are one transaction, so after power loss both are back at an earlier place, and the rows since are read again.</remarks>
    private const string Commit =
        """
        with moved as (
            update reader_cursors set epoch = $5, xid = $6, seq = $7, started_from = $8
            where reader = 'ldr' and part = $1 and fence = $2 and epoch = $3 and (xid, seq) = ($4, $9)
            returning 1),
        due as (
            insert into ldr_due as t (shop, due_at, orders, on_time, scanned_late, cancelled_before, cancelled_after)
            select d.* from unnest($10, $11, $12, $13, $14, $15, $16) as d (shop, due_at, orders, on_time, scanned_late, cancelled_before, cancelled_after)
            where exists (select from moved)
            order by d.shop, d.due_at
            on conflict (shop, due_at) do update set
                orders = t.orders + excluded.orders, on_time = t.on_time + excluded.on_time, scanned_late = t.scanned_late + excluded.scanned_late,
                cancelled_before = t.cancelled_before + excluded.cancelled_before, cancelled_after = t.cancelled_after + excluded.cancelled_after),
        dispatched as (
            insert into ldr_dispatched as t (shop, on_day, seller, late, platform)
            select d.* from unnest($17, $18, $19, $20, $21) as d (shop, on_day, seller, late, platform)
            where exists (select from moved)
            order by d.shop, d.on_day
            on conflict (shop, on_day) do update set
                seller = t.seller + excluded.seller, late = t.late + excluded.late, platform = t.platform + excluded.platform)
        select count(*), set_config('synchronous_commit', 'off', true) from moved
        """;

    public Task<ReaderLease> StartAsync(int partition, CancellationToken ct) =>
        Sql.AskAsync($"The LDR reader of partition {partition} could not start", ct, async () =>
        {
            for (var tries = 1; ; tries++)
            {
                try
                {
                    return await TryStartAsync(partition, ct).ConfigureAwait(false);
                }
                catch (PostgresException e) when (tries < StartTries && (e.SqlState.StartsWith("40", StringComparison.Ordinal) || e.SqlState == PostgresErrorCodes.UniqueViolation))
                {
                    // Another host takes the same partition over at this moment; whoever comes last has it.
                }
            }
        });

    public Task<ReaderLease?> CommitAsync(
        ReaderLease lease, JournalPosition to, IReadOnlyDictionary<ShopId, LateDispatchDelta> deltas, CancellationToken ct)
    {
        if (to.CompareTo(lease.Position) < 0)
        {
            throw new ArgumentException($"The cursor of partition {lease.Partition} does not move back from {lease.Position} to {to}.", nameof(to));
        }

        // Past everything that was running when the counting began, the snapshot has nothing left to say.
        var startedFrom = lease.StartedFrom is { } from && (to.Epoch != lease.Position.Epoch || to.Xid >= from.Xmax) ? null : lease.StartedFrom;
        return Sql.AskAsync($"The LDR counters of partition {lease.Partition} could not be stored", ct, async () =>
        {
            await using var command = source.CreateCommand(Commit);
            command.With((short)lease.Partition, lease.Fence, (int)lease.Position.Epoch);
            command.Parameters.Add(Xid(lease.Position.Xid));
            command.With((int)to.Epoch);
            command.Parameters.Add(Xid(to.Xid));
            command.With(to.Seq, startedFrom?.ToString());
            command.Parameters[^1].NpgsqlDbType = NpgsqlDbType.Text;
            command.With(lease.Position.Seq);
            AddCounters(command, deltas);
            var moved = (long)(await command.ExecuteScalarAsync(ct).ConfigureAwait(false))! == 1;
            return moved ? lease with { Position = to, StartedFrom = startedFrom } : null;
        });
    }

    public Task<LateDispatchCounters> ReadAsync(ShopId shop, CancellationToken ct) =>
        Sql.AskAsync($"The LDR counters of {shop} could not be read", ct, async () =>
        {
            await using var connection = await source.OpenConnectionAsync(ct).ConfigureAwait(false);
            await using var transaction = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, ct).ConfigureAwait(false);
            return await ReadAsync(connection, shop, ct).ConfigureAwait(false);
        });

    public Task<LateDispatchCounters> RecountAsync(ShopId shop, CancellationToken ct) =>
        Sql.AskAsync($"The orders of {shop} could not be counted", ct, async () =>
        {
            await using var connection = await source.OpenConnectionAsync(ct).ConfigureAwait(false);
            await using var transaction = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, ct).ConfigureAwait(false);
            return await RecountAsync(connection, shop, ct).ConfigureAwait(false);
        });

    internal static async Task<LateDispatchCounters> RecountAsync(NpgsqlConnection connection, ShopId shop, CancellationToken ct)
    {
        var counts = await LateDispatchCount.CountAsync(connection, [shop.Value], ct).ConfigureAwait(false);
        return counts.TryGetValue(shop, out var counted) ? LateDispatchCount.Counters(counted) : LateDispatchCounters.Zero;
    }

    /// <summary>Counters that came back to nothing (an order's deadline moved away) are left out.</summary>
    internal static async Task<LateDispatchCounters> ReadAsync(NpgsqlConnection connection, ShopId shop, CancellationToken ct)
    {
        var counted = new LateDispatchDelta();
        await using (var command = new NpgsqlCommand(
            "select due_at, orders, on_time, scanned_late, cancelled_before, cancelled_after from ldr_due where shop = $1 and (orders, on_time, scanned_late, cancelled_before, cancelled_after) <> (0, 0, 0, 0, 0)",
            connection).With(shop.Value))
        {
            await using var reader = await command.ExecuteReaderAsync(ct).ConfigureAwait(false);
            while (await reader.ReadAsync(ct).ConfigureAwait(false))
            {
                counted.Due[reader.Instant(0)] = new DueCounter(reader.GetInt64(1), reader.GetInt64(2), reader.GetInt64(3), reader.GetInt64(4), reader.GetInt64(5));
            }
        }

        await using (var command = new NpgsqlCommand("select on_day, seller, late, platform from ldr_dispatched where shop = $1 and (seller, late, platform) <> (0, 0, 0)", connection).With(shop.Value))
        {
            await using var reader = await command.ExecuteReaderAsync(ct).ConfigureAwait(false);
            while (await reader.ReadAsync(ct).ConfigureAwait(false))
            {
                counted.Dispatched[reader.GetFieldValue<DateOnly>(0)] = new DispatchedCounter(reader.GetInt64(1), reader.GetInt64(2), reader.GetInt64(3));
            }
        }

        return LateDispatchCount.Counters(counted);
    }

    private async Task<ReaderLease> TryStartAsync(int partition, CancellationToken ct)
    {
        await using var connection = await source.OpenConnectionAsync(ct).ConfigureAwait(false);
        var epoch = await JournalEpoch.CurrentAsync(connection, ct).ConfigureAwait(false);
        await using var transaction = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, ct).ConfigureAwait(false);
        ReaderLease? taken = null;
        await using (var take = new NpgsqlCommand(
            "update reader_cursors set fence = fence + 1 where reader = 'ldr' and part = $1 returning fence, epoch, xid, seq, started_from",
            connection).With((short)partition))
        {
            await using var reader = await take.ExecuteReaderAsync(ct).ConfigureAwait(false);
            if (await reader.ReadAsync(ct).ConfigureAwait(false))
            {
                taken = new ReaderLease(
                    partition,
                    reader.GetInt64(0),
                    Feed.PostgresJournalFeed.Position(reader, 1),
                    reader.TextOrNull(4) is { } from ? JournalSnapshot.Parse(from) : null);
            }
        }

        if (taken is null || taken.Position.Epoch != epoch)
        {
            taken = await CountAsync(connection, partition, epoch, (taken?.Fence ?? 0) + (taken is null ? 1 : 0), ct).ConfigureAwait(false);
        }

        await transaction.CommitAsync(ct).ConfigureAwait(false);
        return taken;
    }

    /// <summary>Counts from the orders as this transaction's snapshot sees them, and starts reading at that snapshot.</summary>
    private static async Task<ReaderLease> CountAsync(NpgsqlConnection connection, int partition, int epoch, long fence, CancellationToken ct)
    {
        // A count over millions of orders may take longer than a step of the engine may.
        await using (var patience = new NpgsqlCommand("set local statement_timeout = 0", connection))
        {
            await patience.ExecuteNonQueryAsync(ct).ConfigureAwait(false);
        }

        await using var ask = new NpgsqlCommand("select pg_current_snapshot()::text", connection);
        var snapshot = JournalSnapshot.Parse((string)(await ask.ExecuteScalarAsync(ct).ConfigureAwait(false))!);
        var shops = await LateDispatchCount.ShopsAsync(connection, ct).ConfigureAwait(false);
        var counted = await KnownShopsAsync(connection, ct).ConfigureAwait(false);
        var mine = shops.Union(counted).Where(s => ShopHash.PartitionOf(s) == partition).ToArray();
        var counts = await LateDispatchCount.CountAsync(connection, mine, ct).ConfigureAwait(false);
        await using (var clear = new NpgsqlCommand(
            "with a as (delete from ldr_due where shop = any ($1)) delete from ldr_dispatched where shop = any ($1)", connection).With((object)mine))
        {
            await clear.ExecuteNonQueryAsync(ct).ConfigureAwait(false);
        }

        // Sequence 0 comes before every row: reading begins with the first transaction the snapshot may not have seen.
        var position = new JournalPosition(epoch, snapshot.Xmin, 0);
        await using (var place = new NpgsqlCommand(
            """
            insert into reader_cursors (reader, part, epoch, xid, seq, fence, started_from) values ('ldr', $1, $2, $3, $4, $5, $6)
            on conflict (reader, part) do update set
                epoch = excluded.epoch, xid = excluded.xid, seq = excluded.seq, fence = excluded.fence, started_from = excluded.started_from
            """,
            connection))
        {
            place.With((short)partition, epoch);
            place.Parameters.Add(Xid(position.Xid));
            place.With(position.Seq, fence, snapshot.ToString());
            await place.ExecuteNonQueryAsync(ct).ConfigureAwait(false);
        }

        var lease = new ReaderLease(partition, fence, position, snapshot);
        await using var store = new NpgsqlCommand(Commit, connection);
        store.With((short)partition, fence, epoch);
        store.Parameters.Add(Xid(position.Xid));
        store.With(epoch);
        store.Parameters.Add(Xid(position.Xid));
        store.With(position.Seq, snapshot.ToString(), position.Seq);
        AddCounters(store, counts);
        await store.ExecuteNonQueryAsync(ct).ConfigureAwait(false);
        return lease;
    }

    private static async Task<List<string>> KnownShopsAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand("select distinct shop from ldr_due union select distinct shop from ldr_dispatched", connection);
        return await command.ReadAllAsync(r => r.GetString(0), ct).ConfigureAwait(false);
    }

    private static void AddCounters(NpgsqlCommand command, IReadOnlyDictionary<ShopId, LateDispatchDelta> deltas)
    {
        var due = deltas.SelectMany(d => d.Value.Due.Select(c => (Shop: d.Key.Value, At: c.Key, Count: c.Value))).ToArray();
        var days = deltas.SelectMany(d => d.Value.Dispatched.Select(c => (Shop: d.Key.Value, On: c.Key, Count: c.Value))).ToArray();
        command.With(
            due.Select(d => d.Shop).ToArray(),
            due.Select(d => d.At.UtcDateTime).ToArray(),
            due.Select(d => d.Count.Orders).ToArray(),
            due.Select(d => d.Count.OnTime).ToArray(),
            due.Select(d => d.Count.ScannedLate).ToArray(),
            due.Select(d => d.Count.CancelledBefore).ToArray(),
            due.Select(d => d.Count.CancelledAfter).ToArray(),
            days.Select(d => d.Shop).ToArray(),
            days.Select(d => d.On).ToArray(),
            days.Select(d => d.Count.Seller).ToArray(),
            days.Select(d => d.Count.Late).ToArray(),
            days.Select(d => d.Count.Platform).ToArray());
    }

    private static NpgsqlParameter Xid(ulong value) => new() { Value = value, NpgsqlDbType = NpgsqlDbType.Xid8 };
}
