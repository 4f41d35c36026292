using System.Text.Json.Nodes;

namespace Engine.Sandbox.Tests;

public sealed class Seller_shipping_and_cancellations
{
    [Fact]
    public async Task Marking_as_shipped_warns_of_a_foreign_pattern_and_rejects_a_pending_cancellation()
    {
        await using var sandbox = await TestSandbox.StartAsync();
        var shop = await sandbox.AddShopAsync();
        var option = sandbox.Market.Shops[shop].SellerDeliveryOptionId;
        var providers = (await sandbox.DataAsync(HttpMethod.Get, $"/logistics/202309/delivery_options/{option}/shipping_providers", shop))["shipping_providers"]!.AsArray();
        var ups = (string)providers.Single(p => (string)p!["name"]! == "UPS")!["id"]!;
        var usps = (string)providers.Single(p => (string)p!["name"]! == "USPS")!["id"]!;
        async Task<JsonNode> Mark(string order, string tracking, string provider) => (await sandbox.CallAsync(HttpMethod.Post, $"/fulfillment/202309/orders/{order}/packages", shop,
            new JsonObject { ["tracking_number"] = tracking, ["shipping_provider_id"] = provider })).Body;

        var first = await sandbox.PlaceAsync(shop, shippingType: "SELLER");
        var fits = await Mark(first, "1Z999AA10123456784", ups);
        Assert.Equal(0, (long)fits["code"]!);
        Assert.Null(fits["data"]!["warning"]);
        Assert.Equal("AWAITING_COLLECTION", (string)(await sandbox.OrderAsync(shop, first))["status"]!);
        Assert.Equal(21011020, (long)(await Mark(first, "1Z999AA10123456785", ups))["code"]!);
        Assert.Equal(11034002, await sandbox.CodeAsync(HttpMethod.Get, $"/fulfillment/202309/packages/{fits["data"]!["package_id"]}/shipping_documents", shop, query: new() { ["document_type"] = "SHIPPING_LABEL" }));

        var second = await sandbox.PlaceAsync(shop, shippingType: "SELLER");
        await sandbox.ControlAsync(HttpMethod.Post, $"/sandbox/orders/{second}/cancel");
        Assert.True((bool)(await sandbox.OrderAsync(shop, second))["is_buyer_request_cancel"]!);
        Assert.NotNull((await Mark(second, "1Z999AA10123456786", usps))["data"]!["warning"]);
        Assert.False((bool)(await sandbox.OrderAsync(shop, second))["is_buyer_request_cancel"]!);

        Assert.Equal(21004012, (long)(await Mark(await sandbox.PlaceAsync(shop, shippingType: "SELLER"), "1Z 999", ups))["code"]!);
        Assert.Equal(21034012, (long)(await Mark(await sandbox.PlaceAsync(shop, shippingType: "SELLER"), "1Z999AA10123456784", ups))["code"]!);
        Assert.Equal(21011004, (long)(await Mark(await sandbox.PlaceAsync(shop), "1Z999AA10123456789", ups))["code"]!);
        Assert.Equal(21011044, (long)(await Mark(await sandbox.PlaceAsync(shop, holdSeconds: 60, shippingType: "SELLER"), "1Z999AA10123456789", ups))["code"]!);
    }

