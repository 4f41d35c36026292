using System.Net;
using System.Text.Json;
using Engine.Contracts;

namespace Engine.FrontDoor.Tests;

public sealed class Shops_and_rates
{
    [Fact]
    public async Task A_shop_is_shown_with_how_far_its_orders_are_complete()
    {
        await using var door = await TestFrontDoor.StartAsync();
        using var response = await door.Client.GetAsync("/v1/shops/acme-us");
        var shop = await response.JsonAsync();
        Assert.Equal("America/Los_Angeles", shop.GetProperty("zone").GetString());
        Assert.Equal("2026-06-20T11:59:00Z", shop.GetProperty("intake").GetProperty("complete_up_to").GetString());
    }

    [Fact]
    public async Task A_shop_is_swept_when_asked_and_the_answer_comes_after()
    {
        await using var door = await TestFrontDoor.StartAsync();
        using var response = await door.Client.PostAsync("/v1/shops/acme-us:reconcile", null);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(1, door.Grains.Sweeps);
        Assert.Equal(1, (await response.JsonAsync()).GetProperty("last_sweep_found").GetInt32());
    }

    [Fact]
    public async Task A_shop_is_connected_for_the_merchant_of_the_key_and_is_there_at_once()
    {
        await using var door = await TestFrontDoor.StartAsync();
        using var response = await ConnectAsync(door, """{"shop":"acme-new","auth_code":"secret-code","marketplace_shop_id":"7100","webhook_address":"https://engine.example/webhooks/tiktok"}""");
        Assert.Equal(HttpStatusCode.Created, response.StatusCode);
        Assert.Equal("/v1/shops/acme-new", response.Headers.Location?.ToString());
        var asked = Assert.Single(door.Grains.Connects);
        Assert.Equal((TestFrontDoor.Ours, "secret-code", "7100"), (asked.Merchant, asked.AuthCode, asked.MarketplaceShopId));
        Assert.Equal("https://engine.example/webhooks/tiktok", asked.WebhookAddress?.ToString());
        using var shown = await door.Client.GetAsync("/v1/shops/acme-new");
        Assert.Equal(HttpStatusCode.OK, shown.StatusCode);
        Assert.DoesNotContain(door.Log, l => l.Contains("secret-code", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_shop_connected_again_is_no_new_one()
    {
        await using var door = await TestFrontDoor.StartAsync();
        using var response = await ConnectAsync(door, """{"shop":"acme-us","auth_code":"c"}""");
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Theory]
    [InlineData("""{"shop":"rival-us","auth_code":"c"}""")]
    [InlineData("""{"shop":"acme-x","auth_code":"c","marketplace_shop_id":"7009"}""")]
    public async Task A_shop_of_somebody_else_is_not_connected_and_not_talked_about(string body)
    {
        await using var door = await TestFrontDoor.StartAsync();
        using var response = await ConnectAsync(door, body);
        await response.RefusedAsync(409, "shop_taken");
        Assert.DoesNotContain("rival", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Empty(door.Grains.Connects);
    }

    [Fact]
    public async Task What_the_grain_says_about_somebody_elses_binding_stays_inside()
    {
        await using var door = await TestFrontDoor.StartAsync();
        door.Grains.Connect = (_, _) => new ConnectAnswer(null, "Account 7009 is bound to shop rival-us of merchant rival.");
        using var taken = await ConnectAsync(door, """{"shop":"acme-x","auth_code":"c"}""");
        await taken.RefusedAsync(409, "shop_taken");
        door.Grains.Connect = (_, _) => new ConnectAnswer(null, "The consent code was used before: ask the seller again.");
        using var used = await ConnectAsync(door, """{"shop":"acme-x","auth_code":"c"}""");
        await used.RefusedAsync(422, "connect_refused");
        Assert.Contains("ask the seller again", await used.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"shop":"Not Fit","auth_code":"c"}""", "shop")]
    [InlineData("""{"shop":"acme-x"}""", "auth_code")]
    [InlineData("""{"shop":"acme-x","auth_code":"c","webhook_address":"ftp://x"}""", "webhook_address")]
    [InlineData("""{"shop":"acme-x","auth_code":"c","marketplace_shop_id":""}""", "marketplace_shop_id")]
    public async Task A_shop_is_not_connected_by_a_request_that_is_not_as_documented(string body, string field)
    {
        await using var door = await TestFrontDoor.StartAsync();
        using var response = await ConnectAsync(door, body);
        await response.RefusedAsync(422, "invalid");
        Assert.Equal(field, (await response.ProblemAsync()).GetProperty("errors")[0].GetProperty("field").GetString());
    }

    [Fact]
    public async Task A_key_that_is_bound_to_shops_connects_no_other()
    {
        await using var door = await TestFrontDoor.StartAsync();
        using var client = door.ClientFor(door.NewKey(TestFrontDoor.Ours, [TestFrontDoor.Shop]));
        using var response = await client.PostAsync("/v1/shops", Answers.Json("""{"shop":"acme-x","auth_code":"c"}"""));
        await response.RefusedAsync(403, "shop_not_allowed");
    }

    [Fact]
    public async Task The_rate_is_shown_by_both_formulas_with_the_room_that_is_left()
    {
        await using var door = await TestFrontDoor.StartAsync();
        using var response = await door.Client.GetAsync("/v1/ldr?shop=acme-us");
        var ldr = await response.JsonAsync();
        var settled = ldr.GetProperty("settled");
        Assert.Equal(("2026-06-13", "2026-06-19"), (settled.GetProperty("first_on").GetString(), settled.GetProperty("last_on").GetString()));
        Assert.Equal("due_cohort", settled.GetProperty("headline").GetString());
        Assert.Equal(0.03m, settled.GetProperty("rate").GetDecimal());
        var due = settled.GetProperty("due_cohort");
        Assert.Equal((3L, 100L), (due.GetProperty("late").GetInt64(), due.GetProperty("orders").GetInt64()));
        Assert.Equal((1L, 7L), (due.GetProperty("headroom_to_4_percent").GetInt64(), due.GetProperty("headroom_to_10_percent").GetInt64()));
        var dispatched = settled.GetProperty("dispatched_cohort");
        Assert.Equal((2L, 100L), (dispatched.GetProperty("late").GetInt64(), dispatched.GetProperty("orders").GetInt64()));
        Assert.Equal(1, settled.GetProperty("overdue_unscanned").GetInt64());
        Assert.Equal(JsonValueKind.Null, ldr.GetProperty("overall").GetProperty("first_on").ValueKind);
        Assert.Equal("1.20.300", ldr.GetProperty("journal_position").GetString());
        Assert.Equal("America/Los_Angeles", ldr.GetProperty("zone").GetString());
    }

    [Fact]
    public async Task The_rate_needs_a_shop()
    {
        await using var door = await TestFrontDoor.StartAsync();
        using var response = await door.Client.GetAsync("/v1/ldr");
        await response.RefusedAsync(400, "invalid_parameter");
    }

    private static Task<HttpResponseMessage> ConnectAsync(TestFrontDoor door, string body) => door.Client.PostAsync("/v1/shops", Answers.Json(body));
}
