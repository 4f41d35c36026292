using System.Collections.Concurrent;
using Engine.Domain.LateDispatch;
using Engine.Domain.Orders;
using Engine.Domain.Ports;
using Engine.Domain.Work;
using Engine.Testing.Orders;
using Engine.Testing.Postgres;

namespace Engine.Storage.Tests;

public sealed class When_late_dispatches_are_counted(PostgresFixture postgres) : DatabaseTests(postgres)
{
    private static readonly ShopId Shop = new("shop-a");

    [Fact]
    public async Task Counters_tell_on_time_late_cancelled_and_platform_orders_apart()
    {
        await WriteMixAsync(Storage, "mix");
        await CatchUpAsync();
        var counters = await Storage.LateDispatch.ReadAsync(Shop, default);
        var due = Assert.Single(counters.Due).Value;
        Assert.Equal(new DueCounter(Orders: 5, OnTime: 1, ScannedLate: 1, CancelledBefore: 1, CancelledAfter: 1), due);
        Assert.Equal(new DispatchedCounter(2, 1, 1), counters.Dispatched.Values.Aggregate((a, b) => a.Plus(b)));
        await AssertEqualsRecountAsync(Shop);
    }

    [Fact]
    public async Task A_reader_that_starts_late_counts_what_was_there_before()
    {
        await WriteMixAsync(Storage, "before");
        var lease = await Storage.LateDispatch.StartAsync(Storage.Feed.PartitionOf(Shop), default);
        Assert.NotNull(lease.StartedFrom);
        await AssertEqualsRecountAsync(Shop);
        await WriteMixAsync(Storage, "after");
        await TestReader.CatchUpAsync(Storage, lease);
        await AssertEqualsRecountAsync(Shop);
        Assert.Equal(10, Assert.Single((await Storage.LateDispatch.ReadAsync(Shop, default)).Due).Value.Orders);
    }

    [Fact]
    public async Task Orders_moved_to_history_are_still_counted()
    {
        await WriteMixAsync(Storage, "moved");
        Assert.True(await Storage.Archive.ArchiveAsync(Journey.Start.AddYears(1), 100, default) > 0);
        await CatchUpAsync();
        await AssertEqualsRecountAsync(Shop);
    }

    [Fact]
    public async Task A_deadline_that_the_platform_moves_moves_the_order()
    {
        var order = new Journey(Shop.Value, "moved-deadline");
        await Storage.Journal.AppendAsync(order.Receive(), default);
        await CatchUpAsync();
        var later = order.State.Deadlines with { DispatchBy = order.State.Deadlines.DispatchBy!.Value.AddDays(3) };
        await Storage.Journal.AppendAsync(
            order.Take([new OrderUpdated(MarketplaceStatus.OnHold, order.Now, later, order.State.Deadlines, false, "wh-1", null, Fulfiller.Seller, order.State.Lines)]), default);
        await CatchUpAsync();
        Assert.Equal(later.DispatchBy, Assert.Single((await Storage.LateDispatch.ReadAsync(Shop, default)).Due).Key);
        await AssertEqualsRecountAsync(Shop);
    }

    [Fact]
    public async Task The_last_to_start_a_partition_has_it_and_the_former_reader_is_refused()
    {
        await WriteMixAsync(Storage, "fence");
        await using var other = new TestStorage(ConnectionString);
        var partition = Storage.Feed.PartitionOf(Shop);
        var first = await Storage.LateDispatch.StartAsync(partition, default);
        var second = await other.LateDispatch.StartAsync(partition, default);
        Assert.True(second.Fence > first.Fence);
        await WriteMixAsync(Storage, "fence-2");
        await TestReader.CatchUpAsync(other, second);
        var before = await Storage.LateDispatch.ReadAsync(Shop, default);
        var delta = new LateDispatchDelta();
        delta.Add(new Journey(Shop.Value, "x").Received());
        var refused = await Storage.LateDispatch.CommitAsync(
            first, first.Position with { Seq = first.Position.Seq + 1 }, new Dictionary<ShopId, LateDispatchDelta> { [Shop] = delta }, default);
        Assert.Null(refused);
        Assert.Equal(before.Due.AsEnumerable(), (await Storage.LateDispatch.ReadAsync(Shop, default)).Due.AsEnumerable());
    }

    [Fact]
    public async Task A_batch_is_stored_once_even_if_its_reader_did_not_hear_the_answer()
    {
        await WriteMixAsync(Storage, "twice");
        var lease = await Storage.LateDispatch.StartAsync(Storage.Feed.PartitionOf(Shop), default);
        await WriteMixAsync(Storage, "twice-2");
        await TestReader.CatchUpAsync(Storage, lease);

        // The same lease once more, as after a lost answer: the cursor has moved.
        var (again, _) = await TestReader.StepAsync(Storage, lease);
        Assert.Null(again);
        await AssertEqualsRecountAsync(Shop);
    }

