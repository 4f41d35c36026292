using Engine.Domain.Orders;
using Engine.Domain.Ports;
using Engine.Testing.Orders;
using Engine.Testing.Postgres;

namespace Engine.Storage.Tests;

public sealed class When_orders_move_to_history(PostgresFixture postgres) : DatabaseTests(postgres)
{
    private static readonly DateTimeOffset Later = Journey.Start.AddYears(1);

    [Fact]
    public async Task Only_final_orders_move_and_every_question_is_answered_as_before()
    {
        var done = await CompletedAsync("done");
        var open = new Journey("shop-a", "open");
        await AcceptAsync(open.Receive());
        Assert.Equal(1, await Storage.Archive.ArchiveAsync(Later, 100, default));
        Assert.Equal("open", await Storage.ScalarAsync<string>("select string_agg(order_id, ',') from orders"));
        Assert.Equal("done", await Storage.ScalarAsync<string>("select string_agg(order_id, ',') from order_history"));

        var loaded = await Storage.Journal.LoadAsync(done.Key, default);
        Assert.Equal((OrderStatus.Completed, done.State.Version), (loaded!.State.Status, loaded.State.Version));
        var list = await Storage.Queries.ListAsync(new OrderListQuery(done.State.Merchant, null, [], null, null, 10), default);
        Assert.Equal(["done", "open"], list.Select(o => o.Key.OrderId).Order());
        Assert.True((await Storage.Verifier.VerifyAsync(quiet: false, default))["fold"].Ok);
    }

    [Fact]
    public async Task Young_ones_stay()
    {
        await CompletedAsync("young");
        Assert.Equal(0, await Storage.Archive.ArchiveAsync(Journey.Start, 100, default));
    }

    [Fact]
    public async Task A_late_update_brings_the_order_back()
    {
        var order = await CompletedAsync("returned");
        await Storage.Archive.ArchiveAsync(Later, 100, default);
        var u = order.State;
        await AcceptAsync(order.Take([new OrderUpdated(u.MarketplaceStatus, order.Now, u.Deadlines, u.Deadlines, false, u.WarehouseId, null, u.Fulfiller, u.Lines)]));
        Assert.Equal(1L, await Storage.ScalarAsync<long>("select count(*) from orders where order_id = 'returned'"));
        Assert.Equal(0L, await Storage.ScalarAsync<long>("select count(*) from order_history"));
        Assert.True((await Storage.Verifier.VerifyAsync(quiet: false, default))["fold"].Ok);
    }

    [Fact]
    public async Task A_cancellation_of_one_among_many_brings_back_that_one()
    {
        var orders = new List<Journey>();
        for (var i = 0; i < 5; i++)
        {
            orders.Add(await CompletedAsync($"many-{i}"));
        }

        Assert.Equal(5, await Storage.Archive.ArchiveAsync(Later, 100, default));
        var answers = await Task.WhenAll(
            Storage.Journal.AppendAsync(orders[2].Cancel(), default).AsTask(),
            Storage.Journal.AppendAsync(new Journey("shop-a", "fresh").Receive(), default).AsTask());
        Assert.All(answers, a => Assert.Equal(AppendAnswer.Accepted, a));
        Assert.Equal("fresh,many-2", await Storage.ScalarAsync<string>("select string_agg(order_id, ',' order by order_id) from orders"));
    }

    [Fact]
    public async Task A_combined_unit_brings_its_orders_back_too()
    {
        var orders = new[] { await CompletedAsync("pair-1"), await CompletedAsync("pair-2") };
        await Storage.Archive.ArchiveAsync(Later, 100, default);
        Assert.Equal(AppendAnswer.Accepted, await Storage.Journal.AppendAsync(Journey.Unit([.. orders.Select(o => o.Append([new OrderDelivered(o.Now)]))]), default));
        Assert.Equal(2L, await Storage.ScalarAsync<long>("select count(*) from orders"));
    }

    [Fact]
    public async Task A_stale_update_of_a_moved_order_is_a_conflict()
    {
        var order = new Journey("shop-a", "stale-moved");
        await AcceptAsync(order.Receive());
        var stale = new Journey(order.State);
        await AcceptAsync(order.Cancel());
        await Storage.Archive.ArchiveAsync(Later, 100, default);
        Assert.Equal(AppendResult.Conflict, (await Storage.Journal.AppendAsync(stale.Release(), default)).Result);
        Assert.Equal(2, (await Storage.Journal.LoadAsync(order.Key, default))!.State.Version);
    }

    [Fact]
    public async Task An_order_in_history_is_not_made_anew()
    {
        await CompletedAsync("known");
        await Storage.Archive.ArchiveAsync(Later, 100, default);
        Assert.Equal(AppendResult.Conflict, (await Storage.Journal.AppendAsync(new Journey("shop-a", "known").Receive(), default)).Result);
        Assert.Equal(0L, await Storage.ScalarAsync<long>("select count(*) from orders"));
    }

    [Fact]
    public async Task Updates_cancellations_and_returns_during_the_move_lose_nothing()
    {
        await using var other = new TestStorage(ConnectionString);
        var orders = new List<Journey>();
        for (var i = 0; i < 40; i++)
        {
            orders.Add(await CompletedAsync($"during-{i}"));
        }

        using var stop = new CancellationTokenSource();
        var mover = Task.Run(async () =>
        {
            var moved = 0;
            while (!stop.IsCancellationRequested)
            {
                moved += await other.Archive.ArchiveAsync(Later, 10, default);
            }

            return moved;
        });
        await Task.WhenAll(orders.Select(async order =>
        {
            for (var step = 0; step < 5; step++)
            {
                var u = order.State;
                var unit = (step % 3) switch
                {
                    0 => order.Take([new OrderUpdated(u.MarketplaceStatus, order.Now, u.Deadlines, u.Deadlines, false, u.WarehouseId, null, u.Fulfiller, u.Lines)], lines: true),
                    1 => order.Cancel(),
                    _ => order.Deliver(),
                };
                var answer = await Storage.Journal.AppendAsync(unit, default);
                while (answer.Result == AppendResult.Conflict)
                {
                    // Moved away once more between being brought back and being written: the same unit again.
                    answer = await Storage.Journal.AppendAsync(unit, default);
                }

                Assert.Equal(AppendAnswer.Accepted, answer);
            }
        }));
        await stop.CancelAsync();
        Assert.True(await mover > 0);
        Assert.Equal(40L, await Storage.ScalarAsync<long>("select count(*) from all_orders"));
        var report = await Storage.Verifier.VerifyAsync(quiet: false, default);
        Assert.True(report["fold"].Ok, string.Join("; ", report["fold"].Findings));
        Assert.True(report["journal"].Ok, string.Join("; ", report["journal"].Findings));
    }

    private async Task<Journey> CompletedAsync(string name)
    {
        var order = new Journey("shop-a", name);
        await AcceptAsync(order.Receive(), order.Release(), order.Complete());
        return order;
    }

    private async Task AcceptAsync(params AppendUnit[] units)
    {
        foreach (var unit in units)
        {
            Assert.Equal(AppendAnswer.Accepted, await Storage.Journal.AppendAsync(unit, default));
        }
    }
}
