using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Time.Testing;

namespace Engine.Sandbox.Tests;

public sealed class Faults_strike_labels_and_orders
{
    private const string Buy = "/fulfillment/202309/packages";

    private static async Task<(TestSandbox Sandbox, string Shop)> StartAsync(SandboxOptions? options = null, TimeProvider? time = null)
    {
        var sandbox = await TestSandbox.StartAsync(options ?? TestSandbox.Options with { ChargeRepeatedPurchase = true }, time);
        return (sandbox, await sandbox.AddShopAsync());
    }

    private static async Task<(HttpResponseMessage File, string Url)> FetchAsync(TestSandbox sandbox, string shop, string package)
    {
        var data = await sandbox.DataAsync(HttpMethod.Get, $"/fulfillment/202309/packages/{package}/shipping_documents", shop, query: new() { ["document_type"] = "SHIPPING_LABEL" });
        return (await sandbox.Http.GetAsync((string)data["doc_url"]!), (string)data["doc_url"]!);
    }

    [Theory]
    [InlineData("document-corrupt", 200, "application/pdf")]
    [InlineData("document-oversized", 200, "application/pdf")]
    [InlineData("document-wrong-type", 200, "text/html")]
    [InlineData("document-link-expired", 403, "application/octet-stream")]
    public async Task A_file_is_spoiled_once_and_whole_the_second_time(string kind, int status, string type)
    {
        var (sandbox, shop) = await StartAsync();
        await using var _ = sandbox;
        await sandbox.ArmAsync($$"""{"kind":"{{kind}}","at_most_per_entity":1}""");
        var package = await sandbox.BuyAsync(shop, await sandbox.PlaceAsync(shop));
        var (spoiled, url) = await FetchAsync(sandbox, shop, package);
        using var first = spoiled;
        var whole = await sandbox.Http.GetByteArrayAsync(url);
        var bytes = await first.Content.ReadAsByteArrayAsync();
        Assert.Equal((status, type), ((int)first.StatusCode, first.Content.Headers.ContentType!.MediaType));
        switch (kind)
        {
            case "document-corrupt":
                Assert.True(bytes.Length < whole.Length && whole.AsSpan().StartsWith(bytes));
                break;
            case "document-oversized":
                Assert.Equal(50_000_000, bytes.Length);
                break;
            default:
                Assert.False(bytes.AsSpan().StartsWith("%PDF"u8));
                break;
        }

        Assert.StartsWith("%PDF", Encoding.ASCII.GetString(whole));
        Assert.Equal([kind, null], await sandbox.FaultsOfAsync("GET /label-storage/"));
    }

    [Fact]
    public async Task A_document_is_not_ready_for_as_often_as_the_plan_says()
    {
        var (sandbox, shop) = await StartAsync();
        await using var _ = sandbox;
        await sandbox.ArmAsync("""{"kind":"document-not-ready","at_most_per_entity":2}""");
        var package = await sandbox.BuyAsync(shop, await sandbox.PlaceAsync(shop));
        var codes = new List<long>();
        for (var i = 0; i < 3; i++)
        {
            codes.Add(await sandbox.CodeAsync(HttpMethod.Get, $"/fulfillment/202309/packages/{package}/shipping_documents", shop, query: new() { ["document_type"] = "SHIPPING_LABEL" }));
        }

        Assert.Equal([11034037, 11034037, 0], codes);
    }

    [Theory]
    [InlineData("before", 21011007, 0)]
    [InlineData("after", 0, 1)]
    public async Task The_buyer_asks_for_a_cancellation_just_when_the_purchase_arrives(string moment, long code, int labels)
    {
        var (sandbox, shop) = await StartAsync();
        await using var _ = sandbox;
        await sandbox.ArmAsync($$"""{"kind":"buyer-cancel","moment":"{{moment}}"}""");
        var order = await sandbox.PlaceAsync(shop);
        Assert.Equal(code, await sandbox.CodeAsync(HttpMethod.Post, Buy, shop, TestSandbox.Purchase(order)));
        Assert.True((bool)(await sandbox.OrderAsync(shop, order))["is_buyer_request_cancel"]!);
        Assert.Equal(labels, (await sandbox.LedgerAsync("labels")).Count);
        Assert.Equal(["buyer-cancel"], await sandbox.FaultsOfAsync("POST " + Buy));
    }

