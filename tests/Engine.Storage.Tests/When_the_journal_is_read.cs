using Engine.Domain.Orders;
using Engine.Domain.Ports;
using Engine.Storage.Journal;
using Engine.Testing.Orders;
using Engine.Testing.Postgres;
using Npgsql;

namespace Engine.Storage.Tests;

public sealed class When_the_journal_is_read(PostgresFixture postgres) : DatabaseTests(postgres)
{
    private static readonly JournalPosition Beginning = new(0, 0, 0);

    [Fact]
    public async Task Every_event_comes_once_and_in_order_per_order_from_two_hosts()
    {
        await using var other = new TestStorage(ConnectionString);
        await Task.WhenAll(Enumerable.Range(0, 60).Select(async i =>
        {
            var order = new Journey("shop-a", $"order-{i}");
            foreach (var unit in new[] { order.Receive(), order.Release(), order.Allocate(), order.Intend(), order.Purchase() })
            {
                // Steps of one order through both hosts.
                var host = unit.Orders[0].ExpectedVersion % 2 == 0 ? Storage : other;
                Assert.Equal(AppendAnswer.Accepted, await host.Journal.AppendAsync(unit, default));
            }
        }));

        var events = await ReadAsync("shop-a", 300, page: 7);
        Assert.Equal(300, events.Count);
        Assert.Equal(300, events.Select(e => (e.Order, e.Version)).Distinct().Count());
        Assert.Equal(events.Select(e => e.Position).Order(), events.Select(e => e.Position));
        foreach (var order in events.GroupBy(e => e.Order))
        {
            Assert.Equal([1, 2, 3, 4, 5], order.Select(e => e.Version));
        }
    }

    [Fact]
    public async Task An_event_tells_who_decided_when_and_why()
    {
        var order = new Journey("shop-b", "author");
        var unit = order.Receive() with { Causation = new Causation("key:k1", Guid.NewGuid(), "webhook 7") };
        await Storage.Journal.AppendAsync(unit, default);
        var e = Assert.Single(await ReadAsync("shop-b", 1));
        Assert.Equal(("key:k1", unit.Causation.CommandId, "webhook 7", unit.At), (e.Actor, e.CommandId, e.Cause, e.At));
        Assert.Equal(order.State.Merchant, e.Merchant);
        Assert.Equal("author-1", Assert.Single(Assert.IsType<OrderReceived>(e.Event).Lines).LineId);
    }

    [Fact]
    public async Task Nothing_is_read_that_a_running_transaction_could_still_precede()
    {
        var early = new Journey("shop-a", "early");
        await Storage.Journal.AppendAsync(early.Receive(), default);

        await using var slow = new NpgsqlConnection(ConnectionString);
        await using var transaction = await WriteWithoutCommitAsync(slow);

        var fast = new Journey("shop-a", "fast");
        await Storage.Journal.AppendAsync(fast.Receive(), default);
        var before = await Storage.Feed.ReadAsync(Storage.Feed.PartitionOf(new ShopId("shop-a")), Beginning, 100, default);
        Assert.DoesNotContain(before.Events, e => e.Order.OrderId == "fast");
        Assert.True(before.HeldBack);
        Assert.True(await Storage.Feed.HorizonAgeAsync(default) > TimeSpan.Zero);

        await transaction.CommitAsync();
        var events = await ReadAsync("shop-a", 3);
        Assert.Equal(["early", "slow", "fast"], events.Select(e => e.Order.OrderId));
    }

    [Fact]
    public async Task From_the_horizon_on_nothing_is_missed_that_a_transaction_running_then_commits_later()
    {
        await Storage.Journal.AppendAsync(new Journey("shop-a", "early").Receive(), default);
        await using var slow = new NpgsqlConnection(ConnectionString);
        await using var transaction = await WriteWithoutCommitAsync(slow);

        var horizon = await Storage.Feed.HorizonAsync(default);
        await transaction.CommitAsync();
        await Storage.Journal.AppendAsync(new Journey("shop-a", "late").Receive(), default);

        // A transaction of another database may hold the horizon back: read twice is no loss.
        var read = await ReadAsync(Storage, "shop-a", 2, horizon);
        var all = read[0].Order.OrderId == "early" ? await ReadAsync(Storage, "shop-a", 3, horizon) : read;
        Assert.Equal(["slow", "late"], all.TakeLast(2).Select(e => e.Order.OrderId));
    }

    [Fact]
    public async Task A_position_with_nothing_behind_it_stays()
    {
        var at = new JournalPosition(1, ulong.MaxValue >> 1, 5);
        var batch = await Storage.Feed.ReadAsync(0, at, 10, default);
        Assert.Empty(batch.Events);
        Assert.Equal(at, batch.Next);
        Assert.False(batch.HeldBack);
    }

