using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Time.Testing;

namespace Engine.Sandbox.Tests;

public sealed class Faults_strike_calls
{
    private const string Buy = "/fulfillment/202309/packages";
    private const string BuyApi = "POST " + Buy;
    private const string Orders = "/order/202507/orders";
    private const string OrderSearch = "/order/202309/orders/search";

    private static async Task<(TestSandbox Sandbox, string Shop, string Order)> StartAsync(string plans, SandboxOptions? options = null, TimeProvider? time = null)
    {
        var sandbox = await TestSandbox.StartAsync(options ?? TestSandbox.Options with { ChargeRepeatedPurchase = true }, time);
        var shop = await sandbox.AddShopAsync();
        var order = await sandbox.PlaceAsync(shop);
        await sandbox.ArmAsync(plans);
        return (sandbox, shop, order);
    }

    /// <summary>Lets system time pass until the task has ended.</summary>
    private static async Task<TimeSpan> PassTimeUntilAsync(TestSandbox sandbox, FakeTimeProvider time, Func<Task<bool>> ended)
    {
        var passed = TimeSpan.Zero;
        while (!await ended())
        {
            Assert.True(passed < TimeSpan.FromMinutes(5), "Nothing happened in five minutes of system time.");
            await sandbox.GetJsonAsync("/sandbox/time");
            time.Advance(TimeSpan.FromMilliseconds(50));
            passed += TimeSpan.FromMilliseconds(50);
        }

        return passed;
    }

    private static async Task<bool> Ended(Task task)
    {
        await Task.Yield();
        return task.IsCompleted;
    }

    [Fact]
    public async Task A_lost_reply_leaves_its_label_sold_and_the_ledger_tells_which_call_bought_it()
    {
        var (sandbox, shop, order) = await StartAsync("""{"kind":"reply-lost"}""");
        await using var _ = sandbox;
        await Assert.ThrowsAsync<HttpRequestException>(() => sandbox.BuyAsync(shop, order));
        Assert.Equal("AWAITING_COLLECTION", (string)(await sandbox.OrderAsync(shop, order))["status"]!);
        var call = (await sandbox.LedgerAsync("calls")).Single(c => (string?)c["fault"] == "reply-lost");
        Assert.Equal((0, 0, "done", BuyApi), ((int)call["http"]!, (long)call["code"]!, (string)call["effect"]!, (string)call["api"]!));
        var label = Assert.Single(await sandbox.LedgerAsync("labels"));
        Assert.Equal(("api", (long)call["seq"]!), ((string)label["bought_by"]!, (long)label["bought_by_call"]!));
        Assert.Empty(label["live_before"]!.AsArray());
    }

    [Fact]
    public async Task A_delayed_reply_leaves_after_its_delay_and_its_effect_is_there_at_once()
    {
        var time = new FakeTimeProvider(DateTimeOffset.Parse("2026-11-27T08:00:00Z"));
        var (sandbox, shop, order) = await StartAsync("""{"kind":"reply-delayed","delay_min_ms":3000,"delay_max_ms":3000}""", time: time);
        await using var _ = sandbox;
        var purchase = sandbox.BuyAsync(shop, order);
        while ((await sandbox.LedgerAsync("labels")).Count == 0)
        {
            Assert.False(purchase.IsCompleted);
        }

        var passed = await PassTimeUntilAsync(sandbox, time, () => Ended(purchase));
        Assert.True(passed >= TimeSpan.FromSeconds(3));
        Assert.Equal(await purchase, (string)(await sandbox.LedgerAsync("labels"))[0]["package_id"]!);
    }