    [Fact]
    public async Task A_package_shows_another_warehouse_than_its_order_or_the_order_itself_moves()
    {
        var (sandbox, shop) = await StartAsync(TestSandbox.Options with { Stepped = true });
        await using var _ = sandbox;
        var first = sandbox.Market.Shops[shop].WarehouseId;
        var host = new TestHost(sandbox);
        host.Register();
        await sandbox.ArmAsync("""{"kind":"warehouse-switched","id":"package","how":"package"}""");
        var order = await sandbox.PlaceAsync(shop);
        var package = await sandbox.BuyAsync(shop, order);
        var second = (string)(await sandbox.DataAsync(HttpMethod.Get, $"/fulfillment/202309/packages/{package}", shop))["warehouse_id"]!;
        Assert.Equal(first, (string)(await sandbox.OrderAsync(shop, order))["warehouse_id"]!);
        Assert.NotEqual(first, second);
        var known = (await sandbox.DataAsync(HttpMethod.Get, "/logistics/202309/warehouses", shop))["warehouses"]!.AsArray().Select(w => (string)w!["id"]!);
        Assert.Equal([first, second], known);

        await sandbox.ControlAsync(HttpMethod.Delete, "/sandbox/faults/package", expected: 204);
        await sandbox.ArmAsync("""{"kind":"warehouse-switched","how":"order","delay_min_ms":5000,"delay_max_ms":5000}""");
        var moving = await sandbox.PlaceAsync(shop);
        Assert.Equal(first, (string)(await sandbox.OrderAsync(shop, moving))["warehouse_id"]!);
        await sandbox.ControlAsync(HttpMethod.Post, "/sandbox/start");
        await host.StepUntilAsync(sandbox.Market.Clock.NowMs + 5000);
        Assert.Equal(second, (string)(await sandbox.OrderAsync(shop, moving))["warehouse_id"]!);
    }

    [Fact]
    public async Task TikTok_allocates_another_carrier_than_the_one_asked_for()
    {
        var (sandbox, shop) = await StartAsync();
        await using var _ = sandbox;
        await sandbox.ArmAsync("""{"kind":"service-overridden"}""");
        var asked = sandbox.Market.Shops[shop].Services[0];
        var purchase = TestSandbox.Purchase(await sandbox.PlaceAsync(shop));
        purchase["shipping_service_id"] = asked.Id;
        var sold = await sandbox.DataAsync(HttpMethod.Post, Buy, shop, purchase);
        var carrier = (string)sold["shipping_service_info"]!["shipping_provider_name"]!;
        Assert.NotEqual(asked.Carrier.Name, carrier);
        Assert.Equal(carrier, (string)(await sandbox.DataAsync(HttpMethod.Get, $"/fulfillment/202309/packages/{(string)sold["package_id"]!}", shop))["shipping_provider_name"]!);
        Assert.Equal(1, await sandbox.InjectedAsync("service-overridden"));
    }

    [Theory]
    [InlineData(true, 21022025, 1)]
    [InlineData(false, 0, 2)]
    public async Task Someone_buys_the_same_lines_in_Seller_Center_before_our_purchase(bool isProtected, long code, int labels)
    {
        var (sandbox, shop) = await StartAsync();
        await using var _ = sandbox;
        await sandbox.DataAsync(HttpMethod.Put, "/event/202309/webhooks", shop, JsonNode.Parse("""{"event_type":"PACKAGE_UPDATE","address":"http://127.0.0.1:9/"}"""));
        await sandbox.ArmAsync($$"""{"kind":"seller-center-purchase","moment":"before-purchase","protected":{{(isProtected ? "true" : "false")}}}""");
        var order = await sandbox.PlaceAsync(shop);
        Assert.Equal(code, await sandbox.CodeAsync(HttpMethod.Post, Buy, shop, TestSandbox.Purchase(order)));
        var sold = await sandbox.LedgerAsync("labels");
        Assert.Equal(labels, sold.Count);
        Assert.Equal(("seller_center", null, false), ((string)sold[0]["bought_by"]!, (long?)sold[0]["bought_by_call"], (bool)sold[0]["charged_again"]!));
        Assert.Equal([4], (await sandbox.LedgerAsync("webhooks")).Select(w => (int)w["type"]!));
        var progress = await sandbox.GetJsonAsync("/sandbox/progress");
        Assert.Equal((labels - 1, labels - 1), ((long)progress["labels_sold"]!, (long)progress["labels_charged_twice"]!));
        if (!isProtected)
        {
            Assert.Equal(("api", true, (string)sold[0]["package_id"]!), ((string)sold[1]["bought_by"]!, (bool)sold[1]["charged_again"]!, (string)sold[1]["live_before"]![0]!));
        }
    }

