using System.Text.Json.Nodes;

namespace Engine.Sandbox.Tests;

public sealed class An_order_lives_as_documented
{
    [Fact]
    public async Task From_hold_over_label_to_the_first_scan()
    {
        await using var sandbox = await TestSandbox.StartAsync(TestSandbox.Options with { Stepped = true, StartAt = DateTimeOffset.Parse("2026-11-20T17:05:00-08:00") });
        var shop = await sandbox.AddShopAsync();
        var market = sandbox.Market;
        var id = await sandbox.PlaceAsync(shop, holdSeconds: 3600, quantity: 2);
        var placedAt = market.Clock.NowMs;

        var held = await sandbox.OrderAsync(shop, id);
        Assert.Equal("ON_HOLD", (string)held["status"]!);
        Assert.Equal("", (string)held["recipient_address"]!["full_address"]!);
        Assert.Equal("", (string)held["recipient_address"]!["phone_number"]!);
        Assert.Equal(2, held["line_items"]!.AsArray().Select(l => (string)l!["id"]!).Distinct().Count());
        Assert.Single(held["line_items"]!.AsArray().Select(l => (string)l!["sku_id"]!).Distinct());
        Assert.Null(held["tts_sla_time"]);
        Assert.Equal(21011044, await sandbox.CodeAsync(HttpMethod.Post, "/fulfillment/202309/packages", shop, TestSandbox.Purchase(id)));

        var host = new TestHost(sandbox);
        host.Register();
        market.Clock.Start();
        Assert.True(await host.StepUntilAsync(placedAt + 3_600_000));
        var ready = await sandbox.OrderAsync(shop, id);
        Assert.Equal("AWAITING_SHIPMENT", (string)ready["status"]!);
        Assert.Equal((placedAt + 3_600_000) / 1000, (long)ready["update_time"]!);
        // Friday evening in Los Angeles: Monday is the first business day, Tuesday the second.
        Assert.Equal(DateTimeOffset.Parse("2026-11-24T23:59:59-08:00").ToUnixTimeSeconds(), (long)ready["tts_sla_time"]!);
        Assert.True((long)ready["rts_sla_time"]! < (long)ready["tts_sla_time"]!);
        Assert.Matches(@"^\w\*\*\* \w\*\*\*$", (string)ready["recipient_address"]!["name"]!);
        Assert.Equal("***", (string)ready["recipient_address"]!["address_line1"]!);
        Assert.Null(ready["line_items"]![0]!["package_id"]);

        var package = await sandbox.BuyAsync(shop, id);
        var packed = await sandbox.OrderAsync(shop, id);
        Assert.Equal("AWAITING_COLLECTION", (string)packed["status"]!);
        Assert.Equal(package, (string)packed["packages"]![0]!["id"]!);
        Assert.All(packed["line_items"]!.AsArray(), l => Assert.Equal((package, "PROCESSING"), ((string)l!["package_id"]!, (string)l["package_status"]!)));

        await sandbox.ControlAsync(HttpMethod.Post, $"/sandbox/packages/{package}/scan");
        var scanned = await sandbox.OrderAsync(shop, id);
        Assert.Equal("IN_TRANSIT", (string)scanned["status"]!);
        Assert.Equal(market.Clock.NowMs / 1000, (long)scanned["collection_time"]!);
        Assert.Equal(21042102, await sandbox.CodeAsync(HttpMethod.Get, $"/fulfillment/202309/packages/{package}/shipping_documents", shop, query: new() { ["document_type"] = "SHIPPING_LABEL" }));
        var progress = await sandbox.GetJsonAsync("/sandbox/progress");
        Assert.Equal((1, 1, 0, true), ((long)progress["scanned"]!, (long)progress["dispatched"]!, (long)progress["late"]!, (bool)progress["done"]!));
    }