    [Theory]
    [InlineData("effect-delayed", "reset", 800, 800, 2000)]
    [InlineData("effect-delayed", "timeout", 800, 800, 2000)]
    [InlineData("effect-delayed-beyond", "reset", 2500, 2500, 2500)]
    public async Task A_delayed_effect_comes_when_its_caller_has_gone(string kind, string reply, int delayMs, int soldMs, int visibleMs)
    {
        var time = new FakeTimeProvider(DateTimeOffset.Parse("2026-11-27T08:00:00Z"));
        var (sandbox, shop, order) = await StartAsync($$"""{"kind":"{{kind}}","reply":"{{reply}}","delay_min_ms":{{delayMs}},"delay_max_ms":{{delayMs}}}""",
            TestSandbox.Options with { VisibilitySeconds = 2 }, time);
        await using var _ = sandbox;
        var start = time.GetUtcNow();
        var purchase = Assert.ThrowsAsync<HttpRequestException>(() => sandbox.BuyAsync(shop, order));
        if (reply == "reset")
        {
            await purchase;
            Assert.Empty(await sandbox.LedgerAsync("labels"));
        }

        await PassTimeUntilAsync(sandbox, time, async () => (await sandbox.LedgerAsync("labels")).Count > 0);
        Assert.True(time.GetUtcNow() - start >= TimeSpan.FromMilliseconds(soldMs));
        await PassTimeUntilAsync(sandbox, time, async () => (string)(await sandbox.OrderAsync(shop, order))["status"]! == "AWAITING_COLLECTION");
        Assert.True(time.GetUtcNow() - start >= TimeSpan.FromMilliseconds(visibleMs));
        await PassTimeUntilAsync(sandbox, time, () => Ended(purchase));
        await purchase;
        var call = (await sandbox.LedgerAsync("calls")).Single(c => (string)c["api"]! == BuyApi);
        Assert.Equal((kind, "late", 0, 0), ((string)call["fault"]!, (string)call["effect"]!, (int)call["http"]!, (long)call["late_code"]!));
        var label = Assert.Single(await sandbox.LedgerAsync("labels"));
        Assert.Equal(("api", (long)call["seq"]!), ((string)label["bought_by"]!, (long)label["bought_by_call"]!));
    }

    [Theory]
    [InlineData("http-500", 500, "before")]
    [InlineData("http-500", 500, "after")]
    [InlineData("http-503", 503, "before")]
    [InlineData("http-503", 503, "after")]
    public async Task A_server_error_comes_without_JSON_before_the_effect_or_after_it(string kind, int status, string effect)
    {
        var (sandbox, shop, order) = await StartAsync($$"""{"kind":"{{kind}}","api":"{{BuyApi}}","effect":"{{effect}}"}""");
        await using var _ = sandbox;
        using var answer = await sandbox.SendAsync(HttpMethod.Post, Buy, shop, TestSandbox.Purchase(order));
        Assert.Equal((status, "text/html"), ((int)answer.StatusCode, answer.Content.Headers.ContentType!.MediaType));
        Assert.Equal(effect == "after" ? 1 : 0, (await sandbox.LedgerAsync("labels")).Count);
        Assert.Equal([kind], await sandbox.FaultsOfAsync(BuyApi));
        await sandbox.OrderAsync(shop, order);
    }

    [Theory]
    [InlineData(null, 200)]
    [InlineData(500, 500)]
    public async Task An_internal_error_is_36009003_in_the_wanted_status(int? http, int status)
    {
        var (sandbox, shop, order) = await StartAsync($$"""{"kind":"internal-error","api":"purchase","effect":"after"{{(http is null ? "" : ",\"http\":" + http)}}}""");
        await using var _ = sandbox;
        var (given, body) = await sandbox.CallAsync(HttpMethod.Post, Buy, shop, TestSandbox.Purchase(order));
        Assert.Equal((status, 36009003), (given, (long)body["code"]!));
        Assert.Single(await sandbox.LedgerAsync("labels"));
    }

    [Fact]
    public async Task A_protective_429_is_no_limit_of_ours()
    {
        var (sandbox, shop, order) = await StartAsync("""{"kind":"protective-429","api":"read","nth":1,"retry_after_seconds":2}""");
        await using var _ = sandbox;
        using var answer = await sandbox.SendAsync(HttpMethod.Get, Orders, shop, query: new() { ["ids"] = order });
        Assert.Equal((429, TimeSpan.FromSeconds(2)), ((int)answer.StatusCode, answer.Headers.RetryAfter!.Delta));
        Assert.Equal(36009002, (long)JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["code"]!);
        await sandbox.OrderAsync(shop, order);
        Assert.False((bool)(await sandbox.LedgerAsync("calls")).Single(c => (string?)c["fault"] == "protective-429")["limited"]!);
        var progress = await sandbox.GetJsonAsync("/sandbox/progress");
        Assert.Equal((0, 1), ((long)progress["http_429"]!, (long)progress["faults_injected"]!));
    }

