using Engine.Domain.Orders;
using Engine.Domain.Ports;
using Engine.Storage.Journal;
using Engine.Testing.Orders;
using Engine.Testing.Postgres;
using Npgsql;

namespace Engine.Storage.Tests;

public sealed class When_writes_are_gathered(PostgresFixture postgres) : DatabaseTests(postgres)
{
    [Fact]
    public async Task One_stale_one_oversized_and_one_duplicate_among_500_fail_alone()
    {
        var stale = new Journey("shop-a", "order-stale");
        await Storage.Journal.AppendAsync(stale.Receive(), default);
        var rival = new Journey(stale.State);
        await Storage.Journal.AppendAsync(rival.Release(), default);

        // Random, so that it cannot be compressed: longer than any index takes.
        var noise = new byte[9000];
        new Random(7).NextBytes(noise);
        var units = Enumerable.Range(0, 497).Select(i => new Journey("shop-a", $"order-{i:000}").Receive()).ToList();
        units.Insert(100, stale.Release());
        units.Insert(200, new Journey("shop-a", Convert.ToHexString(noise)).Receive());
        units.Insert(300, new Journey("shop-a", "order-007").Receive());

        var answers = await AppendTogetherAsync(units);

        Assert.Equal(AppendResult.Conflict, answers[100].Result);
        Assert.Equal(AppendResult.Refused, answers[200].Result);
        Assert.Contains("54000", answers[200].Detail, StringComparison.Ordinal);
        Assert.Equal(AppendResult.Conflict, answers[300].Result);
        Assert.Equal(497, answers.Count(a => a.Result == AppendResult.Accepted));
        Assert.Equal(498L, await Storage.ScalarAsync<long>("select count(*) from orders"));
    }

    [Fact]
    public async Task Text_that_the_database_cannot_hold_is_refused_alone()
    {
        var units = Enumerable.Range(0, 20).Select(i => new Journey("shop-a", $"nul-{i}").Receive()).ToList();
        units.Insert(10, new Journey("shop-a", "nul-\0").Receive());
        units.Insert(15, new Journey("shop-a", "half-\ud800").Receive());
        var answers = await AppendTogetherAsync(units);
        Assert.Equal(AppendResult.Refused, answers[10].Result);
        Assert.Equal(AppendResult.Refused, answers[15].Result);
        Assert.Equal(20, answers.Count(a => a.Result == AppendResult.Accepted));
    }