    [Fact]
    public async Task Someone_buys_a_part_of_an_order_in_Seller_Center_after_it_became_shippable()
    {
        var (sandbox, shop) = await StartAsync(TestSandbox.Options with { Stepped = true });
        await using var _ = sandbox;
        var host = new TestHost(sandbox);
        host.Register();
        await sandbox.ArmAsync("""{"kind":"seller-center-purchase","moment":"shippable","lines":"part","delay_min_ms":1000,"delay_max_ms":20000}""");
        var order = await sandbox.PlaceAsync(shop, quantity: 4);
        await sandbox.ControlAsync(HttpMethod.Post, "/sandbox/start");
        await host.StepUntilAsync(sandbox.Market.Clock.NowMs + 20_000);
        Assert.Equal("PARTIALLY_SHIPPING", (string)(await sandbox.OrderAsync(shop, order))["status"]!);
        Assert.Equal(2, Assert.Single(await sandbox.LedgerAsync("labels"))["line_ids"]!.AsArray().Count);
    }

    [Fact]
    public async Task With_A2_broken_a_purchase_is_neither_visible_nor_in_progress_for_longer_than_V()
    {
        var time = new FakeTimeProvider(DateTimeOffset.Parse("2026-11-27T08:00:00Z"));
        var (sandbox, shop) = await StartAsync(TestSandbox.Options with { VisibilitySeconds = 2 }, time);
        await using var _ = sandbox;
        await sandbox.ArmAsync("""{"kind":"break-a2","hide_ms":9000,"nth":1,"per_entity":true}""");
        var order = await sandbox.PlaceAsync(shop);
        await Assert.ThrowsAsync<HttpRequestException>(() => sandbox.BuyAsync(shop, order));
        time.Advance(TimeSpan.FromSeconds(8));
        Assert.Equal("AWAITING_SHIPMENT", (string)(await sandbox.OrderAsync(shop, order))["status"]!);
        Assert.Equal(0, await sandbox.CodeAsync(HttpMethod.Post, Buy, shop, TestSandbox.Purchase(order)));
        Assert.Equal([false, true], (await sandbox.LedgerAsync("labels")).Select(l => (bool)l["charged_again"]!));
        time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(2, (await sandbox.OrderAsync(shop, order))["packages"]!.AsArray().Count);
    }

    [Fact]
    public async Task With_A3_broken_someone_buys_the_lines_while_our_purchase_is_unknown()
    {
        var time = new FakeTimeProvider(DateTimeOffset.Parse("2026-11-27T08:00:00Z"));
        var (sandbox, shop) = await StartAsync(time: time);
        await using var _ = sandbox;
        await sandbox.ArmAsync("""{"kind":"break-a3","delay_min_ms":700,"delay_max_ms":700,"nth":1}""");
        var order = await sandbox.PlaceAsync(shop);
        await Assert.ThrowsAsync<HttpRequestException>(() => sandbox.BuyAsync(shop, order));
        Assert.Empty(await sandbox.LedgerAsync("labels"));
        time.Advance(TimeSpan.FromMilliseconds(700));
        Assert.Equal("seller_center", (string)Assert.Single(await sandbox.LedgerAsync("labels"))["bought_by"]!);
        await sandbox.BuyAsync(shop, order);
        Assert.Equal([false, true], (await sandbox.LedgerAsync("labels")).Select(l => (bool)l["charged_again"]!));
    }

    [Theory]
    [InlineData("unknown-enum")]
    [InlineData("oversized")]
    [InlineData("missing-member")]
    [InlineData("wrong-type")]
    public async Task A_poisoned_order_breaks_mapping_beside_healthy_ones_until_it_is_healed(string how)
    {
        var (sandbox, shop) = await StartAsync();
        await using var _ = sandbox;
        var healthy = await sandbox.PlaceAsync(shop);
        var ill = await sandbox.PlaceAsync(shop);
        await sandbox.ArmAsync($$"""{"kind":"poison-order","how":"{{how}}","orders":["{{ill}}"]}""");
        var found = (await sandbox.DataAsync(HttpMethod.Post, "/order/202309/orders/search", shop, new JsonObject(), new() { ["page_size"] = "10", ["sort_order"] = "ASC" }))["orders"]!.AsArray();
        Assert.Equal("AWAITING_SHIPMENT", (string)found.Single(o => (string)o!["id"]! == healthy)!["status"]!);
        var order = found.Single(o => (string)o!["id"]! == ill)!;
        Assert.True(how switch
        {
            "unknown-enum" => (string)order["status"]! == "AWAITING_TELEPORTATION",
            "oversized" => ((string)order["buyer_message"]!).Length == 2_000_000,
            "missing-member" => order["line_items"] is null,
            _ => order["update_time"]!.GetValueKind() == System.Text.Json.JsonValueKind.String,
        });
        await sandbox.ControlAsync(HttpMethod.Delete, "/sandbox/faults", expected: 204);
        Assert.Single((await sandbox.OrderAsync(shop, ill))["line_items"]!.AsArray());
        Assert.Equal("AWAITING_SHIPMENT", (string)(await sandbox.OrderAsync(shop, ill))["status"]!);
    }
}
