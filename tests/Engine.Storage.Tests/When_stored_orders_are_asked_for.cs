using Engine.Domain.Orders;
using Engine.Domain.Parcels;
using Engine.Domain.Ports;
using Engine.Domain.Work;
using Engine.Storage.Queries;
using Engine.Testing.Orders;
using Microsoft.Extensions.Time.Testing;

namespace Engine.Storage.Tests;

public sealed class When_stored_orders_are_asked_for(PostgresFixture postgres) : DatabaseTests(postgres)
{
    private static readonly MerchantId Acme = new("acme");

    [Fact]
    public async Task A_list_is_paged_by_its_last_row_without_gap_or_repeat()
    {
        for (var i = 0; i < 25; i++)
        {
            await AcceptAsync(new Journey(i % 2 == 0 ? "shop-a" : "shop-b", $"order-{i:00}").Receive());
        }

        var seen = new List<string>();
        (DateTimeOffset, ShopId, string)? after = null;
        while (true)
        {
            var page = await Storage.Queries.ListAsync(new OrderListQuery(Acme, null, [], null, after, 10), default);
            seen.AddRange(page.Select(o => o.Key.ToString()));
            if (page.Length < 10)
            {
                break;
            }

            after = (page[^1].ChangedAt, page[^1].Key.Shop, page[^1].Key.OrderId);
        }

        Assert.Equal(25, seen.Count);
        Assert.Equal(25, seen.Distinct().Count());
    }

    [Fact]
    public async Task A_list_is_of_one_merchant_and_filtered_by_shop_status_and_due()
    {
        var other = new Journey("shop-x", "foreign", "other");
        await AcceptAsync(other.Receive());
        var held = new Journey("shop-a", "held");
        await AcceptAsync(held.Receive());
        var released = new Journey("shop-b", "released") { DispatchBy = Journey.Start.AddDays(9) };
        await AcceptAsync(released.Receive(), released.Release());

        Assert.Equal(["held", "released"], await NamesAsync(new OrderListQuery(Acme, null, [], null, null, 10)));
        Assert.Equal(["held"], await NamesAsync(new OrderListQuery(Acme, new ShopId("shop-a"), [], null, null, 10)));
        Assert.Equal(["released"], await NamesAsync(new OrderListQuery(Acme, null, [OrderStatus.Allocating], null, null, 10)));
        Assert.Equal(["held"], await NamesAsync(new OrderListQuery(Acme, null, [], Journey.Start.AddDays(5), null, 10)));
        Assert.Empty(await NamesAsync(new OrderListQuery(Acme, new ShopId("shop-x"), [], null, null, 10)));
    }

    [Fact]
    public async Task History_is_told_to_its_merchant_only()
    {
        var order = new Journey("shop-a", "told");
        await AcceptAsync(order.Receive(), order.Release());
        var history = await Storage.Queries.HistoryAsync(Acme, order.Key, default);
        Assert.Equal(["order.received", "order.ready"], history.Select(h => h.Name));
        Assert.Contains("placedAt", history[0].BodyJson, StringComparison.Ordinal);
        Assert.Empty(await Storage.Queries.HistoryAsync(new MerchantId("other"), order.Key, default));
    }

    [Fact]
    public async Task Open_orders_are_counted_by_shop_status_and_due_day()
    {
        foreach (var (name, by) in new[] { ("a", Journey.Start.AddHours(-1)), ("b", Journey.Start.AddHours(2)), ("c", Journey.Start.AddDays(1).AddHours(2)), ("d", Journey.Start.AddDays(4)) })
        {
            await AcceptAsync(new Journey("shop-a", name) { DispatchBy = by }.Receive());
        }

        var scanned = new Journey("shop-a", "e");
        var done = new Journey("shop-a", "f");
        await AcceptAsync(scanned.Receive(), scanned.Scan(), done.Receive(), done.Cancel());

        // 08:00 UTC is midnight in Los Angeles in winter: the day has just begun.
        var counts = await Storage.Queries.CountAsync(Journey.Start, default);
        Assert.Equal(
            [(OrderStatus.OnHold, DueBucket.Overdue, 1L), (OrderStatus.OnHold, DueBucket.Today, 1L), (OrderStatus.OnHold, DueBucket.Tomorrow, 1L), (OrderStatus.OnHold, DueBucket.Later, 1L), (OrderStatus.InTransit, null, 1L)],
            counts.Select(c => (c.Status, c.Due, c.Orders)));
    }

