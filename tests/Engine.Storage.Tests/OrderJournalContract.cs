using Engine.Domain.Orders;
using Engine.Domain.Ports;
using Engine.Testing.Orders;

namespace Engine.Storage.Tests;

/// <summary>What every <see cref="IOrderJournal"/> promises. Run on PostgreSQL here; another journal derives from it too.</summary>
public abstract class OrderJournalContract
{
    protected abstract IOrderJournal Journal { get; }

    [Fact]
    public async Task An_order_never_heard_of_is_null()
    {
        Assert.Null(await Journal.LoadAsync(new OrderKey(new ShopId("shop-a"), "none"), default));
    }

    [Fact]
    public async Task What_was_appended_is_loaded_as_the_fold_of_its_events()
    {
        var order = new Journey("shop-a", "fold");
        foreach (var unit in Whole(order))
        {
            Assert.Equal(AppendResult.Accepted, (await Journal.AppendAsync(unit, default)).Result);
        }

        var loaded = await Journal.LoadAsync(order.Key, default);
        Assert.NotNull(loaded);
        Assert.Equal(OrderStatus.Completed, loaded.State.Status);
        Assert.Equal(order.State.Version, loaded.State.Version);
        Assert.Equal(order.State.Lines.AsEnumerable(), loaded.State.Lines.AsEnumerable());
        Assert.Equal(order.State.Deadlines, loaded.State.Deadlines);
        Assert.Equal(order.State.Parcels[0] with { LineIds = [] }, loaded.State.Parcels[0] with { LineIds = [] });
        Assert.Equal(order.State.FirstScanAt, loaded.State.FirstScanAt);
        Assert.Equal(order.State.ChangedAt, loaded.State.ChangedAt);
    }

    [Fact]
    public async Task The_newest_command_is_told_with_the_order()
    {
        var order = new Journey("shop-a", "command");
        await Journal.AppendAsync(order.Receive(), default);
        var command = Guid.NewGuid();
        await Journal.AppendAsync(order.Take([new OrderReleased(order.Now)], command), default);
        Assert.Equal(command, (await Journal.LoadAsync(order.Key, default))!.LastCommandId);
    }

    [Fact]
    public async Task A_stale_append_is_a_conflict_and_changes_nothing()
    {
        var order = new Journey("shop-a", "stale");
        await Journal.AppendAsync(order.Receive(), default);
        var rival = new Journey(order.State);
        Assert.Equal(AppendResult.Accepted, (await Journal.AppendAsync(order.Release(), default)).Result);
        var answer = await Journal.AppendAsync(rival.Cancel(), default);
        Assert.Equal(AppendResult.Conflict, answer.Result);
        Assert.Contains("shop-a/stale", answer.Detail, StringComparison.Ordinal);
        Assert.Equal(OrderStatus.Allocating, (await Journal.LoadAsync(order.Key, default))!.State.Status);
    }

    [Fact]
    public async Task A_new_order_that_exists_is_a_conflict()
    {
        await Journal.AppendAsync(new Journey("shop-a", "twice").Receive(), default);
        Assert.Equal(AppendResult.Conflict, (await Journal.AppendAsync(new Journey("shop-a", "twice").Receive(), default)).Result);
    }

    [Fact]
    public async Task An_order_that_does_not_exist_is_not_changed()
    {
        var order = new Journey("shop-a", "ghost");
        order.Receive();
        Assert.Equal(AppendResult.Conflict, (await Journal.AppendAsync(order.Release(), default)).Result);
        Assert.Null(await Journal.LoadAsync(order.Key, default));
    }

    [Fact]
    public async Task Several_events_of_one_decision_take_several_versions()
    {
        var order = new Journey("shop-a", "many");
        await Journal.AppendAsync(order.Receive(), default);
        var answer = await Journal.AppendAsync(order.Take([new OrderReleased(order.Now), new OrderAllocated("wh-9", [order.PlannedParcel()])], parcels: true), default);
        Assert.Equal(AppendResult.Accepted, answer.Result);
        Assert.Equal(3, (await Journal.LoadAsync(order.Key, default))!.State.Version);
    }

    [Fact]
    public async Task Of_many_who_append_to_the_same_version_at_once_one_wins()
    {
        var order = new Journey("shop-a", "race");
        await Journal.AppendAsync(order.Receive(), default);
        var answers = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => Journal.AppendAsync(new Journey(order.State).Release(), default).AsTask()));
        Assert.Single(answers, a => a.Result == AppendResult.Accepted);
        Assert.Equal(49, answers.Count(a => a.Result == AppendResult.Conflict));
    }

    [Fact]
    public async Task A_unit_of_three_orders_of_which_one_is_stale_leaves_nothing_behind()
    {
        var orders = Enumerable.Range(1, 3).Select(i => new Journey("shop-a", $"trio-{i}")).ToList();
        foreach (var order in orders)
        {
            await Journal.AppendAsync(order.Receive(), default);
        }

        var rival = new Journey(orders[1].State);
        Assert.Equal(AppendResult.Accepted, (await Journal.AppendAsync(rival.Release(), default)).Result);
        var unit = Journey.Unit([.. orders.Select(o => o.Append([new OrderReleased(o.Now)]))]);
        var answer = await Journal.AppendAsync(unit, default);
        Assert.Equal(AppendResult.Conflict, answer.Result);
        foreach (var order in orders)
        {
            var loaded = await Journal.LoadAsync(order.Key, default);
            Assert.Equal(order.Key == rival.Key ? 2 : 1, loaded!.State.Version);
        }
    }

    [Fact]
    public async Task A_unit_of_three_orders_is_accepted_whole()
    {
        var orders = Enumerable.Range(1, 3).Select(i => new Journey("shop-a", $"whole-{i}")).ToList();
        foreach (var order in orders)
        {
            await Journal.AppendAsync(order.Receive(), default);
        }

        var answer = await Journal.AppendAsync(Journey.Unit([.. orders.Select(o => o.Append([new OrderReleased(o.Now)]))]), default);
        Assert.Equal(AppendAnswer.Accepted, answer);
        foreach (var order in orders)
        {
            Assert.Equal(2, (await Journal.LoadAsync(order.Key, default))!.State.Version);
        }
    }

    [Fact]
    public async Task A_document_may_be_changed_by_its_owner_as_soon_as_the_call_is_made()
    {
        var order = new Journey("shop-a", "buffer");
        var document = "{\"a\":1}"u8.ToArray();
        var pending = Journal.AppendAsync(order.Take([order.Received()], document: document), default);
        Array.Fill(document, (byte)'!');
        Assert.Equal(AppendAnswer.Accepted, await pending);
    }

    /// <summary>Everything that can happen on the straight way.</summary>
    protected static IEnumerable<AppendUnit> Whole(Journey order) =>
    [
        order.Receive(), order.Release(), order.Allocate(), order.Intend(), order.Purchase(), order.StoreLabel(), order.Scan(), order.Deliver(), order.Complete(),
    ];
}

public sealed class PostgresOrderJournalContract(PostgresFixture postgres) : OrderJournalContract, IAsyncLifetime
{
    private Testing.Postgres.TestStorage storage = null!;

    protected override IOrderJournal Journal => storage.Journal;

    public async ValueTask InitializeAsync() => storage = new(await postgres.Cluster.CreateDatabaseAsync());

    public ValueTask DisposeAsync() => storage.DisposeAsync();
}
