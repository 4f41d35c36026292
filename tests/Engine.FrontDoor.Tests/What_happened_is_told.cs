using System.Text.Json;
using Engine.Domain.Orders;
using Engine.Domain.Parcels;
using Engine.Domain.Ports;
using Microsoft.Extensions.DependencyInjection;

namespace Engine.FrontDoor.Tests;

public sealed class What_happened_is_told
{
    [Fact]
    public async Task In_pages_that_hold_every_event_once_and_each_orders_in_their_order()
    {
        await using var door = await TestFrontDoor.StartAsync();
        foreach (var order in (string[])["1", "2", "3", "4"])
        {
            door.Labelled(order, order == "3" ? TestFrontDoor.SecondShop : TestFrontDoor.Shop);
        }

        var told = await AllAsync(door.Client, "/v1/events?limit=3", 7);
        Assert.Equal(20, told.Count);
        Assert.Equal(20, told.Select(e => e.GetProperty("id").GetString()).Distinct().Count());
        foreach (var order in told.GroupBy(e => e.GetProperty("subject").GetString()))
        {
            Assert.Equal(["1", "2", "3", "4", "5"], order.Select(e => e.GetProperty("sequence").GetString()));
            Assert.Equal(["order.received", "order.routed", "label.intended", "label.purchased", "label.document_ready"], order.Select(e => e.GetProperty("type").GetString()));
        }
    }

    [Fact]
    public async Task Across_shops_in_the_order_in_which_it_happened()
    {
        await using var door = await TestFrontDoor.StartAsync();
        var longer = new ShopId("acme-us2");
        door.Store.Shops.Add(new ShopRecord(longer, TestFrontDoor.Ours, "tiktok", "7003", "Acme US 2", "US", true, TestFrontDoor.Now));
        for (var i = 0; i < 6; i++)
        {
            door.Received($"{i}", i % 2 == 0 ? TestFrontDoor.Shop : longer);
        }

        Assert.Equal(["0", "1", "2", "3", "4", "5"], (await AllAsync(door.Client, "/v1/events?limit=2", 4)).Select(e => e.GetProperty("data").GetProperty("order_id").GetString()));
    }

    [Fact]
    public async Task Again_to_whoever_did_not_hear_it()
    {
        await using var door = await TestFrontDoor.StartAsync();
        door.Labelled("1");
        var first = await PageAsync(door.Client, "/v1/events?limit=2");
        var second = await PageAsync(door.Client, $"/v1/events?limit=2&cursor={CursorOf(first)}");
        door.Labelled("2");
        var again = await PageAsync(door.Client, $"/v1/events?limit=2&cursor={CursorOf(first)}");
        Assert.Equal(second.GetRawText(), again.GetRawText());
    }

    [Fact]
    public async Task And_at_the_end_the_cursor_stays_good_for_what_comes_later()
    {
        await using var door = await TestFrontDoor.StartAsync();
        door.Received("1");
        var end = await PageAsync(door.Client, "/v1/events");
        Assert.False(end.GetProperty("has_more").GetBoolean());
        var nothing = await PageAsync(door.Client, $"/v1/events?cursor={CursorOf(end)}");
        Assert.Equal(0, nothing.GetProperty("events").GetArrayLength());
        Assert.Equal(CursorOf(end), CursorOf(nothing));
        door.Received("2");
        var later = await PageAsync(door.Client, $"/v1/events?cursor={CursorOf(nothing)}");
        Assert.Equal("acme-us/2/1", later.GetProperty("events")[0].GetProperty("id").GetString());
    }

    [Fact]
    public async Task From_now_on_where_that_is_asked_for()
    {
        await using var door = await TestFrontDoor.StartAsync();
        door.Received("1");
        var begin = await PageAsync(door.Client, "/v1/events?from=now");
        Assert.Equal(0, begin.GetProperty("events").GetArrayLength());
        door.Received("2");
        Assert.Equal(["acme-us/2/1"], Ids(await PageAsync(door.Client, $"/v1/events?cursor={CursorOf(begin)}")));
        Assert.Equal(["acme-us/1/1", "acme-us/2/1"], Ids(await PageAsync(door.Client, "/v1/events?from=start")));
    }

