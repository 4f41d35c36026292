using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace Engine.Sandbox.Tests;

public sealed class Control_paths_keep_their_contract
{
    [Fact]
    public async Task Hosts_register_report_and_read_the_epoch_from_every_answer()
    {
        await using var sandbox = await TestSandbox.StartAsync(TestSandbox.Options with { Stepped = true, StartAt = DateTimeOffset.Parse("2026-11-27T08:00:00Z") });
        var shop = await sandbox.AddShopAsync();
        await sandbox.PlaceAsync(shop, holdSeconds: 600);
        var time = await sandbox.GetJsonAsync("/sandbox/time");
        Assert.Equal(("stepped", false, DateTimeOffset.Parse("2026-11-27T08:00:00Z").ToUnixTimeMilliseconds()), ((string)time["mode"]!, (bool)time["running"]!, (long)time["now_ms"]!));

        var report = JsonNode.Parse("""{"epoch":0,"work":120,"webhooks_received":0,"in_flight":0,"journal_head":910,"journal_applied":910,"next_wake_ms":null,"wait_ms":1}""");
        await sandbox.ControlAsync(HttpMethod.Post, "/sandbox/hosts/h1/report", report, expected: 404);
        Assert.Equal(0, (long)(await sandbox.ControlAsync(HttpMethod.Post, "/sandbox/hosts", JsonNode.Parse("""{"host":"h1"}""")))["epoch"]!);
        await sandbox.ControlAsync(HttpMethod.Post, "/sandbox/start");
        Assert.Equal(0, (long)(await sandbox.ControlAsync(HttpMethod.Post, "/sandbox/hosts/h1/report", report))["epoch"]!);
        var stepped = await sandbox.ControlAsync(HttpMethod.Post, "/sandbox/hosts/h1/report", report);
        Assert.Equal((1, (long)time["now_ms"]! + 600_000), ((long)stepped["epoch"]!, (long)stepped["now_ms"]!));

        using var answer = await sandbox.Http.GetAsync("/logistics/202309/warehouses");
        Assert.Equal("1", answer.Headers.GetValues("X-Sandbox-Epoch").Single());
        Assert.Equal(stepped["now_ms"]!.ToString(), answer.Headers.GetValues("X-Sandbox-Now-Ms").Single());
        await sandbox.ControlAsync(HttpMethod.Delete, "/sandbox/hosts/h1", expected: 204);
        await sandbox.ControlAsync(HttpMethod.Delete, "/sandbox/hosts/h1", expected: 404);
    }

    [Theory]
    [InlineData("/sandbox/shops", """{"shops":[]}""")]
    [InlineData("/sandbox/shops", """{"stores":[]}""")]
    [InlineData("/sandbox/shops", "no json")]
    [InlineData("/sandbox/scenario", """{"shops":0}""")]
    [InlineData("/sandbox/scenario", """{"arrivals":"open_loop"}""")]
    [InlineData("/sandbox/orders", """{"shop_id":"1"}""")]
    [InlineData("/sandbox/faults", """{"kind":"earthquake","sale":1,"pid":1}""")]
    public async Task A_bad_body_is_answered_with_400_and_one_sentence(string path, string body)
    {
        await using var sandbox = await TestSandbox.StartAsync();
        using var answer = await sandbox.Http.PostAsync(path, new StringContent(body, System.Text.Encoding.UTF8, "application/json"));
        Assert.Equal(400, (int)answer.StatusCode);
        Assert.EndsWith(".", (string)(await answer.Content.ReadFromJsonAsync<JsonNode>())!["error"]!);
    }