    [Fact]
    public async Task A_buyer_cancels_at_once_on_hold_by_request_before_the_deadline_and_never_after_the_scan()
    {
        await using var sandbox = await TestSandbox.StartAsync();
        var shop = await sandbox.AddShopAsync();
        async Task<string> Cancel(string id, int expected = 200) => (string)(await sandbox.ControlAsync(HttpMethod.Post, $"/sandbox/orders/{id}/cancel", expected: expected))["outcome"]!;

        var held = await sandbox.PlaceAsync(shop, holdSeconds: 3600);
        Assert.Equal("cancelled", await Cancel(held));
        var ready = await sandbox.PlaceAsync(shop);
        Assert.Equal("requested", await Cancel(ready));
        Assert.Equal("already_requested", await Cancel(ready, 409));
        var labelled = await sandbox.PlaceAsync(shop);
        var package = await sandbox.BuyAsync(shop, labelled);
        await sandbox.ControlAsync(HttpMethod.Post, $"/sandbox/packages/{package}/scan");
        Assert.Equal("too_late", await Cancel(labelled, 409));

        var overdue = (string)(await sandbox.ControlAsync(HttpMethod.Post, "/sandbox/orders", JsonNode.Parse($$"""{"shop_id":"{{shop}}","hold_seconds":0,"tts_sla_ms":{{sandbox.Market.Clock.NowMs - 5000}}}""")))["order_id"]!;
        Assert.Equal("cancelled", await Cancel(overdue));

        var found = (await sandbox.DataAsync(HttpMethod.Post, "/return_refund/202309/cancellations/search", shop, new JsonObject(), new() { ["page_size"] = "50" }))["cancellations"]!.AsArray();
        Assert.Equal([held, ready, overdue], found.Select(c => (string)c!["order_id"]!));
        Assert.Equal(["CANCEL", "BUYER_CANCEL", "BUYER_CANCEL"], found.Select(c => (string)c!["cancel_type"]!));
        var request = found[1]!;
        Assert.Equal(86_400, (long)request["seller_next_action_response"]![0]!["deadline"]! - (long)request["create_time"]!);

        var path = $"/return_refund/202309/cancellations/{request["cancel_id"]}";
        var rejection = JsonNode.Parse("""{"reject_reason":"seller_reject_apply_product_has_been_packed"}""");
        Dictionary<string, string> Key(string key) => new() { ["idempotency_key"] = key };
        Assert.Equal(25001001, await sandbox.CodeAsync(HttpMethod.Post, path + "/reject", shop, rejection, Key(new string('k', 256))));
        Assert.Equal(0, await sandbox.CodeAsync(HttpMethod.Post, path + "/reject", shop, rejection, Key("one")));
        Assert.Equal(0, await sandbox.CodeAsync(HttpMethod.Post, path + "/reject", shop, rejection, Key("one")));
        Assert.Equal(25001001, await sandbox.CodeAsync(HttpMethod.Post, path + "/approve", shop, query: Key("one")));
        Assert.Equal(25011011, await sandbox.CodeAsync(HttpMethod.Post, path + "/reject", shop, rejection, Key("two")));
        Assert.Equal(25020004, await sandbox.CodeAsync(HttpMethod.Post, $"/return_refund/202309/cancellations/{found[0]!["cancel_id"]}/approve", shop));
        Assert.Equal(25011012, await sandbox.CodeAsync(HttpMethod.Post, path + "/approve", shop));
        Assert.Equal("AWAITING_SHIPMENT", (string)(await sandbox.OrderAsync(shop, ready))["status"]!);
        var bySeller = new JsonObject { ["order_id"] = ready, ["cancel_reason"] = "seller_cancel_reason_out_of_stock" };
        Assert.Equal(0, await sandbox.CodeAsync(HttpMethod.Post, "/return_refund/202309/cancellations", shop, bySeller));
        Assert.Equal(25001011, await sandbox.CodeAsync(HttpMethod.Post, "/return_refund/202309/cancellations", shop, bySeller));
        Assert.Equal(25001045, await sandbox.CodeAsync(HttpMethod.Post, "/return_refund/202309/cancellations", shop, new JsonObject { ["order_id"] = labelled, ["cancel_reason"] = "seller_cancel_reason_out_of_stock" }));
    }

    [Fact]
    public async Task An_unanswered_request_is_approved_after_24_hours_and_takes_the_label_with_it()
    {
        await using var sandbox = await TestSandbox.StartAsync(TestSandbox.Options with { Stepped = true });
        var shop = await sandbox.AddShopAsync();
        sandbox.Market.ScanLagMinMs = sandbox.Market.ScanLagMaxMs = 30 * 3_600_000;
        var id = await sandbox.PlaceAsync(shop);
        await sandbox.BuyAsync(shop, id);
        await sandbox.ControlAsync(HttpMethod.Post, $"/sandbox/orders/{id}/cancel");
        var asked = sandbox.Market.Clock.NowMs;
        var host = new TestHost(sandbox);
        host.Register();
        await sandbox.ControlAsync(HttpMethod.Post, "/sandbox/start");
        await host.StepToTheEndAsync();
        var order = (await sandbox.LedgerAsync("orders")).Single();
        Assert.Equal("CANCELLED", (string)order["status"]!);
        Assert.Equal(asked + (24 * 3_600_000), (long)order["cancelled_at_ms"]!);
        Assert.Equal("cancelled", (string)(await sandbox.LedgerAsync("labels")).Single()["state"]!);
    }
}