    [Fact]
    public async Task A_reset_connection_has_no_effect()
    {
        var (sandbox, shop, order) = await StartAsync("""{"kind":"connection-reset","api":"purchase","at_most":1}""");
        await using var _ = sandbox;
        await Assert.ThrowsAsync<HttpRequestException>(() => sandbox.BuyAsync(shop, order));
        Assert.Empty(await sandbox.LedgerAsync("labels"));
        var call = (await sandbox.LedgerAsync("calls")).Single(c => (string?)c["fault"] == "connection-reset");
        Assert.Equal((0, "none"), ((int)call["http"]!, (string)call["effect"]!));
        await sandbox.BuyAsync(shop, order);
    }

    [Theory]
    [InlineData("body")]
    [InlineData("connection")]
    public async Task A_truncated_answer_ends_in_the_middle_after_the_effect(string how)
    {
        var (sandbox, shop, order) = await StartAsync($$"""{"kind":"truncated-json","how":"{{how}}"}""");
        await using var _ = sandbox;
        if (how == "connection")
        {
            await Assert.ThrowsAnyAsync<HttpRequestException>(() => sandbox.SendAsync(HttpMethod.Post, Buy, shop, TestSandbox.Purchase(order)));
        }
        else
        {
            using var answer = await sandbox.SendAsync(HttpMethod.Post, Buy, shop, TestSandbox.Purchase(order));
            Assert.Equal(200, (int)answer.StatusCode);
            var text = await answer.Content.ReadAsStringAsync();
            Assert.ThrowsAny<JsonException>(() => JsonNode.Parse(text));
        }

        Assert.Single(await sandbox.LedgerAsync("labels"));
    }

    [Fact]
    public async Task Unknown_members_stand_in_every_object_beside_all_known_ones()
    {
        var (sandbox, shop, order) = await StartAsync("""[{"kind":"unknown-members","api":"read"}]""");
        await using var _ = sandbox;
        var with = await sandbox.OrderAsync(shop, order);
        await sandbox.ControlAsync(HttpMethod.Delete, "/sandbox/faults", expected: 204);
        var without = await sandbox.OrderAsync(shop, order);
        foreach (var (name, value) in without["line_items"]![0]!.AsObject())
        {
            Assert.Equal(value?.ToJsonString(), with["line_items"]![0]![name]?.ToJsonString());
        }

        static int Added(JsonNode node) => node.AsObject().Count(m => m.Key.StartsWith("x_", StringComparison.Ordinal));
        Assert.Equal((2, 2, 2), (Added(with), Added(with["line_items"]![0]!), Added(with["payment"]!)));
        Assert.Equal(0, Added(without));
    }

    [Fact]
    public async Task Unknown_members_and_a_cut_answer_go_together()
    {
        var (sandbox, shop, order) = await StartAsync("""[{"kind":"truncated-json","how":"body","api":"read"},{"kind":"unknown-members","api":"read"}]""");
        await using var _ = sandbox;
        using var answer = await sandbox.SendAsync(HttpMethod.Get, Orders, shop, query: new() { ["ids"] = order });
        Assert.Equal(200, (int)answer.StatusCode);
        Assert.Equal(["truncated-json+unknown-members"], await sandbox.FaultsOfAsync("GET " + Orders));
    }