    [Fact]
    public async Task After_a_restore_reading_goes_on_where_it_stood_and_new_events_follow_the_old()
    {
        foreach (var i in Enumerable.Range(0, 4))
        {
            await Storage.Journal.AppendAsync(new Journey("shop-a", $"before-{i}").Receive(), default);
        }

        var seen = await ReadAsync("shop-a", 2, page: 1);

        // As if the dump had come from a cluster far ahead: its transaction ids mean nothing here.
        await Storage.ExecuteAsync("update order_events set xid = (xid::text::bigint + 1000000000)::text::xid8");
        var cursor = seen[^1].Position with { Xid = seen[^1].Position.Xid + 1_000_000_000 };
        await using var restored = new TestStorage(await Postgres.Cluster.CopyDatabaseAsync(ConnectionString));
        await restored.Journal.AppendAsync(new Journey("shop-a", "after").Receive(), default);

        var rest = await ReadAsync(restored, "shop-a", 3, cursor);
        Assert.Equal(["before-2", "before-3", "after"], rest.Select(e => e.Order.OrderId));
        Assert.Equal(2, rest[^1].Position.Epoch);
    }

    [Fact]
    public async Task The_epoch_stays_while_the_database_is_the_same_and_grows_when_an_operator_says_so()
    {
        await using var connection = await Storage.Pool.OpenConnectionAsync();
        Assert.Equal(1, await JournalEpoch.CurrentAsync(connection, default));
        Assert.Equal(1, await JournalEpoch.CurrentAsync(connection, default));
        Assert.Equal(2, await JournalEpoch.BumpAsync(connection, default));
        Assert.Equal(2, await JournalEpoch.CurrentAsync(connection, default));
    }

    [Fact]
    public async Task A_commit_wakes_readers_of_its_partition()
    {
        var told = new TaskCompletionSource<int>();
        Storage.Feed.Committed += partition => told.TrySetResult(partition);
        await Storage.Journal.AppendAsync(new Journey("shop-c", "wake").Receive(), default);
        Assert.Equal(Storage.Feed.PartitionOf(new ShopId("shop-c")), await told.Task.WaitAsync(TimeSpan.FromSeconds(30)));
    }

    [Fact]
    public async Task Progress_is_even_exactly_when_every_partition_is_read_to_its_end()
    {
        Assert.Equal((0, 0), await Storage.Feed.ProgressAsync(default));
        string[] shops = ["shop-a", "shop-b", "shop-c", "shop-d", "shop-e"];
        foreach (var shop in shops)
        {
            await Storage.Journal.AppendAsync(new Journey(shop, "one").Receive(), default);
        }

        var (head, applied) = await Storage.Feed.ProgressAsync(default);
        Assert.Equal(await Storage.ScalarAsync<long>("select max(seq) from order_events"), head);
        Assert.Equal(0, applied);
        for (var partition = 0; partition < Storage.Feed.Partitions; partition++)
        {
            await TestReader.CatchUpAsync(Storage, await Storage.LateDispatch.StartAsync(partition, default));
        }

        Assert.Equal((head, head), await Storage.Feed.ProgressAsync(default));
        await Storage.Journal.AppendAsync(new Journey("shop-c", "two").Receive(), default);
        (head, applied) = await Storage.Feed.ProgressAsync(default);
        Assert.True(applied < head);
    }

    /// <summary>A slow writer of another host: after the order `early` it has its transaction id, and has not committed.</summary>
    private static async Task<NpgsqlTransaction> WriteWithoutCommitAsync(NpgsqlConnection slow)
    {
        await slow.OpenAsync();
        var transaction = await slow.BeginTransactionAsync();
        await using var insert = new NpgsqlCommand(
            """
            insert into order_events (shop, order_id, version, merchant, epoch, part, schema, name, at, command_id, actor, body)
            select shop, 'slow', 1, merchant, epoch, part, schema, name, at, gen_random_uuid(), actor, body from order_events where order_id = 'early'
            """,
            slow,
            transaction);
        Assert.Equal(1, await insert.ExecuteNonQueryAsync());
        return transaction;
    }

    private Task<List<JournalEvent>> ReadAsync(string shop, int count, int page = 100) =>
        ReadAsync(Storage, shop, count, Beginning, page);

    /// <summary>Reads pages until so many came; other tests' transactions may hold the horizon back for moments.</summary>
    private static async Task<List<JournalEvent>> ReadAsync(
        TestStorage storage, string shop, int count, JournalPosition after, int page = 100)
    {
        var events = new List<JournalEvent>();
        var partition = storage.Feed.PartitionOf(new ShopId(shop));
        for (var tries = 0; events.Count < count; tries++)
        {
            Assert.True(tries < 5000, $"only {events.Count} of {count} events came");
            var batch = await storage.Feed.ReadAsync(partition, after, page, default);
            events.AddRange(batch.Events);
            after = batch.Next;
        }

        return events;
    }
}