    [Fact]
    public async Task The_ledger_is_paged_by_seq_and_the_budget_counts_calls_while_labels_were_to_buy()
    {
        await using var sandbox = await TestSandbox.StartAsync(TestSandbox.Options with { Profile = "2025" });
        var shop = await sandbox.AddShopAsync();
        var orders = new List<string>();
        for (var i = 0; i < 5; i++)
        {
            orders.Add(await sandbox.PlaceAsync(shop));
        }

        foreach (var id in orders)
        {
            await sandbox.BuyAsync(shop, id);
        }

        await sandbox.DataAsync(HttpMethod.Get, "/logistics/202309/warehouses", shop);
        var first = (await sandbox.Http.GetStringAsync("/sandbox/ledger?kind=orders&after=0&limit=2")).Trim().Split('\n');
        var rest = (await sandbox.Http.GetStringAsync("/sandbox/ledger?kind=orders&after=2&limit=100")).Trim().Split('\n');
        Assert.Equal(orders, first.Concat(rest).Select(l => (string)JsonNode.Parse(l)!["order_id"]!));
        Assert.Equal([1, 2, 3, 4, 5], first.Concat(rest).Select(l => (int)JsonNode.Parse(l)!["seq"]!));
        using var unknown = await sandbox.Http.GetAsync("/sandbox/ledger?kind=secrets");
        Assert.Equal(400, (int)unknown.StatusCode);

        var lines = (await sandbox.GetJsonAsync("/sandbox/budget"))["budget"]!.AsArray();
        JsonNode Line(string api) => lines.Single(l => (string)l!["api"]! == api)!;
        Assert.Equal((5, 5), ((int)Line("POST /fulfillment/202309/packages")["used"]!, (int)Line("POST /fulfillment/202309/packages")["used_while_work"]!));
        Assert.Equal((1, 0), ((int)Line("GET /logistics/202309/warehouses")["used"]!, (int)Line("GET /logistics/202309/warehouses")["used_while_work"]!));
        Assert.All(lines, l => Assert.Equal(50, (double)l!["limit_per_second"]!));
    }

    [Fact]
    public async Task Somebody_in_Seller_Center_can_buy_a_label_even_a_second_one_but_not_on_hold()
    {
        await using var sandbox = await TestSandbox.StartAsync();
        var shop = await sandbox.AddShopAsync();
        var order = await sandbox.PlaceAsync(shop);

        var first = (string)(await sandbox.ControlAsync(HttpMethod.Post, $"/sandbox/orders/{order}/package"))["package_id"]!;
        var second = (string)(await sandbox.ControlAsync(HttpMethod.Post, $"/sandbox/orders/{order}/package"))["package_id"]!;

        var sold = (await sandbox.Http.GetStringAsync("/sandbox/ledger?kind=labels")).Trim().Split('\n').Select(l => JsonNode.Parse(l)!).ToList();
        Assert.Equal([(first, false), (second, true)], sold.Select(l => ((string)l["package_id"]!, (bool)l["charged_again"]!)));
        await sandbox.ControlAsync(HttpMethod.Post, $"/sandbox/orders/{await sandbox.PlaceAsync(shop, holdSeconds: 600)}/package", expected: 409);
        await sandbox.ControlAsync(HttpMethod.Post, "/sandbox/orders/1/package", expected: 404);
    }

    [Fact]
    public async Task The_ledger_names_what_must_be_found_nowhere_else()
    {
        await using var sandbox = await TestSandbox.StartAsync();
        var shop = await sandbox.AddShopAsync();
        var order = await sandbox.PlaceAsync(shop);
        await sandbox.OrderAsync(shop, order);

        var token = JsonNode.Parse((await sandbox.Http.GetStringAsync("/sandbox/ledger?kind=tokens")).Split('\n')[0])!;
        Assert.StartsWith("TTP_a", (string)token["access_token"]!, StringComparison.Ordinal);
        var buyer = JsonNode.Parse((await sandbox.Http.GetStringAsync("/sandbox/ledger?kind=buyers")).Split('\n')[0])!;
        Assert.Equal((order, sandbox.Market.Orders[order].Buyer.Phone), ((string)buyer["order_id"]!, (string)buyer["phone"]!));
    }

    [Fact]
    public async Task An_order_placed_in_the_past_is_still_found_by_a_search_from_now_on()
    {
        await using var sandbox = await TestSandbox.StartAsync();
        var shop = await sandbox.AddShopAsync();
        var now = sandbox.Market.Clock.NowMs;
        var placed = await sandbox.ControlAsync(HttpMethod.Post, "/sandbox/orders", JsonNode.Parse($$"""{"shop_id":"{{shop}}","placed_at_ms":{{now - 7_200_000}},"hold_seconds":86400}"""));
        var order = await sandbox.OrderAsync(shop, (string)placed["order_id"]!);
        Assert.Equal((now - 7_200_000) / 1000, (long)order["create_time"]!);
        Assert.True((long)order["update_time"]! >= now / 1000);
        await sandbox.ControlAsync(HttpMethod.Post, "/sandbox/orders", JsonNode.Parse($$"""{"shop_id":"{{shop}}","placed_at_ms":{{now + 60_000}}}"""), expected: 400);
    }
}