    [Fact]
    public async Task Searches_lag_behind_writes_and_details_do_not()
    {
        var start = DateTimeOffset.Parse("2026-11-27T08:00:00Z").ToUnixTimeMilliseconds();
        var (sandbox, shop, order) = await StartAsync("""{"kind":"list-lag"}""",
            TestSandbox.Options with { Stepped = true, StartAt = DateTimeOffset.Parse("2026-11-27T08:00:00Z") });
        await using var _ = sandbox;
        async Task<int> Found(string path, string sort) => (await sandbox.DataAsync(HttpMethod.Post, path, shop, new JsonObject(), new() { ["page_size"] = "50", ["sort_field"] = sort }))
            [path == OrderSearch ? "orders" : "packages"]!.AsArray().Count;

        const string Packages = "/fulfillment/202309/packages/search";
        Assert.Equal((0, 0), (await Found(OrderSearch, "create_time"), await Found(OrderSearch, "update_time")));
        Assert.Equal(order, (string)(await sandbox.OrderAsync(shop, order))["id"]!);
        sandbox.Market.Clock.TrySetAnchor(start + 30_000);
        Assert.Equal((1, 1), (await Found(OrderSearch, "create_time"), await Found(OrderSearch, "update_time")));
        await sandbox.BuyAsync(shop, order);
        Assert.Equal((1, 0, 0), (await Found(OrderSearch, "create_time"), await Found(OrderSearch, "update_time"), await Found(Packages, "create_time")));
        sandbox.Market.Clock.TrySetAnchor(start + 60_000);
        Assert.Equal((1, 1), (await Found(OrderSearch, "update_time"), await Found(Packages, "create_time")));

        // Only answers that really lacked something count.
        Assert.Equal(4, await sandbox.InjectedAsync("list-lag"));
    }

    [Theory]
    [InlineData("repeat")]
    [InlineData("skip")]
    public async Task Pages_shift_while_they_are_read(string how)
    {
        await using var sandbox = await TestSandbox.StartAsync();
        var shop = await sandbox.AddShopAsync();
        var ids = new List<string>();
        for (var i = 0; i < 9; i++)
        {
            ids.Add(await sandbox.PlaceAsync(shop));
        }

        await sandbox.ArmAsync($$"""{"kind":"shifting-pages","how":"{{how}}","nth":1}""");
        var seen = new List<string>();
        var token = "";
        do
        {
            var query = new Dictionary<string, string> { ["page_size"] = "3", ["sort_field"] = "update_time", ["sort_order"] = "ASC" };
            if (token.Length > 0)
            {
                query["page_token"] = token;
            }

            var data = await sandbox.DataAsync(HttpMethod.Post, OrderSearch, shop, new JsonObject(), query);
            seen.AddRange(data["orders"]!.AsArray().Select(o => (string)o!["id"]!));
            token = (string)data["next_page_token"]!;
        }
        while (token.Length > 0);

        if (how == "skip")
        {
            Assert.InRange(ids.Except(seen).Count(), 1, 2);
            Assert.Equal(seen.Count, seen.Distinct().Count());
        }
        else
        {
            Assert.Equal(ids, seen.Distinct());
            Assert.InRange(seen.Count - ids.Count, 1, 2);
            Assert.Contains(seen[3], seen[..3]);
        }
    }

    [Fact]
    public async Task A_token_that_expired_early_is_refused_until_it_is_refreshed()
    {
        var (sandbox, shop, order) = await StartAsync("[]");
        await using var _ = sandbox;
        await sandbox.ArmAsync("""{"kind":"token-expired-early","id":"early"}""");
        var (status, body) = await sandbox.CallAsync(HttpMethod.Get, Orders, shop, query: new() { ["ids"] = order });
        Assert.Equal((401, 105002), (status, (long)body["code"]!));
        await sandbox.CallAsync(HttpMethod.Get, Orders, shop, query: new() { ["ids"] = order });
        Assert.Equal(1, await sandbox.InjectedAsync("token-expired-early"));
        await sandbox.ControlAsync(HttpMethod.Delete, "/sandbox/faults/early", expected: 204);
        await sandbox.OrderAsync(shop, order);
    }

    [Theory]
    [InlineData("refresh-fails")]
    [InlineData("refresh-answer-lost")]
    public async Task A_refresh_fails_once_or_loses_its_answer_and_works_the_second_time(string kind)
    {
        var (sandbox, _, _) = await StartAsync($$"""{"kind":"{{kind}}"}""");
        await using var disposing = sandbox;
        var made = await sandbox.ControlAsync(HttpMethod.Post, "/sandbox/shops", JsonNode.Parse("""{"shops":[{"name":"Second"}]}"""));
        var auth = $"app_key={TestSandbox.AppKey}&app_secret={TestSandbox.AppSecret}";
        var tokens = (await sandbox.GetJsonAsync($"/api/v2/token/get?{auth}&auth_code={(string)made["shops"]![0]!["auth_code"]!}&grant_type=authorized_code"))["data"]!;
        var refresh = $"/api/v2/token/refresh?{auth}&refresh_token={(string)tokens["refresh_token"]!}&grant_type=refresh_token";
        if (kind == "refresh-fails")
        {
            Assert.Equal(36009003, (long)(await sandbox.GetJsonAsync(refresh))["code"]!);
        }
        else
        {
            await Assert.ThrowsAsync<HttpRequestException>(() => sandbox.GetJsonAsync(refresh));
        }

        Assert.Equal(0, (long)(await sandbox.GetJsonAsync(refresh))["code"]!);
        Assert.Equal([kind, null], await sandbox.FaultsOfAsync("GET /api/v2/token/refresh"));
    }