    [Fact]
    public async Task A_unit_beyond_the_size_limit_is_refused_before_the_database_sees_it()
    {
        var order = new Journey("shop-a", "large");
        var document = System.Text.Encoding.UTF8.GetBytes($"\"{new string('x', 5_000_000)}\"");
        var answer = await Storage.Journal.AppendAsync(order.Take([order.Received()], document: document), default);
        Assert.Equal(AppendResult.Refused, answer.Result);
        Assert.Contains("5000", answer.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_full_queue_pushes_back()
    {
        await using var narrow = new TestStorage(ConnectionString, new JournalOptions { Lanes = 1, QueueUnits = 2, BatchUnits = 1 });
        await using var blocker = await BlockAsync(ConnectionString, "lock table orders in exclusive mode");
        var pending = Enumerable.Range(0, 50).Select(i => narrow.Journal.AppendAsync(new Journey("shop-a", $"full-{i}").Receive(), default).AsTask()).ToList();
        var refused = pending.Where(p => p.IsCompleted).Select(p => p.Result).ToList();
        Assert.NotEmpty(refused);
        Assert.All(refused, a => Assert.Equal(AppendResult.NotApplied, a.Result));
        await blocker.DisposeAsync();
        Assert.Equal(50 - refused.Count, (await Task.WhenAll(pending)).Count(a => a.Result == AppendResult.Accepted));
    }

    [Fact]
    public async Task Deadlocks_are_not_seen_by_callers()
    {
        await RaiseAsync("40P01", times: 3);
        Assert.Equal(AppendAnswer.Accepted, await Storage.Journal.AppendAsync(new Journey("shop-a", "deadlock").Receive(), default));
        Assert.Equal(4L, await Storage.ScalarAsync<long>("select last_value from raised"));
    }

    [Fact]
    public async Task A_full_disk_is_surely_not_applied_and_writing_goes_on_when_there_is_room()
    {
        await RaiseAsync("53100", times: 1);
        var order = new Journey("shop-a", "disk");
        var unit = order.Receive();
        var answer = await Storage.Journal.AppendAsync(unit, default);
        Assert.Equal(AppendResult.NotApplied, answer.Result);
        Assert.Contains("53100", answer.Detail, StringComparison.Ordinal);
        Assert.Null(await Storage.Journal.LoadAsync(order.Key, default));
        Assert.Equal(AppendAnswer.Accepted, await Storage.Journal.AppendAsync(unit, default));
    }

    [Fact]
    public async Task A_backend_killed_during_commit_leaves_the_outcome_unknown_and_the_journal_usable()
    {
        // Runs when the transaction commits.
        await Storage.ExecuteAsync(
            """
            create function dawdle() returns trigger language plpgsql as $$ begin perform pg_sleep(60); return null; end $$;
            create constraint trigger dawdle after insert on order_events deferrable initially deferred for each row execute function dawdle();
            """);
        var order = new Journey("shop-a", "killed");
        var unit = order.Receive();
        var pending = Storage.Journal.AppendAsync(unit, default).AsTask();
        await WaitForAsync("select count(*) from pg_stat_activity where datname = current_database() and wait_event = 'PgSleep'", 1);
        await Storage.ScalarAsync<bool>("select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and wait_event = 'PgSleep'");
        Assert.Equal(AppendResult.Unknown, (await pending).Result);

        await Storage.ExecuteAsync("drop trigger dawdle on order_events");
        Assert.Null(await Storage.Journal.LoadAsync(order.Key, default));
        Assert.Equal(AppendAnswer.Accepted, await Storage.Journal.AppendAsync(unit, default));
    }

    [Fact]
    public async Task An_answer_lost_after_commit_is_unknown_and_found_by_its_command()
    {
        var target = new NpgsqlConnectionStringBuilder(ConnectionString);
        await using var proxy = new CuttingProxy(target.Host!, target.Port);
        await using var far = new TestStorage(new NpgsqlConnectionStringBuilder(ConnectionString) { Port = proxy.Port }.ConnectionString);
        var first = new Journey("shop-a", "before");
        Assert.Equal(AppendAnswer.Accepted, await far.Journal.AppendAsync(first.Receive(), default));

        var order = new Journey("shop-a", "lost");
        var unit = order.Receive();
        proxy.CutNextAnswer();
        var answer = await far.Journal.AppendAsync(unit, default);
        Assert.Equal(1, proxy.Cuts);
        Assert.Equal(AppendResult.Unknown, answer.Result);
        await WaitForAsync("select count(*) from orders where order_id = 'lost'", 1);
        Assert.Equal(unit.Causation.CommandId, (await far.Journal.LoadAsync(order.Key, default))!.LastCommandId);
        Assert.Equal(AppendResult.Conflict, (await far.Journal.AppendAsync(unit, default)).Result);
    }

    [Fact]
    public async Task Without_a_database_nothing_is_applied_and_loading_says_so()
    {
        await using var nowhere = new TestStorage("Host=127.0.0.1;Port=1;Username=x;Password=x;Database=x");
        var order = new Journey("shop-a", "nowhere");
        Assert.Equal(AppendResult.NotApplied, (await nowhere.Journal.AppendAsync(order.Receive(), default)).Result);
        await Assert.ThrowsAsync<JournalUnavailableException>(async () => await nowhere.Journal.LoadAsync(order.Key, default));
    }

    [Fact]
    public async Task What_is_queued_is_answered_when_the_journal_closes()
    {
        var closing = new TestStorage(ConnectionString);
        var pending = Enumerable.Range(0, 200).Select(i => closing.Journal.AppendAsync(new Journey("shop-a", $"closing-{i}").Receive(), default).AsTask()).ToList();
        await closing.DisposeAsync();
        Assert.All(await Task.WhenAll(pending), a => Assert.Equal(AppendAnswer.Accepted, a));
    }

    [Fact]
    public async Task Two_hosts_committing_overlapping_parcels_see_no_deadlock_and_lose_nothing()
    {
        const int orders = 12;
        const int units = 250;
        await using var other = new TestStorage(ConnectionString);
        for (var i = 0; i < orders; i++)
        {
            await Storage.Journal.AppendAsync(new Journey("shop-a", $"shared-{i}").Receive(), default);
        }

        var accepted = await Task.WhenAll(
            Enumerable.Range(0, 8).Select(i => OverlappingParcels.CommitAsync(i % 2 == 0 ? Storage : other, "shop-a", "shared-", orders, units / 4, seed: i)));
        Assert.Equal(8 * (units / 4), accepted.Sum(a => a.Units));
        Assert.Equal(orders + accepted.Sum(a => a.Orders), await Storage.ScalarAsync<long>("select sum(version) from orders where order_id like 'shared-%'"));
        Assert.Equal(orders + accepted.Sum(a => a.Orders), await Storage.ScalarAsync<long>("select count(*) from order_events where order_id like 'shared-%'"));
    }

    [Fact]
    public async Task Work_lines_parcels_and_document_are_as_the_newest_state_says()
    {
        var order = new Journey("shop-a", "rows");
        await AllAcceptedAsync(order.Receive(lines: 3), order.Release(), order.Allocate(), order.Intend(), order.Purchase(), order.StoreLabel());
        Assert.Equal("5,8", await Storage.ScalarAsync<string>("select string_agg(kind::text, ',' order by kind) from order_work where order_id = 'rows'"));
        Assert.Equal(6, await Storage.ScalarAsync<int>("select min(version) from order_work where order_id = 'rows'"));
        Assert.Equal(3L, await Storage.ScalarAsync<long>("select count(*) from order_lines where order_id = 'rows'"));
        Assert.Equal(3L, await Storage.ScalarAsync<long>("select count(*) from package_lines where order_id = 'rows' and parcel_id = 'rows.1' and live"));
        Assert.Equal("pkg-rows/track-rows/40", await Storage.ScalarAsync<string>("select package_id || '/' || tracking || '/' || status from packages where parcel_id = 'rows.1'"));
        Assert.Equal("1", await Storage.ScalarAsync<string>("select document::jsonb->>'id' from order_documents where order_id = 'rows'"));

        await AllAcceptedAsync(order.Cancel());
        Assert.Equal(0L, await Storage.ScalarAsync<long>("select count(*) from order_work where order_id = 'rows'"));
        Assert.Equal(0L, await Storage.ScalarAsync<long>("select count(*) from package_lines where order_id = 'rows' and live"));
        Assert.Equal("pkg-rows", await Storage.ScalarAsync<string>("select package_id from packages where parcel_id = 'rows.1'"));
    }

    [Fact]
    public async Task Lines_that_the_marketplace_took_away_are_gone()
    {
        var order = new Journey("shop-a", "fewer");
        await AllAcceptedAsync(order.Receive(lines: 3));
        var u = order.State;
        await AllAcceptedAsync(order.Take(
            [new OrderUpdated(u.MarketplaceStatus, order.Now, u.Deadlines, u.Deadlines, false, u.WarehouseId, null, u.Fulfiller, [.. u.Lines.Skip(2)])], lines: true));
        Assert.Equal("fewer-3", await Storage.ScalarAsync<string>("select string_agg(line_id, ',') from order_lines where order_id = 'fewer'"));
    }

    [Fact]
    public async Task A_key_is_stored_with_its_effect_and_a_second_effect_under_it_is_refused()
    {
        var keys = new Queries.PostgresIdempotencyKeys(Storage.Pool);
        var record = new IdempotencyRecord("acme/orders", "key-1", "hash", 200, "{}", Journey.Start.AddDays(1));
        var order = new Journey("shop-a", "once");
        await AllAcceptedAsync(order.Receive());
        Assert.Equal(AppendAnswer.Accepted, await Storage.Journal.AppendAsync(Journey.Unit([order.Append([new OrderReleased(order.Now)])], idempotency: record), default));
        Assert.Equal(record, await keys.FindAsync(record.Scope, record.Key, default));

        var second = new Journey("shop-a", "second");
        await AllAcceptedAsync(second.Receive());
        var answer = await Storage.Journal.AppendAsync(Journey.Unit([second.Append([new OrderReleased(second.Now)])], idempotency: record), default);
        Assert.Equal(AppendResult.Conflict, answer.Result);
        Assert.Equal(1, (await Storage.Journal.LoadAsync(second.Key, default))!.State.Version);
        Assert.Equal(1, await keys.PurgeAsync(Journey.Start.AddDays(2), 10, default));
        Assert.Null(await keys.FindAsync(record.Scope, record.Key, default));
    }

    [Fact]
    public async Task A_recipient_is_stored_sealed_and_read_back()
    {
        var order = new Journey("shop-a", "person");
        var recipients = new Secrets.PostgresRecipients(Storage.Pool, Storage.Keys);
        var recipient = "{\"name\":\"Canary Bird\"}"u8.ToArray();
        var append = order.Append([order.Received()]) with { Recipient = recipient };
        Assert.Equal(AppendAnswer.Accepted, await Storage.Journal.AppendAsync(Journey.Unit([append]), default));
        Assert.Equal(recipient, await recipients.FindAsync(order.State.Merchant, order.Key, default));
        Assert.Equal(0L, await Storage.ScalarAsync<long>("select count(*) from recipients where position('Canary'::bytea in recipient) > 0"));
        await Storage.Keys.EraseAsync(order.Key.Shop, default);
        Assert.Null(await recipients.FindAsync(order.State.Merchant, order.Key, default));
    }

    [Fact]
    public async Task Batches_are_gathered()
    {
        var counter = new CountingInstruments();
        await using var counted = new TestStorage(ConnectionString, instruments: counter);
        var answers = await Task.WhenAll(
            Enumerable.Range(0, 2000).Select(i => counted.Journal.AppendAsync(new Journey("shop-a", $"gather-{i}").Receive(), default).AsTask()));
        Assert.All(answers, a => Assert.Equal(AppendAnswer.Accepted, a));
        Assert.Equal(2000, counter.Units);
        Assert.InRange(counter.Transactions, 4, 1000);
    }

    private async Task AllAcceptedAsync(params AppendUnit[] units)
    {
        foreach (var unit in units)
        {
            Assert.Equal(AppendAnswer.Accepted, await Storage.Journal.AppendAsync(unit, default));
        }
    }

    /// <summary>Holds the lane with one write until all are queued, so that they share a batch.</summary>
    private async Task<AppendAnswer[]> AppendTogetherAsync(List<AppendUnit> units)
    {
        await using var blocker = await BlockAsync(ConnectionString, "lock table orders in exclusive mode");
        var first = Storage.Journal.AppendAsync(new Journey("shop-a", $"first-{Guid.NewGuid():N}").Receive(), default).AsTask();
        await WaitForAsync("select count(*) from pg_locks where not granted and relation = 'orders'::regclass", 1);
        var pending = units.ConvertAll(u => Storage.Journal.AppendAsync(u, default).AsTask());
        await blocker.DisposeAsync();
        Assert.Equal(AppendAnswer.Accepted, await first);
        var answers = await Task.WhenAll(pending);
        await Storage.ExecuteAsync("with a as (delete from orders where order_id like 'first-%') delete from order_events where order_id like 'first-%'");
        return answers;
    }

    private static async Task<IAsyncDisposable> BlockAsync(string connectionString, string sql)
    {
        var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false }.ConnectionString);
        await connection.OpenAsync();
        await connection.BeginTransactionAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
        return connection;
    }

    private async Task RaiseAsync(string state, int times) => await Storage.ExecuteAsync(
        $"""
        create sequence raised;
        create function complain() returns trigger language plpgsql as $$
        begin
            if nextval('raised') <= {times} then raise exception using errcode = '{state}'; end if;
            return null;
        end $$;
        create trigger complain after insert on order_events for each row execute function complain();
        """);

    private async Task WaitForAsync(string sql, long count)
    {
        for (var tries = 0; await Storage.ScalarAsync<long>(sql) < count; tries++)
        {
            Assert.True(tries < 3000, $"waited in vain for: {sql}");
            await Task.Delay(10);
        }
    }

    private sealed class CountingInstruments : IJournalInstruments
    {
        private int transactions;
        private int units;

        public int Transactions => transactions;

        public int Units => units;

        public void Committed(int batch, TimeSpan took)
        {
            Interlocked.Increment(ref transactions);
            Interlocked.Add(ref units, batch);
        }

        public void NotAccepted(AppendResult result)
        {
        }
    }
}
