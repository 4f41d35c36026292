using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace Engine.Sandbox.Tests;

public sealed class Fault_plans_keep_their_contract
{
    private const string Buy = "/fulfillment/202309/packages";

    [Fact]
    public async Task The_same_seed_gives_the_same_faults_in_whatever_order_the_orders_come_and_another_seed_others()
    {
        var first = await RunAsync(5, reverse: false);
        Assert.Equal(first, await RunAsync(5, reverse: false));
        Assert.Equal(first, await RunAsync(5, reverse: true));
        Assert.NotEqual(first, await RunAsync(6, reverse: false));
        Assert.Contains(first, f => f.EndsWith(": none", StringComparison.Ordinal));
        Assert.Contains(first, f => f.Contains('+', StringComparison.Ordinal));
    }

    /// <summary>Three reads and a purchase of each of 20 orders, four plans at once; what struck which order.</summary>
    private static async Task<List<string>> RunAsync(int seed, bool reverse)
    {
        await using var sandbox = await TestSandbox.StartAsync(TestSandbox.Options with { ChargeRepeatedPurchase = true });
        var shop = await sandbox.AddShopAsync();
        var ids = new List<string>();
        for (var i = 0; i < 20; i++)
        {
            ids.Add(await sandbox.PlaceAsync(shop));
        }

        await sandbox.ArmAsync($$"""
            [{"kind":"reply-lost","probability":0.3,"seed":{{seed}}},
             {"kind":"unknown-members","probability":0.5,"seed":{{seed}}},
             {"kind":"http-503","api":"any","probability":0.2,"effect":"drawn","seed":{{seed}}},
             {"kind":"buyer-cancel","probability":0.2,"seed":{{seed}}}]
            """);
        var struck = new List<string>();
        for (var round = 0; round < 4; round++)
        {
            foreach (var id in reverse ? Enumerable.Reverse(ids) : ids)
            {
                try
                {
                    using var answer = round == 3 ? await sandbox.SendAsync(HttpMethod.Post, Buy, shop, TestSandbox.Purchase(id))
                        : await sandbox.SendAsync(HttpMethod.Get, "/order/202507/orders", shop, query: new() { ["ids"] = id });
                }
                catch (HttpRequestException)
                {
                    // The ledger tells which fault that was.
                }

                var call = (await sandbox.LedgerAsync("calls"))[^1];
                struck.Add($"{round} {id}: {(string?)call["fault"] ?? "none"} {call["http"]} {call["effect"]}".TrimEnd() + (call["fault"] is null ? ": none" : ""));
            }
        }

        struck.Sort(StringComparer.Ordinal);
        return struck;
    }

    [Fact]
    public async Task Plans_are_listed_with_their_counts_and_healed_one_by_one()
    {
        await using var sandbox = await TestSandbox.StartAsync();
        var shop = await sandbox.AddShopAsync();
        var order = await sandbox.PlaceAsync(shop);
        Assert.Equal(["internal-error-1", "mine", "internal-error-2"],
            await sandbox.ArmAsync("""[{"kind":"internal-error","api":"read","effect":"before","nth":2},{"kind":"reply-lost","id":"mine"},{"kind":"internal-error","api":"document"}]"""));
        await sandbox.OrderAsync(shop, order);
        Assert.Equal(36009003, await sandbox.CodeAsync(HttpMethod.Get, "/order/202507/orders", shop, query: new() { ["ids"] = order }));
        await sandbox.OrderAsync(shop, order);
        var report = await sandbox.GetJsonAsync("/sandbox/faults");
        var plan = report["faults"]![0]!;
        Assert.Equal(("internal-error-1", 3, 1, true, 2), ((string)plan["id"]!, (long)plan["matched"]!, (long)plan["injected"]!, (bool)plan["open"]!, (long)plan["plan"]!["nth"]!));
        Assert.Equal(3, report["faults"]!.AsArray().Count);

        await sandbox.ControlAsync(HttpMethod.Delete, "/sandbox/faults/mine", expected: 204);
        await sandbox.ControlAsync(HttpMethod.Delete, "/sandbox/faults/mine", expected: 404);
        await sandbox.BuyAsync(shop, order);
        await sandbox.ControlAsync(HttpMethod.Delete, "/sandbox/faults", expected: 204);
        report = await sandbox.GetJsonAsync("/sandbox/faults");
        Assert.Empty(report["faults"]!.AsArray());
        Assert.Equal((1, 1), ((long)report["injected"]!["internal-error"]!, (long)report["injected_total"]!));
        Assert.Equal("internal-error-3", Assert.Single(await sandbox.ArmAsync("""{"kind":"internal-error"}""")));
    }

