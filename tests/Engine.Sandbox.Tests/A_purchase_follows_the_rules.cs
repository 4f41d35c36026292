using System.Diagnostics;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Time.Testing;

namespace Engine.Sandbox.Tests;

public sealed class A_purchase_follows_the_rules
{
    private const string V202309 = "/fulfillment/202309/packages";
    private const string V202512 = "/fulfillment/202512/packages";

    [Fact]
    public async Task A_repeated_purchase_is_refused_as_documented()
    {
        await using var sandbox = await TestSandbox.StartAsync();
        var shop = await sandbox.AddShopAsync();
        var id = await sandbox.PlaceAsync(shop);
        var package = await sandbox.BuyAsync(shop, id);
        Assert.Equal(21022025, await sandbox.CodeAsync(HttpMethod.Post, V202309, shop, TestSandbox.Purchase(id)));
        await sandbox.ControlAsync(HttpMethod.Post, $"/sandbox/packages/{package}/scan");
        Assert.Equal(21011020, await sandbox.CodeAsync(HttpMethod.Post, V202309, shop, TestSandbox.Purchase(id)));
        Assert.Single(await sandbox.LedgerAsync("labels"));
    }

    [Fact]
    public async Task With_charge_a_repeated_purchase_is_sold_and_marked_in_the_ledger()
    {
        await using var sandbox = await TestSandbox.StartAsync(TestSandbox.Options with { ChargeRepeatedPurchase = true });
        var shop = await sandbox.AddShopAsync();
        var id = await sandbox.PlaceAsync(shop);
        var first = await sandbox.BuyAsync(shop, id);
        var second = await sandbox.BuyAsync(shop, id);
        Assert.NotEqual(first, second);
        Assert.Equal([false, true], (await sandbox.LedgerAsync("labels")).Select(l => (bool)l["charged_again"]!));
        Assert.Equal(1, (long)(await sandbox.GetJsonAsync("/sandbox/progress"))["labels_charged_twice"]!);
    }

    [Fact]
    public async Task A_sale_stays_invisible_for_the_set_time_and_answers_in_progress_meanwhile()
    {
        var time = new FakeTimeProvider(DateTimeOffset.FromUnixTimeSeconds(1_790_000_000));
        await using var sandbox = await TestSandbox.StartAsync(TestSandbox.Options with { VisibilitySeconds = 2 }, time);
        var shop = await sandbox.AddShopAsync();
        var id = await sandbox.PlaceAsync(shop);
        var package = await sandbox.BuyAsync(shop, id);
        Assert.Equal("AWAITING_SHIPMENT", (string)(await sandbox.OrderAsync(shop, id))["status"]!);
        Assert.Equal(21030005, await sandbox.CodeAsync(HttpMethod.Post, V202309, shop, TestSandbox.Purchase(id)));
        Assert.Equal(10006402, await sandbox.CodeAsync(HttpMethod.Get, $"{V202309}/{package}", shop));
        Assert.Equal(0, (long)(await sandbox.DataAsync(HttpMethod.Post, $"{V202309}/search", shop, new JsonObject(), new() { ["page_size"] = "50" }))["total_count"]!);
        time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal("AWAITING_COLLECTION", (string)(await sandbox.OrderAsync(shop, id))["status"]!);
        Assert.Equal(21022025, await sandbox.CodeAsync(HttpMethod.Post, V202309, shop, TestSandbox.Purchase(id)));
        Assert.Equal(package, (string)(await sandbox.DataAsync(HttpMethod.Get, $"{V202309}/{package}", shop))["package_id"]!);
    }

