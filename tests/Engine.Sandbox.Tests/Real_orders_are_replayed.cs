using System.Net.Http.Headers;
using System.Text.Json.Nodes;

namespace Engine.Sandbox.Tests;

public sealed class Real_orders_are_replayed
{
    [Fact]
    public async Task Dispatched_and_late_equal_a_plain_count_over_the_file_in_total_and_per_shop()
    {
        var file = Find();
        Assert.SkipWhen(file is null, "../shared/data/marketplace-orders/orders.csv is not beside this clone.");
        var rows = (await File.ReadAllLinesAsync(file!)).Skip(1).Select(l => l.Split(',')).ToList();
        var orders = rows.GroupBy(r => (Order: r[0], Seller: r[2])).ToList();
        var dispatched = orders.Where(o => o.Any(r => r[8].Length > 0)).ToList();
        var late = dispatched.Where(o => string.CompareOrdinal(o.Max(r => r[8]), o.Max(r => r[7])) > 0).ToList();
        var cancelled = orders.Where(o => o.First()[4] == "canceled" && o.All(r => r[8].Length == 0)).ToList();

        await using var sandbox = await TestSandbox.StartAsync(TestSandbox.Options with { Stepped = true, ChargeRepeatedPurchase = true });
        using var csv = new ByteArrayContent(await File.ReadAllBytesAsync(file!));
        csv.Headers.ContentType = new MediaTypeHeaderValue("text/csv");
        using var answer = await sandbox.Http.PostAsync("/sandbox/replay", csv);
        var made = JsonNode.Parse(await answer.Content.ReadAsStringAsync())!;
        Assert.Equal(orders.Count, (int)made["orders"]!);
        Assert.Equal(rows.Select(r => r[2]).Distinct().Count(), made["shops"]!.AsArray().Count);

        var host = new TestHost(sandbox);
        host.Register();
        await sandbox.ControlAsync(HttpMethod.Post, "/sandbox/start");
        var market = sandbox.Market;
        var known = 0;
        var waiting = new List<Orders.Order>();
        await host.StepToTheEndAsync(() =>
        {
            for (; known < market.Ledger.Orders.Count; known++)
            {
                waiting.Add(market.Ledger.Orders[known + 1]);
            }

            foreach (var order in waiting.Where(o => o.Status == "AWAITING_SHIPMENT"))
            {
                Sell(market, order);
                host.Work++;
            }

            waiting.RemoveAll(o => o.Status != "ON_HOLD");
            return Task.CompletedTask;
        });

        var progress = await sandbox.GetJsonAsync("/sandbox/progress");
        Assert.True((bool)progress["done"]!, progress.ToJsonString());
        Assert.Equal(dispatched.Count, (long)progress["dispatched"]!);
        Assert.Equal(late.Count, (long)progress["late"]!);
        Assert.Equal(orders.Count - dispatched.Count - cancelled.Count, (long)progress["unfinishable"]!);
        Assert.Equal(orders.Count - cancelled.Count, (long)progress["labels_sold"]!);

        var names = made["shops"]!.AsArray().ToDictionary(s => (string)s!["shop_id"]!, s => ((string)s!["name"]!)["Seller ".Length..]);
        var ledger = await sandbox.LedgerAsync("orders");
        var perShop = ledger.Where(o => o["scanned_at_ms"] is not null).GroupBy(o => names[(string)o["shop_id"]!])
            .ToDictionary(g => g.Key, g => (Dispatched: g.Count(), Late: g.Count(o => (long)o["scanned_at_ms"]! > (long)o["tts_sla_ms"]!)));
        var expected = dispatched.GroupBy(o => o.Key.Seller).ToDictionary(g => g.Key, g => (Dispatched: g.Count(), Late: g.Count(late.Contains)));
        Assert.Equal(expected.OrderBy(e => e.Key), perShop.OrderBy(e => e.Key));
    }

    [Fact]
    public async Task A_file_without_the_needed_columns_is_refused_with_their_names()
    {
        await using var sandbox = await TestSandbox.StartAsync();
        using var answer = await sandbox.Http.PostAsync("/sandbox/replay", new StringContent("order_id,line\n1,1\n"));
        Assert.Equal(400, (int)answer.StatusCode);
        Assert.Contains("seller_id", await answer.Content.ReadAsStringAsync());
    }

    private static void Sell(Marketplace market, Orders.Order order)
    {
        lock (order.Shop.Gate)
        {
            var package = new Fulfillment.Package
            {
                Id = market.Draw.Id("115", 19, order.Id, "test-package"),
                Shop = order.Shop,
                Orders = [order],
                Lines = order.Lines,
                ShippingType = "TIKTOK",
                TrackingNumber = "1",
                Carrier = order.Shop.Carriers[0],
                CreateTime = market.Clock.NowSeconds,
                CreatedAtMs = market.Clock.NowMs,
            };
            market.Lifecycle.RegisterSale(package);
            market.Lifecycle.Reveal(package, market.Clock.NowMs);
        }
    }

    private static string? Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            foreach (var root in new[] { folder, folder.Parent })
            {
                var file = root is null ? null : Path.Combine(root.FullName, "shared", "data", "marketplace-orders", "orders.csv");
                if (file is not null && File.Exists(file))
                {
                    return file;
                }
            }
        }

        return null;
    }
}
