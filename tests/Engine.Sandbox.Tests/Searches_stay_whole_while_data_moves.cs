using System.Text.Json.Nodes;

namespace Engine.Sandbox.Tests;

public sealed class Searches_stay_whole_while_data_moves
{
    private const string Path = "/order/202309/orders/search";

    [Fact]
    public async Task Ascending_by_update_time_no_order_is_missed_though_orders_move_between_pages()
    {
        await using var sandbox = await TestSandbox.StartAsync();
        var shop = await sandbox.AddShopAsync();
        var ids = new List<string>();
        for (var i = 0; i < 30; i++)
        {
            ids.Add(await sandbox.PlaceAsync(shop));
        }

        var seen = new List<string>();
        var token = "";
        var page = 0;
        do
        {
            var query = new Dictionary<string, string> { ["page_size"] = "7", ["sort_field"] = "update_time", ["sort_order"] = "ASC" };
            if (token.Length > 0)
            {
                Assert.Contains('+', token);
                Assert.Contains('/', token);
                Assert.EndsWith("=", token);
                query["page_token"] = token;
            }

            var data = await sandbox.DataAsync(HttpMethod.Post, Path, shop, new JsonObject(), query);
            seen.AddRange(data["orders"]!.AsArray().Select(o => (string)o!["id"]!));
            token = (string)data["next_page_token"]!;
            Assert.Equal(30, (long)data["total_count"]!);
            if (page < 3)
            {
                // One that was already read and one that was not move to the end.
                await sandbox.BuyAsync(shop, ids[page]);
                await sandbox.BuyAsync(shop, ids[28 - page]);
            }

            page++;
        }
        while (token.Length > 0);

        Assert.Equal(ids.Order(), seen.Distinct().Order());
        Assert.Equal(33, seen.Count);
    }

    [Fact]
    public async Task Windows_are_half_open_and_filters_and_orders_work()
    {
        await using var sandbox = await TestSandbox.StartAsync(TestSandbox.Options with { Stepped = true });
        var shop = await sandbox.AddShopAsync();
        var start = sandbox.Market.Clock.NowMs / 1000;
        var ids = new List<string>();
        for (var i = 0; i < 5; i++)
        {
            sandbox.Market.Clock.TrySetAnchor((start + i) * 1000);
            ids.Add(await sandbox.PlaceAsync(shop, shippingType: i == 4 ? "SELLER" : "TIKTOK", holdSeconds: i == 3 ? 60 : 0));
        }

        async Task<string[]> Search(string body, string sort = "create_time", string order = "ASC") =>
            [.. (await sandbox.DataAsync(HttpMethod.Post, Path, shop, JsonNode.Parse(body), new() { ["page_size"] = "100", ["sort_field"] = sort, ["sort_order"] = order }))["orders"]!.AsArray().Select(o => (string)o!["id"]!)];

        Assert.Equal(ids[1..3], await Search($$"""{"create_time_ge":{{start + 1}},"create_time_lt":{{start + 3}}}"""));
        Assert.Equal([ids[2], ids[1]], await Search($$"""{"update_time_ge":{{start + 1}},"update_time_lt":{{start + 3}}}""", "update_time", "DESC"));
        Assert.Equal([ids[3]], await Search("""{"order_status":"ON_HOLD"}"""));
        Assert.Equal([ids[4]], await Search("""{"shipping_type":"SELLER"}"""));
        Assert.Equal([ids[0]], await Search($$"""{"buyer_user_id":"{{sandbox.Market.Orders[ids[0]].Buyer.UserId}}"}"""));
        Assert.Empty(await Search("""{"warehouse_ids":["1"]}"""));
        await sandbox.ControlAsync(HttpMethod.Post, $"/sandbox/orders/{ids[1]}/cancel");
        Assert.Equal([ids[1]], await Search("""{"is_buyer_request_cancel":true}"""));
        Assert.Equal(36009004, await sandbox.CodeAsync(HttpMethod.Post, Path, shop, JsonNode.Parse("""{"order_status":"SOLD"}"""), new() { ["page_size"] = "1" }));
    }

    [Fact]
    public async Task Packages_are_found_by_status_and_time()
    {
        await using var sandbox = await TestSandbox.StartAsync();
        var shop = await sandbox.AddShopAsync();
        var packages = new List<string>();
        for (var i = 0; i < 5; i++)
        {
            packages.Add(await sandbox.BuyAsync(shop, await sandbox.PlaceAsync(shop)));
        }

        await sandbox.ControlAsync(HttpMethod.Post, $"/sandbox/packages/{packages[2]}/scan");
        async Task<List<string>> Search(string body, string order = "ASC") =>
            [.. (await sandbox.DataAsync(HttpMethod.Post, "/fulfillment/202309/packages/search", shop, JsonNode.Parse(body), new() { ["page_size"] = "50", ["sort_field"] = "update_time", ["sort_order"] = order }))["packages"]!.AsArray().Select(p => (string)p!["id"]!)];
        Assert.Equal([packages[2]], await Search("""{"package_status":"FULFILLING"}"""));
        Assert.Equal(packages[2], (await Search("{}"))[^1]);
        Assert.Equal(5, (await Search("{}", "DESC")).Count);
        Assert.Equal(21001001, await sandbox.CodeAsync(HttpMethod.Post, "/fulfillment/202309/packages/search", shop, new JsonObject(), new() { ["page_size"] = "51" }));
    }
}