    [Fact]
    public async Task Each_obstacle_has_its_code()
    {
        await using var sandbox = await TestSandbox.StartAsync();
        var shop = await sandbox.AddShopAsync();
        var id = await sandbox.PlaceAsync(shop, quantity: 2);
        var line = (string)(await sandbox.OrderAsync(shop, id))["line_items"]![0]!["id"]!;
        Task<long> Buy(JsonNode body) => sandbox.CodeAsync(HttpMethod.Post, V202309, shop, body);

        Assert.Equal(21008111, await Buy(TestSandbox.Purchase("576000000000000000")));
        Assert.Equal(21011029, await Buy(TestSandbox.Purchase(id, "577000000000000000")));
        Assert.Equal(21001001, await Buy(new JsonObject()));
        Assert.Equal(21004008, await Buy(JsonNode.Parse($$"""{"order_id":"{{id}}","shipping_service_id":"1"}""")!));
        Assert.Equal(11021009, await Buy(JsonNode.Parse($$$"""{"order_id":"{{{id}}}","weight":{"value":"70","unit":"POUND"},"shipping_service_id":"{{{sandbox.Market.Shops[shop].Services[0].Id}}}"}""")!));
        Assert.Equal(21008025, await Buy(TestSandbox.Purchase(await sandbox.PlaceAsync(shop, fbt: true))));
        Assert.Equal(21008106, await Buy(TestSandbox.Purchase(await sandbox.PlaceAsync(shop, shippingType: "SELLER"))));

        Assert.Equal(0, await Buy(TestSandbox.Purchase(id, line)));
        Assert.Equal("PARTIALLY_SHIPPING", (string)(await sandbox.OrderAsync(shop, id))["status"]!);
        Assert.Equal(21011048, await Buy(TestSandbox.Purchase(id)));

        var pending = await sandbox.PlaceAsync(shop);
        await sandbox.ControlAsync(HttpMethod.Post, $"/sandbox/orders/{pending}/cancel");
        Assert.Equal(21011007, await Buy(TestSandbox.Purchase(pending)));
        var held = await sandbox.PlaceAsync(shop, holdSeconds: 3600);
        await sandbox.ControlAsync(HttpMethod.Post, $"/sandbox/orders/{held}/cancel");
        Assert.Equal(21011003, await Buy(TestSandbox.Purchase(held)));
    }

    [Fact]
    public async Task Edition_202512_buys_whole_parts_and_combined_orders()
    {
        await using var sandbox = await TestSandbox.StartAsync();
        var shop = await sandbox.AddShopAsync();
        async Task<JsonNode> Buy(string body) => await sandbox.DataAsync(HttpMethod.Post, V202512, shop, JsonNode.Parse(body));

        var whole = await sandbox.PlaceAsync(shop, quantity: 2);
        var answer = await Buy($$"""{"ship_type":"1","order_id":"{{whole}}"}""");
        Assert.Null(answer["order_id"]);
        Assert.Equal("AWAITING_COLLECTION", (string)(await sandbox.OrderAsync(shop, whole))["status"]!);

        var parted = await sandbox.PlaceAsync(shop, quantity: 2);
        var line = (string)(await sandbox.OrderAsync(shop, parted))["line_items"]![1]!["id"]!;
        await Buy($$"""{"ship_type":"2","order_id":"{{parted}}","order_line_item":[{"order_line_id":"{{line}}"}]}""");
        Assert.Equal("SPLIT", (string)(await sandbox.OrderAsync(shop, parted))["split_or_combine_tag"]!);

        var one = await sandbox.PlaceAsync(shop);
        var two = await sandbox.PlaceAsync(shop, buyerOf: one);
        var stranger = await sandbox.PlaceAsync(shop);
        Assert.Equal(21011031, await sandbox.CodeAsync(HttpMethod.Post, V202512, shop, JsonNode.Parse($$"""{"ship_type":"3","order_id":"{{one}}","order_list_ids":["{{one}}","{{stranger}}"]}""")));
        var combined = (string)(await Buy($$"""{"ship_type":"3","order_id":"{{one}}","order_list_ids":["{{one}}","{{two}}"]}"""))["package_id"]!;
        foreach (var id in new[] { one, two })
        {
            var order = await sandbox.OrderAsync(shop, id);
            Assert.Equal(("COMBINED", combined), ((string)order["split_or_combine_tag"]!, (string)order["packages"]![0]!["id"]!));
        }

        var label = (await sandbox.LedgerAsync("labels"))[^1];
        Assert.Equal([one, two], label["order_ids"]!.AsArray().Select(o => (string)o!));
    }

    [Fact]
    public async Task Without_edition_202512_its_path_is_an_unknown_version()
    {
        await using var sandbox = await TestSandbox.StartAsync(TestSandbox.Options with { Api202512 = false });
        var shop = await sandbox.AddShopAsync();
        Assert.Equal(36009014, await sandbox.CodeAsync(HttpMethod.Post, V202512, shop, new JsonObject()));
    }