    [Fact]
    public async Task A_plan_strikes_inside_its_window_its_shops_and_its_orders_only()
    {
        await using var sandbox = await TestSandbox.StartAsync(TestSandbox.Options with { Stepped = true });
        var shop = await sandbox.AddShopAsync();
        var other = await sandbox.AddShopAsync("Other");
        var (one, two, theirs) = (await sandbox.PlaceAsync(shop), await sandbox.PlaceAsync(shop), await sandbox.PlaceAsync(other));
        var now = sandbox.Market.Clock.NowMs;
        await sandbox.ArmAsync($$"""
            [{"kind":"internal-error","api":"read","effect":"before","orders":["{{one}}"],"from_ms":{{now + 1000}},"until_ms":{{now + 2000}}},
             {"kind":"protective-429","api":"read","shops":["{{other}}"],"from_ms":1000,"until_ms":2000,"clock":"system"},
             {"kind":"http-500","api":"read","shops":["{{other}}"],"effect":"before"}]
            """);
        async Task<string> Fault(string of, string id)
        {
            using var answer = await sandbox.SendAsync(HttpMethod.Get, "/order/202507/orders", of, query: new() { ["ids"] = id });
            return (string?)(await sandbox.LedgerAsync("calls"))[^1]["fault"] ?? "none";
        }

        Assert.Equal(("none", "none", "http-500"), (await Fault(shop, one), await Fault(shop, two), await Fault(other, theirs)));
        sandbox.Market.Clock.TrySetAnchor(now + 1000);
        Assert.Equal(("internal-error", "none"), (await Fault(shop, one), await Fault(shop, two)));
        sandbox.Market.Clock.TrySetAnchor(now + 2000);
        Assert.Equal("none", await Fault(shop, one));
    }

    [Fact]
    public async Task A_limit_counts_over_the_plan_or_for_each_order()
    {
        await using var sandbox = await TestSandbox.StartAsync();
        var shop = await sandbox.AddShopAsync();
        var (one, two) = (await sandbox.PlaceAsync(shop), await sandbox.PlaceAsync(shop));
        async Task<string> Codes(string plan)
        {
            var id = Assert.Single(await sandbox.ArmAsync(plan));
            var codes = new List<long>();
            foreach (var order in new[] { one, two, one, two, one, two })
            {
                codes.Add(await sandbox.CodeAsync(HttpMethod.Get, "/order/202507/orders", shop, query: new() { ["ids"] = order }));
            }

            await sandbox.ControlAsync(HttpMethod.Delete, "/sandbox/faults/" + id, expected: 204);
            return string.Concat(codes.Select(c => c == 0 ? '.' : 'x'));
        }

        const string Plan = """{"kind":"internal-error","api":"read","effect":"before",""";
        Assert.Equal("xxx...", await Codes(Plan + "\"at_most\":3}"));
        Assert.Equal("xx....", await Codes(Plan + "\"at_most_per_entity\":1}"));
        Assert.Equal("...x..", await Codes(Plan + "\"nth\":4}"));
        Assert.Equal("..xx..", await Codes(Plan + "\"nth\":2,\"per_entity\":true}"));
        Assert.Equal("......", await Codes(Plan + "\"probability\":0}"));
    }

    [Theory]
    [InlineData("""{"kind":"earthquake"}""")]
    [InlineData("""{"kind":"reply-lost","api":"GET /nowhere"}""")]
    [InlineData("""{"kind":"reply-lost","probability":1.5}""")]
    [InlineData("""{"kind":"reply-lost","skew_ms":5}""")]
    [InlineData("""{"kind":"reply-lost","unknown":5}""")]
    [InlineData("""{"kind":"reply-lost","from_ms":5,"until_ms":5}""")]
    [InlineData("""{"kind":"clock-skew"}""")]
    [InlineData("""{"kind":"storm"}""")]
    [InlineData("""[{"kind":"reply-lost","id":"a"},{"kind":"reply-lost","id":"a"}]""")]
    [InlineData("""[{"kind":"reply-lost"},{"kind":"reply-lost","nth":0}]""")]
    [InlineData("""{"kind":"effect-delayed","delay_max_ms":3000}""")]
    [InlineData("""{"kind":"effect-delayed-beyond","delay_min_ms":2000}""")]
    [InlineData("""5""")]
    public async Task A_wrong_plan_is_refused_with_one_sentence_and_none_is_armed(string body)
    {
        await using var sandbox = await TestSandbox.StartAsync(TestSandbox.Options with { VisibilitySeconds = 2 });
        using var answer = await sandbox.Http.PostAsync("/sandbox/faults", new StringContent(body, System.Text.Encoding.UTF8, "application/json"));
        Assert.Equal(400, (int)answer.StatusCode);
        Assert.EndsWith(".", (string)(await answer.Content.ReadFromJsonAsync<JsonNode>())!["error"]!);
        Assert.Empty((await sandbox.GetJsonAsync("/sandbox/faults"))["faults"]!.AsArray());
    }

    [Fact]
    public async Task A_storm_is_many_plans_under_one_name_and_goes_as_one()
    {
        await using var sandbox = await TestSandbox.StartAsync(TestSandbox.Options with { VisibilitySeconds = 2 });
        Assert.Equal(["storm-1"], await sandbox.ArmAsync("""{"kind":"storm","intensity":0.4,"seed":7}"""));
        var plans = (await sandbox.GetJsonAsync("/sandbox/faults"))["faults"]!.AsArray();
        Assert.All(plans, p => Assert.StartsWith("storm-1/", (string)p!["id"]!));
        Assert.Equal(plans.Count, plans.Select(p => (string)p!["id"]!).Distinct().Count());
        Assert.Equal(0.08, (double)plans.Single(p => (string)p!["id"]! == "storm-1/reply-lost")!["plan"]!["probability"]!, 6);
        Assert.DoesNotContain(plans, p => ((string)p!["plan"]!["kind"]!).StartsWith("break-", StringComparison.Ordinal));
        await sandbox.ControlAsync(HttpMethod.Delete, "/sandbox/faults/storm-1", expected: 204);
        Assert.Empty((await sandbox.GetJsonAsync("/sandbox/faults"))["faults"]!.AsArray());
    }
}
