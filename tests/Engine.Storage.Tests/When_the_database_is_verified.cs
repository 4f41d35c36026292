using Engine.Domain.Ports;
using Engine.Storage.Verification;
using Engine.Testing.Orders;
using Engine.Testing.Postgres;

namespace Engine.Storage.Tests;

public sealed class When_the_database_is_verified(PostgresFixture postgres) : DatabaseTests(postgres)
{
    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        var orders = Enumerable.Range(0, 5).Select(i => new Journey("shop-a", $"order-{i}")).ToList();
        foreach (var order in orders)
        {
            foreach (var unit in new[] { order.Receive(lines: 2), order.Release(), order.Allocate(), order.Intend(), order.Purchase(), order.StoreLabel(), order.Scan() })
            {
                Assert.Equal(AppendAnswer.Accepted, await Storage.Journal.AppendAsync(unit, default));
            }
        }

        await Storage.Journal.AppendAsync(orders[4].Complete(), default);
        await Storage.Archive.ArchiveAsync(Journey.Start.AddYears(1), 10, default);
        await CatchUpAsync();
    }

    [Fact]
    public async Task A_sound_database_is_ok_in_every_point()
    {
        var report = await VerifyAsync();
        Assert.True(report.Ok, string.Join("; ", report.Invariants.SelectMany(i => i.Findings)));
        Assert.Equal(5, report["fold"].Checked);
        Assert.Equal(5, report["one-label"].Checked);
        Assert.Equal(36, report["journal"].Checked);
        Assert.Equal(["one-label", "fold", "journal", "ldr", "intent", "awake", "idempotent"], report.Invariants.Select(i => i.Name));
    }

    [Fact]
    public async Task A_reader_that_is_a_moment_behind_is_given_that_moment()
    {
        await Storage.Journal.AppendAsync(new Journey("shop-a", "just-now").Receive(), default);
        var verifying = VerifyAsync();
        await Task.Delay(TimeSpan.FromMilliseconds(300), TimeProvider.System);
        await CatchUpAsync();

        var report = await verifying;

        Assert.True(report.Ok, string.Join("; ", report.Invariants.SelectMany(i => i.Findings)));
        Assert.Equal(6, report["fold"].Checked);
    }

    [Fact]
    public async Task A_parcel_that_a_later_plan_replaced_is_no_damage()
    {
        var order = new Journey("shop-a", "replanned");
        foreach (var unit in new[] { order.Receive(), order.Release(), order.Allocate() })
        {
            await Storage.Journal.AppendAsync(unit, default);
        }

        var second = order.PlannedParcel() with { Id = Domain.Orders.ParcelId.Of("replanned", 2) };
        await Storage.Journal.AppendAsync(order.Take([new Domain.Orders.OrderAllocated("wh-1", [second])], parcels: true), default);
        Assert.Equal("replanned.2", await Storage.ScalarAsync<string>("select parcel_id from package_lines where order_id = 'replanned'"));
        var fold = (await Storage.Verifier.VerifyAsync(quiet: false, default))["fold"];
        Assert.True(fold.Ok, string.Join("; ", fold.Findings));
        await Storage.ExecuteAsync("insert into packages (shop, parcel_id, merchant, status, attempt) values ('shop-a', 'orphan.1', 'acme', 0, 0)");
        Assert.Contains((await Storage.Verifier.VerifyAsync(quiet: false, default))["fold"].Findings, f => f.Subject.Contains("orphan.1", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("delete from order_events where order_id = 'order-2' and version = 4", "fold", "shop-a/order-2", "version 4 is missing")]
    [InlineData("delete from order_events where order_id = 'order-2' and version = 7", "fold", "shop-a/order-2", "journal ends at 6")]
    [InlineData("delete from order_events where order_id = 'order-2'", "fold", "shop-a/order-2", "no event in the journal")]
    [InlineData("update orders set status = 30 where order_id = 'order-1'", "fold", "shop-a/order-1", "status is 30, its events say 60")]
    [InlineData("update orders set dispatch_by = dispatch_by + interval '1 day' where order_id = 'order-1'", "fold", "shop-a/order-1", "dispatch_by is")]
    [InlineData("update order_history set warehouse = 'wh-x'", "fold", "shop-a/order-4", "warehouse is wh-x")]
    [InlineData("delete from orders where order_id = 'order-3'", "fold", "shop-a/order-3", "has events but no row")]
    [InlineData("insert into orders select * from order_history", "fold", "shop-a/order-4", "in the hot table and in history")]
    [InlineData("update packages set package_id = 'pkg-x' where parcel_id = 'order-0.1'", "fold", "shop-a/order-0", "parcel order-0.1 is stored as")]
    [InlineData("delete from packages where parcel_id = 'order-0.1'", "fold", "shop-a/order-0", "parcel order-0.1 has no row")]
    [InlineData("update packages set package_id = 'pkg-order-1' where parcel_id = 'order-0.1'", "one-label", "shop-a package pkg-order-1", "order-0.1, order-1.1")]
    [InlineData("update order_events set body = jsonb_set(body, '{attempt,number}', '0') where order_id = 'order-1' and name = 'label.intended'", "intent", "shop-a/order-1", "no intent preceded")]
    [InlineData("delete from order_work where order_id = 'order-0'", "awake", "shop-a/order-0", "nothing is planned")]
    [InlineData("update order_work set version = 99 where order_id = 'order-0'", "awake", "shop-a/order-0", "of version 99")]
    [InlineData("update ldr_due set on_time = on_time + 1", "ldr", "shop-a", "counters say")]
    [InlineData("update ldr_dispatched set late = late + 1", "ldr", "shop-a", "counters say")]
    [InlineData("update reader_cursors set xid = '3'", "journal", "reader ldr", "rows behind the head")]
    [InlineData("update order_events set seq = seq - 1000, xid = '3' where order_id = 'order-1' and version = 3", "journal", "shop-a/order-1", "comes before its forerunner")]
    [InlineData("update order_events set part = 3 - part", "journal", "shop-a", "has events in partition")]
    [InlineData("update order_events set command_id = '00000000-0000-0000-0000-000000000001' where order_id = 'order-1'", "idempotent", "shop-a/order-1", "more than one transaction")]
    public async Task Damage_is_found_and_named(string damage, string invariant, string subject, string problem)
    {
        Assert.NotEqual(0, await Storage.ExecuteAsync(
            damage.StartsWith("insert into orders", StringComparison.Ordinal) ? $"alter table orders disable trigger order_inserted_late; {damage}" : damage));
        var result = (await VerifyAsync())[invariant];
        Assert.False(result.Ok);
        Assert.Contains(result.Findings, f => f.Subject.StartsWith(subject, StringComparison.Ordinal) && f.Problem.Contains(problem, StringComparison.Ordinal));
    }

    private async Task CatchUpAsync()
    {
        for (var partition = 0; partition < Storage.Feed.Partitions; partition++)
        {
            await TestReader.CatchUpAsync(Storage, await Storage.LateDispatch.StartAsync(partition, default));
        }
    }

    private Task<VerificationReport> VerifyAsync() => Storage.Verifier.VerifyAsync(quiet: true, default);
}