    [Fact]
    public async Task The_kill_fault_strikes_after_the_sale_and_before_the_answer()
    {
        await using var sandbox = await TestSandbox.StartAsync();
        var shop = await sandbox.AddShopAsync();
        await sandbox.BuyAsync(shop, await sandbox.PlaceAsync(shop));
        using var victim = Process.Start(new ProcessStartInfo("sleep", "600"))!;
        await sandbox.ControlAsync(HttpMethod.Post, "/sandbox/faults", JsonNode.Parse($$"""{"kind":"kill-after-sale","sale":2,"pid":{{victim.Id}}}"""));
        var id = await sandbox.PlaceAsync(shop);
        await Assert.ThrowsAsync<HttpRequestException>(() => sandbox.CallAsync(HttpMethod.Post, V202309, shop, TestSandbox.Purchase(id)));
        await victim.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(137, victim.ExitCode);
        Assert.Equal("AWAITING_COLLECTION", (string)(await sandbox.OrderAsync(shop, id))["status"]!);
        Assert.Equal(2, (await sandbox.LedgerAsync("labels")).Count);
    }

    [Fact]
    public async Task A_label_sold_to_a_process_that_is_dead_already_is_shown_all_the_same()
    {
        await using var sandbox = await TestSandbox.StartAsync();
        var shop = await sandbox.AddShopAsync();
        using var victim = Process.Start(new ProcessStartInfo("true"))!;
        await victim.WaitForExitAsync(TestContext.Current.CancellationToken);
        await sandbox.ControlAsync(HttpMethod.Post, "/sandbox/faults", JsonNode.Parse($$"""{"kind":"kill-after-sale","sale":1,"pid":{{victim.Id}}}"""));
        var id = await sandbox.PlaceAsync(shop);
        await Assert.ThrowsAsync<HttpRequestException>(() => sandbox.CallAsync(HttpMethod.Post, V202309, shop, TestSandbox.Purchase(id)));
        Assert.Equal("AWAITING_COLLECTION", (string)(await sandbox.OrderAsync(shop, id))["status"]!);
    }

    [Fact]
    public async Task The_kill_fault_before_the_sale_leaves_nothing_executed()
    {
        await using var sandbox = await TestSandbox.StartAsync();
        var shop = await sandbox.AddShopAsync();
        await sandbox.BuyAsync(shop, await sandbox.PlaceAsync(shop));
        using var victim = Process.Start(new ProcessStartInfo("sleep", "600"))!;
        await sandbox.ControlAsync(HttpMethod.Post, "/sandbox/faults", JsonNode.Parse($$"""{"kind":"kill-before-sale","nth":1,"pid":{{victim.Id}}}"""));
        var id = await sandbox.PlaceAsync(shop);
        await Assert.ThrowsAsync<HttpRequestException>(() => sandbox.CallAsync(HttpMethod.Post, V202309, shop, TestSandbox.Purchase(id)));
        await victim.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(137, victim.ExitCode);
        Assert.Equal("AWAITING_SHIPMENT", (string)(await sandbox.OrderAsync(shop, id))["status"]!);
        await sandbox.BuyAsync(shop, id);
        Assert.Equal(2, (await sandbox.LedgerAsync("labels")).Count);
    }

    [Fact]
    public async Task Services_depend_on_weight_and_the_default_stands_first()
    {
        await using var sandbox = await TestSandbox.StartAsync();
        var shop = await sandbox.AddShopAsync();
        var id = await sandbox.PlaceAsync(shop);
        var path = $"/fulfillment/202309/orders/{id}/shipping_services/query";
        var light = (await sandbox.DataAsync(HttpMethod.Post, path, shop, JsonNode.Parse("""{"weight":{"value":"1.20","unit":"POUND"}}""")))["shipping_services"]!.AsArray();
        Assert.Equal([true, false, false], light.Select(s => (bool)s!["is_default"]!));
        var heavy = (await sandbox.DataAsync(HttpMethod.Post, path, shop, JsonNode.Parse("""{"weight":{"value":"40000","unit":"GRAM"}}""")))["shipping_services"]!.AsArray();
        Assert.DoesNotContain(heavy, s => (string)s!["shipping_provider_name"]! == "USPS");
        Assert.Equal(21011037, await sandbox.CodeAsync(HttpMethod.Post, path, shop, JsonNode.Parse("""{"weight":{"value":"900","unit":"POUND"}}""")));
        Assert.Equal(21001001, await sandbox.CodeAsync(HttpMethod.Post, path, shop, JsonNode.Parse("""{"dimension":{"length":"9","unit":"INCH"}}""")));
    }
}