    [Fact]
    public async Task A_deauthorised_shop_is_refused_while_others_go_on_and_healing_gives_it_back()
    {
        var (sandbox, shop, order) = await StartAsync("[]");
        await using var _ = sandbox;
        var other = await sandbox.AddShopAsync("Other shop");
        var theirs = await sandbox.PlaceAsync(other);
        await sandbox.DataAsync(HttpMethod.Put, "/event/202309/webhooks", shop, JsonNode.Parse("""{"event_type":"SELLER_DEAUTHORIZATION","address":"http://127.0.0.1:9/"}"""));
        await sandbox.ArmAsync($$"""{"kind":"shop-deauthorised","shops":["{{shop}}"]}""");
        var (status, body) = await sandbox.CallAsync(HttpMethod.Get, Orders, shop, query: new() { ["ids"] = order });
        Assert.Equal((401, 36009004), (status, (long)body["code"]!));
        await sandbox.OrderAsync(other, theirs);
        Assert.Equal([6], (await sandbox.LedgerAsync("webhooks")).Select(w => (int)w["type"]!));
        await sandbox.ControlAsync(HttpMethod.Delete, "/sandbox/faults", expected: 204);
        await sandbox.OrderAsync(shop, order);
        Assert.Equal(1, await sandbox.InjectedAsync("shop-deauthorised"));
    }

    [Theory]
    [InlineData(600_000, 0, true)]
    [InlineData(-60_000, 0, true)]
    [InlineData(20_000, 0, false)]
    [InlineData(-400_000, -390, false)]
    public async Task A_skewed_clock_judges_signatures_and_dates_answers(long skewMs, int signedSecondsAhead, bool refused)
    {
        var (sandbox, shop, order) = await StartAsync($$"""{"kind":"clock-skew","skew_ms":{{skewMs}}}""");
        await using var _ = sandbox;
        using var answer = await sandbox.SendAsync(HttpMethod.Get, Orders, shop, query: new() { ["ids"] = order },
            beforeSigning: q => q["timestamp"] = (sandbox.Market.Clock.SystemWallSeconds + signedSecondsAhead).ToString());
        Assert.Equal(refused ? 36009004 : 0, (long)JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["code"]!);
        var ahead = answer.Headers.Date!.Value.ToUnixTimeSeconds() - sandbox.Market.Clock.SystemWallSeconds;
        Assert.InRange(ahead, (skewMs / 1000) - 30, (skewMs / 1000) + 30);

        // A skew that changed nothing is no injection; the last case is taken only because of it.
        Assert.Equal(skewMs == 20_000 ? 0 : 1, await sandbox.InjectedAsync("clock-skew"));
    }

    [Fact]
    public async Task With_A1_broken_an_expired_signature_is_taken()
    {
        var (sandbox, shop, order) = await StartAsync("""{"kind":"break-a1"}""");
        await using var _ = sandbox;
        Task<(int Status, JsonNode Body)> Old() => sandbox.CallAsync(HttpMethod.Get, Orders, shop, query: new() { ["ids"] = order },
            beforeSigning: q => q["timestamp"] = (sandbox.Market.Clock.SystemWallSeconds - 3600).ToString());
        Assert.Equal(0, (long)(await Old()).Body["code"]!);
        await sandbox.OrderAsync(shop, order);
        Assert.Equal(["break-a1", null], await sandbox.FaultsOfAsync("GET " + Orders));
        await sandbox.ControlAsync(HttpMethod.Delete, "/sandbox/faults", expected: 204);
        Assert.Equal(36009004, (long)(await Old()).Body["code"]!);
    }
}