    [Fact]
    public async Task Carriers_scan_within_the_drawn_lag_and_the_clock_stands_when_nothing_is_left()
    {
        await using var sandbox = await TestSandbox.StartAsync(TestSandbox.Options with { Stepped = true });
        var made = await sandbox.ControlAsync(HttpMethod.Post, "/sandbox/scenario", JsonNode.Parse("""{"shops":2,"orders":60,"over_seconds":1200,"fbt_ratio":0.1,"cancel_in_hold_ratio":0.1}"""));
        foreach (var shop in made["shops"]!.AsArray())
        {
            await sandbox.AdoptAsync(shop!);
        }

        var host = new TestHost(sandbox);
        host.Register();
        await sandbox.ControlAsync(HttpMethod.Post, "/sandbox/start");
        await host.StepToTheEndAsync(async () => host.Work += await BuyAllAsync(sandbox));
        var progress = await sandbox.GetJsonAsync("/sandbox/progress");
        Assert.True((bool)progress["done"]!, progress.ToJsonString());
        Assert.True((bool)progress["quiet"]!);
        Assert.Equal(60, (long)progress["scanned"]! + (long)progress["cancelled"]! + (long)progress["fbt"]!);
        Assert.True((long)progress["fbt"]! > 0 && (long)progress["cancelled"]! > 0);
        foreach (var label in await sandbox.LedgerAsync("labels"))
        {
            Assert.InRange((long)label["scanned_at_ms"]! - (long)label["sold_at_ms"]!, 3_600_000, 21_600_000);
        }
    }

    [Fact]
    public async Task What_is_not_shipped_in_five_business_days_is_cancelled_by_the_platform()
    {
        await using var sandbox = await TestSandbox.StartAsync(TestSandbox.Options with { Stepped = true, StartAt = DateTimeOffset.Parse("2026-11-20T12:00:00-08:00") });
        var shop = await sandbox.AddShopAsync();
        var id = await sandbox.PlaceAsync(shop);
        var due = (long)(await sandbox.OrderAsync(shop, id))["shipping_due_time"]!;
        // Thanksgiving lies in between.
        Assert.Equal(DateTimeOffset.Parse("2026-11-30T23:59:59-08:00").ToUnixTimeSeconds(), due);
        var host = new TestHost(sandbox);
        host.Register();
        await sandbox.ControlAsync(HttpMethod.Post, "/sandbox/start");
        await host.StepToTheEndAsync();
        await sandbox.AdoptAgainAsync(shop);
        var order = await sandbox.OrderAsync(shop, id);
        Assert.Equal(("CANCELLED", "SYSTEM", "system_cancel_order_reason_shipping_timeout"), ((string)order["status"]!, (string)order["cancellation_initiator"]!, (string)order["cancel_reason"]!));
        Assert.True((long)order["cancel_time"]! > due);
    }

    [Fact]
    public async Task Seller_shipped_orders_show_the_address_and_a_foreign_id_fails_the_whole_detail_call()
    {
        await using var sandbox = await TestSandbox.StartAsync();
        var shop = await sandbox.AddShopAsync();
        var other = await sandbox.AddShopAsync("Another shop");
        var order = await sandbox.OrderAsync(shop, await sandbox.PlaceAsync(shop, shippingType: "SELLER"));
        Assert.DoesNotContain("*", (string)order["recipient_address"]!["full_address"]!);
        var foreign = await sandbox.PlaceAsync(other);
        Assert.Equal(21008111, await sandbox.CodeAsync(HttpMethod.Get, "/order/202507/orders", shop, query: new() { ["ids"] = $"{order["id"]},{foreign}" }));
        Assert.Equal(36009004, await sandbox.CodeAsync(HttpMethod.Get, "/order/202309/orders", shop, query: new() { ["ids"] = string.Join(',', Enumerable.Repeat((string)order["id"]!, 51)) }));
    }

    internal static async Task<int> BuyAllAsync(TestSandbox sandbox)
    {
        var bought = 0;
        foreach (var order in sandbox.Market.Orders.Values.Where(o => o.Status == "AWAITING_SHIPMENT" && !o.IsFbt && o.ShippingType == "TIKTOK" && o.PendingCancel is null).ToList())
        {
            await sandbox.BuyAsync(order.Shop.Id, order.Id);
            bought++;
        }

        return bought;
    }
}