    [Fact]
    public async Task Open_orders_of_a_shop_come_longest_unchanged_first()
    {
        var first = new Journey("shop-a", "first");
        var second = new Journey("shop-a", "second") { Now = Journey.Start.AddMinutes(5) };
        var done = new Journey("shop-a", "done");
        await AcceptAsync(second.Receive(), first.Receive(), done.Receive(), done.Cancel());
        Assert.Equal(["first", "second"], await Storage.Queries.OpenOrdersAsync(new ShopId("shop-a"), Journey.Start.AddDays(1), 10, default));
        Assert.Equal(["first"], await Storage.Queries.OpenOrdersAsync(new ShopId("shop-a"), Journey.Start.AddMinutes(3), 10, default));
    }

    [Fact]
    public async Task Update_times_are_told_of_stored_orders_of_the_shop_alone_final_ones_too()
    {
        var open = new Journey("shop-a", "open");
        var done = new Journey("shop-a", "done");
        await AcceptAsync(open.Receive(), done.Receive(), done.Cancel(), new Journey("shop-b", "foreign").Receive());
        var poison = new Journey("shop-a", "poison");
        await AcceptAsync(poison.Receive(), poison.Take([new OrderParked(ParkReason.Unstorable, "its rows are refused", poison.Now)]));
        var told = await Storage.Queries.UpdatedAtAsync(new ShopId("shop-a"), ["open", "done", "foreign", "poison", "unheard-of"], default);
        Assert.Equal(["done", "open"], told.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(open.State.UpdatedAt, told["open"]);
        Assert.Equal(done.State.UpdatedAt, told["done"]);
    }

    [Fact]
    public async Task What_stands_before_a_person_is_listed_oldest_first_and_counted_by_reason()
    {
        foreach (var (name, reason) in new[] { ("one", ParkReason.NoMeasure), ("two", ParkReason.PurchaseInDoubt), ("three", ParkReason.NoMeasure) })
        {
            var order = new Journey("shop-a", name) { Now = Journey.Start.AddHours(name.Length) };
            await AcceptAsync(order.Receive(), order.Release());
            var parked = order.Append([new OrderParked(reason, $"look at {name}", order.Now)]);
            await AcceptAsync(Journey.Unit([parked with { Work = NextStep.Of(order.State, new FulfillmentPolicy()) }]));
        }

        await new PostgresShopRegistry(Storage.Pool).BindAsync(new ShopRecord(new ShopId("shop-a"), Acme, "tiktok", "7495", "A", "US", true, Journey.Start), default);
        var query = new ExceptionQuery(Acme, [], null, null, 2);
        var first = await Storage.Queries.ExceptionsAsync(query, default);
        Assert.Equal([("one", ParkReason.NoMeasure, "look at one"), ("two", ParkReason.PurchaseInDoubt, "look at two")], first.Select(e => (e.Key.OrderId, e.Reason, e.Detail)));
        Assert.All(first, e => Assert.NotNull(e.Deadline));
        var last = first[^1];
        Assert.Equal(["three"], (await Storage.Queries.ExceptionsAsync(query with { After = (last.Since, last.Key.Shop, last.Key.OrderId) }, default)).Select(e => e.Key.OrderId));
        Assert.Equal(["two"], (await Storage.Queries.ExceptionsAsync(query with { Reason = ParkReason.PurchaseInDoubt, Shops = [new ShopId("shop-a")] }, default)).Select(e => e.Key.OrderId));
        Assert.Empty(await Storage.Queries.ExceptionsAsync(query with { Merchant = new MerchantId("other") }, default));

        var counts = await Storage.Queries.CountExceptionsAsync(default);
        Assert.Equal([(ParkReason.NoMeasure, 2L), (ParkReason.PurchaseInDoubt, 1L)], counts.Select(c => (c.Reason, c.Orders)));
        Assert.Equal(first[0].Since, counts[0].OldestSince);
    }

    [Fact]
    public async Task Work_comes_by_deadline_and_only_what_is_due()
    {
        foreach (var (name, by) in new[] { ("late", 5), ("early", 2), ("middle", 3) })
        {
            var order = new Journey("shop-a", name) { DispatchBy = Journey.Start.AddDays(by) };
            await AcceptAsync(order.Receive(), order.Release(), order.Allocate());
        }

        var work = await Storage.Work.LoadAsync(new ShopId("shop-a"), [WorkKind.BuyLabel], Journey.Start.AddHours(1), Journey.Start, 10, default);
        Assert.Equal(["early", "middle", "late"], work.Select(w => w.Order.OrderId));
        Assert.All(work, w => Assert.Equal(3, w.Version));
        Assert.Empty(await Storage.Work.LoadAsync(new ShopId("shop-a"), [WorkKind.BuyLabel], Journey.Start, Journey.Start, 10, default));
        Assert.Equal(6, (await Storage.Work.LoadAsync(new ShopId("shop-a"), [WorkKind.BuyLabel, WorkKind.Reread], Journey.Start.AddDays(1), Journey.Start, 10, default)).Length);
    }

    [Fact]
    public async Task What_would_be_cancelled_comes_first_what_is_late_last_and_is_seen_behind_a_long_queue()
    {
        var now = Journey.Start.AddHours(1);
        foreach (var (name, by) in new[] { ("late", -1), ("old row", 1), ("soon", 2), ("endangered", 3) })
        {
            var order = new Journey("shop-a", name) { DispatchBy = now.AddDays(by) };
            await AcceptAsync(order.Receive(), order.Release(), order.Allocate());
        }

        await Storage.ExecuteAsync($"update order_work set cancel_at = '{now.AddHours(3):O}' where order_id = 'endangered'");
        await Storage.ExecuteAsync($"update order_work set cancel_at = '{now.AddDays(3):O}' where order_id in ('soon', 'late')");

        Assert.Equal(["endangered", "old row", "soon", "late"], await LoadAsync(max: 10));
        Assert.Equal(["endangered", "old row", "soon"], await LoadAsync(max: 3));
        for (var i = 0; i < 5; i++)
        {
            var order = new Journey("shop-a", $"many {i}") { DispatchBy = now.AddDays(4) };
            await AcceptAsync(order.Receive(), order.Release(), order.Allocate());
        }

        Assert.Equal(["endangered", "old row", "soon", "many 0", "many 1", "late"], await LoadAsync(max: 5));

        async Task<IEnumerable<string>> LoadAsync(int max) =>
            (await Storage.Work.LoadAsync(new ShopId("shop-a"), [WorkKind.BuyLabel], now, now.AddHours(24), max, default)).Select(w => w.Order.OrderId);
    }

    [Fact]
    public async Task A_scan_of_the_work_finds_the_front_of_every_kind_in_every_shop()
    {
        Assert.Empty(await Storage.Work.ScanAsync(default));
        var a = new Journey("shop-a", "one");
        var b = new Journey("shop-b", "two");
        await AcceptAsync(a.Receive(), a.Release(), a.Allocate(), b.Receive());
        var fronts = await Storage.Work.ScanAsync(default);
        Assert.Equal(
            [("shop-a", WorkKind.BuyLabel), ("shop-a", WorkKind.Reread), ("shop-b", WorkKind.Reread)], fronts.Select(f => (f.Shop.Value, f.Kind)));
        Assert.Equal(a.State.ChangedAt, fronts[0].FirstDueAt);
    }

    [Fact]
    public async Task A_look_ahead_finds_what_is_due_and_the_next_instant_but_nothing_that_does_not_wake_the_clock()
    {
        var none = await Storage.Work.LookAheadAsync(Journey.Start.AddDays(9), default);
        Assert.Empty(none.Due);
        Assert.Null(none.NextDueAt);
        var a = new Journey("shop-a", "one");
        var b = new Journey("shop-b", "two");
        await AcceptAsync(a.Receive(), a.Release(), a.Allocate(), b.Receive());
        var dueAt = a.State.ChangedAt;

        var before = await Storage.Work.LookAheadAsync(dueAt.AddTicks(-10), default);
        Assert.Empty(before.Due);
        Assert.Equal(dueAt, before.NextDueAt);
        // Both orders have a re-read due by then, which wakes nobody.
        var after = await Storage.Work.LookAheadAsync(dueAt.AddDays(9), default);
        Assert.Equal([new WorkFront(new ShopId("shop-a"), WorkKind.BuyLabel, dueAt)], after.Due);
        Assert.Null(after.NextDueAt);
    }

    [Fact]
    public async Task Work_that_led_to_nothing_is_put_off_but_not_what_changed_meanwhile()
    {
        var order = new Journey("shop-a", "put-off");
        await AcceptAsync(order.Receive());
        var later = Journey.Start.AddDays(3);
        await Storage.Work.PostponeAsync(new ShopId("shop-a"), WorkKind.Reread, ["put-off", "unknown"], later, default);
        Assert.Equal(later, Assert.Single(await Storage.Work.ScanAsync(default)).FirstDueAt);
        await AcceptAsync(order.Cancel());
        await Storage.Work.PostponeAsync(new ShopId("shop-a"), WorkKind.Reread, ["put-off"], later.AddDays(1), default);
        Assert.Empty(await Storage.Work.ScanAsync(default));
    }

    [Fact]
    public async Task A_shop_is_bound_for_ever()
    {
        var registry = new PostgresShopRegistry(Storage.Pool);
        var shop = new ShopRecord(new ShopId("shop-a"), Acme, "tiktok", "7495", "Shop A", "US", true, Journey.Start);
        await registry.BindAsync(shop, default);
        await registry.BindAsync(shop with { Name = "New name" }, default);
        Assert.Equal("New name", Assert.Single(await registry.ListAsync(default)).Name);
        var merchant = await Assert.ThrowsAsync<InvalidOperationException>(() => registry.BindAsync(shop with { Merchant = new MerchantId("other") }, default));
        Assert.Contains("'acme'", merchant.Message, StringComparison.Ordinal);
        var account = await Assert.ThrowsAsync<InvalidOperationException>(() => registry.BindAsync(shop with { Shop = new ShopId("shop-b") }, default));
        Assert.Contains("'shop-a'", account.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_api_key_is_found_by_its_id_and_never_replaced()
    {
        var keys = new PostgresApiKeys(Storage.Pool);
        var key = new ApiKeyRecord("key-1", [1, 2, 3], Acme, [new ShopId("shop-a")], ["orders:read"], Journey.Start);
        await keys.AddAsync(key, default);
        var found = await keys.FindAsync("key-1", default);
        Assert.Equal(key.SecretHash, found!.SecretHash);
        Assert.Equal((key.Merchant, key.ExpiresAt), (found.Merchant, found.ExpiresAt));
        Assert.Equal(key.Shops.AsEnumerable(), found.Shops.AsEnumerable());
        Assert.Equal(key.Scopes.AsEnumerable(), found.Scopes.AsEnumerable());
        Assert.Null(await keys.FindAsync("key-2", default));
        await Assert.ThrowsAsync<InvalidOperationException>(() => keys.AddAsync(key with { SecretHash = [9] }, default));
    }

    [Fact]
    public async Task Parcel_profiles_are_of_a_merchant_and_seen_by_other_hosts_after_a_while()
    {
        var clock = new FakeTimeProvider();
        var here = new PostgresParcelProfiles(Storage.Pool, clock);
        var there = new PostgresParcelProfiles(Storage.Pool, clock);
        Assert.Empty(await there.FindAsync(Acme, ["sku-1"], default));
        await here.PutAsync([new ParcelProfile(Acme, "sku-1", new ParcelMeasure(450, 100, 50, 20), Journey.Start), new ParcelProfile(Acme, "sku-2", new ParcelMeasure(1), Journey.Start)], default);
        Assert.Equal(new ParcelMeasure(450, 100, 50, 20), (await here.FindAsync(Acme, ["sku-1", "sku-3"], default))["sku-1"]);
        Assert.Empty(await here.FindAsync(new MerchantId("other"), ["sku-1"], default));
        Assert.Empty(await there.FindAsync(Acme, ["sku-1"], default));
        clock.Advance(PostgresParcelProfiles.RememberedFor + TimeSpan.FromSeconds(1));
        Assert.Equal(450, (await there.FindAsync(Acme, ["sku-1"], default))["sku-1"].WeightGrams);
    }

    private async Task<IEnumerable<string>> NamesAsync(OrderListQuery query) =>
        (await Storage.Queries.ListAsync(query, default)).Select(o => o.Key.OrderId).Order();

    private async Task AcceptAsync(params AppendUnit[] units)
    {
        foreach (var unit in units)
        {
            Assert.Equal(AppendAnswer.Accepted, await Storage.Journal.AppendAsync(unit, default));
        }
    }
}