    [Fact]
    public async Task As_CloudEvents_of_ids_alone()
    {
        await using var door = await TestFrontDoor.StartAsync();
        var order = door.Labelled("5/7");
        var purchased = (await PageAsync(door.Client, "/v1/events")).GetProperty("events")[3];
        var at = door.Store.Journal()[3].At;
        Assert.Equal(
            $$$"""{"specversion":"1.0","id":"acme-us/5/7/4","source":"/v1/orders/acme-us/5%2F7","type":"label.purchased","subject":"acme-us/5/7","time":"{{{at.UtcDateTime:yyyy-MM-ddTHH:mm:ssZ}}}","datacontenttype":"application/json","sequence":"4","sequencetype":"Integer","data":{"shop":"acme-us","order_id":"5/7","version":4,"parcel_id":"{{{ParcelId.Of("5/7", 1).Value}}}"}}""",
            purchased.GetRawText());
        using var source = await door.Client.GetAsync(purchased.GetProperty("source").GetString());
        Assert.Equal(order.OrderId, (await source.JsonAsync()).GetProperty("order_id").GetString());
    }

    [Fact]
    public async Task Of_ones_own_merchant_shop_and_key_only_and_what_lies_in_between_is_passed_by()
    {
        await using var door = await TestFrontDoor.StartAsync();
        door.Received("1", TestFrontDoor.ForeignShop, TestFrontDoor.Theirs);
        door.Received("2", TestFrontDoor.ForeignShop, TestFrontDoor.Theirs);
        door.Received("3");
        door.Received("4", TestFrontDoor.SecondShop);
        var first = await PageAsync(door.Client, "/v1/events?limit=1");
        Assert.Equal((0, true), (first.GetProperty("events").GetArrayLength(), first.GetProperty("has_more").GetBoolean()));
        Assert.Equal(["acme-us/3/1", "acme-uk/4/1"], (await AllAsync(door.Client, "/v1/events?limit=1", 5)).Select(IdOf));
        Assert.Equal(["acme-uk/4/1"], (await AllAsync(door.Client, "/v1/events?shop=acme-uk", 1)).Select(IdOf));
        using var bound = door.ClientFor(door.NewKey(TestFrontDoor.Ours, [TestFrontDoor.SecondShop]));
        Assert.Equal(["acme-uk/4/1"], (await AllAsync(bound, "/v1/events", 1)).Select(IdOf));
        using var foreign = await door.Client.GetAsync("/v1/events?shop=rival-us");
        await foreign.RefusedAsync(404, "shop_not_found");
        using var notItsOwn = await bound.GetAsync("/v1/events?shop=acme-us");
        await notItsOwn.RefusedAsync(404, "shop_not_found");
    }

    [Theory]
    [InlineData("limit=0", "invalid_parameter")]
    [InlineData("limit=501", "invalid_parameter")]
    [InlineData("from=yesterday", "invalid_parameter")]
    [InlineData("from=now&cursor=CURSOR", "invalid_parameter")]
    [InlineData("cursor=abc", "cursor_invalid")]
    [InlineData("cursor=xCURSOR", "cursor_invalid")]
    [InlineData("shop=acme-us&cursor=CURSOR", "cursor_invalid")]
    public async Task But_not_to_a_question_that_means_nothing(string query, string code)
    {
        await using var door = await TestFrontDoor.StartAsync();
        var cursor = CursorOf(await PageAsync(door.Client, "/v1/events"));
        using var refused = await door.Client.GetAsync($"/v1/events?{query.Replace("CURSOR", cursor, StringComparison.Ordinal)}");
        await refused.RefusedAsync(400, code);
    }

