using System.Text.Json;
using Engine.Domain.Orders;
using Engine.Domain.Ports;
using Engine.Domain.Quality;

namespace Engine.FrontDoor.Tests;

public sealed class Quality_is_reported
{
    [Fact]
    public async Task With_every_rule_the_rate_and_the_incidents_page_by_page()
    {
        await using var door = await TestFrontDoor.StartAsync();
        for (var i = 0; i < 5; i++)
        {
            Open(door, $"{i}", i == 4 ? QualityRule.A2 : QualityRule.R5, TestFrontDoor.Now.AddMinutes(-i), i == 1 ? TestFrontDoor.Now : null);
        }

        var first = await GetAsync(door, "/v1/quality?shop=acme-us&limit=2");
        Assert.Equal(12, first.GetProperty("open").EnumerateObject().Count());
        Assert.Equal(3, first.GetProperty("open").GetProperty("R5").GetInt64());
        Assert.Equal(0, first.GetProperty("open").GetProperty("R0").GetInt64());
        Assert.Equal((1, 100, 0.01m, true), (
            first.GetProperty("auto_cancelled").GetProperty("orders").GetInt64(),
            first.GetProperty("auto_cancelled").GetProperty("due").GetInt64(),
            first.GetProperty("auto_cancelled").GetProperty("rate").GetDecimal(),
            first.GetProperty("auto_cancelled").GetProperty("small_sample").GetBoolean()));
        Assert.Equal(["0", "2"], Orders(first));
        var cursor = first.GetProperty("next_cursor").GetString();
        var second = await GetAsync(door, $"/v1/quality?shop=acme-us&limit=2&cursor={cursor}");
        Assert.Equal(["3", "4"], Orders(second));
        Assert.Equal("INVALID_TRACKING_NUMBER", second.GetProperty("incidents")[0].GetProperty("reason").GetString());

        Assert.Equal(["4"], Orders(await GetAsync(door, "/v1/quality?shop=acme-us&rule=A2")));
        Assert.Equal(["0", "1", "2", "3", "4"], Orders(await GetAsync(door, "/v1/quality?shop=acme-us&state=all")));
        using var otherFilter = await door.Client.GetAsync($"/v1/quality?shop=acme-us&limit=2&state=all&cursor={cursor}");
        await otherFilter.RefusedAsync(400, "cursor_invalid");
    }

    [Theory]
    [InlineData("/v1/quality")]
    [InlineData("/v1/quality?shop=acme-us&rule=R9")]
    [InlineData("/v1/quality?shop=acme-us&state=closed")]
    [InlineData("/v1/quality?shop=acme-us&limit=501")]
    public async Task Not_for_a_question_that_makes_no_sense(string path)
    {
        await using var door = await TestFrontDoor.StartAsync();
        using var answer = await door.Client.GetAsync(path);
        await answer.RefusedAsync(400, "invalid_parameter");
    }

    [Fact]
    public async Task Never_with_another_tenants_orders()
    {
        await using var door = await TestFrontDoor.StartAsync();
        door.Store.Quality.All.Add((TestFrontDoor.Theirs, new QualityIncident(
            new OrderKey(TestFrontDoor.ForeignShop, "7"), QualityRule.R1, TestFrontDoor.Now, "OTHER", "x", null, null, null)));
        Assert.Empty(Orders(await GetAsync(door, "/v1/quality?shop=acme-us")));
        using var foreign = await door.Client.GetAsync("/v1/quality?shop=rival-us");
        Assert.Equal(404, (int)foreign.StatusCode);
    }

    private static void Open(TestFrontDoor door, string id, QualityRule rule, DateTimeOffset at, DateTimeOffset? closedAt) =>
        door.Store.Quality.All.Add((TestFrontDoor.Ours, new QualityIncident(
            new OrderKey(TestFrontDoor.Shop, id), rule, at, "INVALID_TRACKING_NUMBER", "refused_21004012", closedAt, closedAt is null ? null : "platform", null)));

    private static async Task<JsonElement> GetAsync(TestFrontDoor door, string path) =>
        JsonDocument.Parse(await door.Client.GetStringAsync(path)).RootElement;

    private static string[] Orders(JsonElement report) => [.. report.GetProperty("incidents").EnumerateArray().Select(i => i.GetProperty("order_id").GetString()!)];
}