    [Fact]
    public async Task After_a_restore_the_orders_are_counted_again()
    {
        await WriteMixAsync(Storage, "restore");
        await CatchUpAsync();
        await Storage.ExecuteAsync("update ldr_due set on_time = 99");
        await using var restored = new TestStorage(await Postgres.Cluster.CopyDatabaseAsync(ConnectionString));
        var lease = await restored.LateDispatch.StartAsync(restored.Feed.PartitionOf(Shop), default);
        Assert.Equal(2, lease.Position.Epoch);
        var counters = await restored.LateDispatch.ReadAsync(Shop, default);
        Assert.Equal((await restored.LateDispatch.RecountAsync(Shop, default)).Due.AsEnumerable(), counters.Due.AsEnumerable());
    }

    [Fact]
    public async Task A_projection_and_a_desk_started_in_the_middle_of_writing_equal_a_recount_20_times()
    {
        await using var other = new TestStorage(ConnectionString);
        for (var run = 0; run < 20; run++)
        {
            var shop = new ShopId($"run-{run}");
            var partition = Storage.Feed.PartitionOf(shop);
            await Storage.ExecuteAsync("delete from reader_cursors");
            var name = 0;
            var last = new ConcurrentDictionary<OrderKey, OrderAppend>();
            var writers = Enumerable.Range(0, 8).Select(i => Task.Run(async () =>
            {
                for (var n = 0; n < 3; n++)
                {
                    await WriteMixAsync(i % 2 == 0 ? Storage : other, $"{Interlocked.Increment(ref name)}", shop.Value, last);
                }
            })).ToList();
            while (await Storage.ScalarAsync<long>($"select count(*) from orders where shop = '{shop}'") < 10)
            {
                await Task.Yield();
            }

            var lease = await Storage.LateDispatch.StartAsync(partition, default);
            var desk = new TestDesk(Storage, shop, Desk.Labels, Journey.Start.AddDays(1));
            await desk.LoadAsync();
            await Task.WhenAll(writers);
            await TestReader.CatchUpAsync(Storage, lease, desk);
            Assert.Equal(24, last.Values.Count(o => o.Work.Any(w => w.Kind == WorkKind.BuyLabel)));
            Assert.Empty(desk.Missing(last.Values));
            await AssertEqualsRecountAsync(shop);
            Assert.Equal(24 * 5, (await Storage.LateDispatch.ReadAsync(shop, default)).Due.Values.Sum(d => d.Orders));
        }
    }

    private async Task CatchUpAsync() =>
        await TestReader.CatchUpAsync(Storage, await Storage.LateDispatch.StartAsync(Storage.Feed.PartitionOf(Shop), default));

    private async Task AssertEqualsRecountAsync(ShopId shop)
    {
        var stored = await Storage.LateDispatch.ReadAsync(shop, default);
        var counted = await Storage.LateDispatch.RecountAsync(shop, default);
        Assert.Equal(counted.Due.AsEnumerable(), stored.Due.AsEnumerable());
        Assert.Equal(counted.Dispatched.AsEnumerable(), stored.Dispatched.AsEnumerable());
    }

    /// <summary>On time, late, cancelled before and after the deadline, open and to be labelled, and one of the platform's own.</summary>
    private static async Task WriteMixAsync(TestStorage storage, string name, string shop = "shop-a", ConcurrentDictionary<OrderKey, OrderAppend>? last = null)
    {
        var orders = Enumerable.Range(0, 6).Select(i => new Journey(shop, $"{name}-{i}")).ToList();
        var late = orders[0].DispatchBy.AddHours(1);
        await Task.WhenAll(orders.Select(async (order, i) =>
        {
            var units = new List<AppendUnit> { order.Receive(i == 5 ? Fulfiller.Platform : Fulfiller.Seller) };
            switch (i)
            {
                case 0 or 5:
                    units.Add(order.Scan());
                    break;
                case 1:
                    units.Add(order.Scan(late));
                    units.Add(order.Complete());
                    break;
                case 2:
                    units.Add(order.Cancel());
                    break;
                case 3:
                    units.Add(order.Cancel(late));
                    break;
                case 4:
                    units.Add(order.Release());
                    units.Add(order.Allocate());
                    break;
            }

            foreach (var unit in units)
            {
                var answer = await storage.Journal.AppendAsync(unit, default);
                Assert.Equal(AppendAnswer.Accepted, answer);
            }

            last?[order.Key] = units[^1].Orders[0];
        }));
    }
}