    [Fact]
    public async Task On_where_it_stood_when_a_key_takes_the_place_of_another()
    {
        await using var door = await TestFrontDoor.StartAsync();
        door.Received("1");
        door.Received("2", TestFrontDoor.SecondShop);
        using var former = door.ClientFor(door.NewKey(TestFrontDoor.Ours, [TestFrontDoor.Shop, TestFrontDoor.SecondShop]));
        using var next = door.ClientFor(door.NewKey(TestFrontDoor.Ours, [TestFrontDoor.SecondShop, TestFrontDoor.Shop]));
        var first = await PageAsync(former, "/v1/events?limit=1");
        Assert.Equal(["acme-us/1/1"], Ids(first));
        Assert.Equal(["acme-uk/2/1"], Ids(await PageAsync(next, $"/v1/events?cursor={CursorOf(first)}")));
        using var all = await door.Client.GetAsync($"/v1/events?cursor={CursorOf(first)}");
        await all.RefusedAsync(400, "cursor_invalid");
    }

    [Fact]
    public async Task And_a_cursor_of_a_list_of_orders_is_none_of_the_feed()
    {
        await using var door = await TestFrontDoor.StartAsync();
        door.Received("1");
        door.Received("2");
        using var orders = await door.Client.GetAsync("/v1/orders?limit=1");
        using var refused = await door.Client.GetAsync($"/v1/events?cursor={(await orders.JsonAsync()).GetProperty("next_cursor").GetString()}");
        await refused.RefusedAsync(400, "cursor_invalid");
    }

    [Fact]
    public async Task Or_not_just_now_when_the_database_is_away()
    {
        await using var door = await TestFrontDoor.StartAsync();
        await PageAsync(door.Client, "/v1/events");
        door.Store.Down = new JournalUnavailableException("away");
        using var response = await door.Client.GetAsync("/v1/events");
        await response.RefusedAsync(503, "unavailable");
    }

    [Fact]
    public async Task And_each_order_of_a_page_is_a_point_at_which_the_host_may_die_once_the_page_is_out()
    {
        var points = new TellingPoints();
        await using var door = await TestFrontDoor.StartAsync(more: s => s.AddSingleton<IPausePoints>(points));
        door.Labelled("1");
        door.Received("2");

        // Answered though the host never gets past the point.
        Assert.Equal(6, (await PageAsync(door.Client, "/v1/events")).GetProperty("events").GetArrayLength());
        await points.BothReached.WaitAsync(TimeSpan.FromSeconds(30));
        points.LetGo();
    }

    private static async Task<List<JsonElement>> AllAsync(HttpClient client, string path, int pages)
    {
        var events = new List<JsonElement>();
        string? cursor = null;
        for (var page = 1; ; page++)
        {
            var read = await PageAsync(client, cursor is null ? path : $"{path}{(path.Contains('?', StringComparison.Ordinal) ? '&' : '?')}cursor={cursor}");
            events.AddRange(read.GetProperty("events").EnumerateArray());
            cursor = CursorOf(read);
            if (!read.GetProperty("has_more").GetBoolean())
            {
                Assert.Equal(pages, page);
                return events;
            }
        }
    }

    private static async Task<JsonElement> PageAsync(HttpClient client, string path)
    {
        using var response = await client.GetAsync(path);
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());
        return await response.JsonAsync();
    }

    private static string CursorOf(JsonElement page) => page.GetProperty("next_cursor").GetString()!;

    private static string IdOf(JsonElement happened) => happened.GetProperty("id").GetString()!;

    private static IEnumerable<string> Ids(JsonElement page) => page.GetProperty("events").EnumerateArray().Select(IdOf);

    private sealed class TellingPoints : IPausePoints
    {
        private readonly TaskCompletionSource go = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource both = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int reached;

        public Task BothReached => both.Task;

        public void LetGo() => go.TrySetResult();

        public async ValueTask ReachAsync(KillPoint point, OrderKey order)
        {
            Assert.Equal(KillPoint.ErpTold, point);
            if (Interlocked.Increment(ref reached) == 2)
            {
                both.TrySetResult();
            }

            await go.Task;
        }
    }
}
