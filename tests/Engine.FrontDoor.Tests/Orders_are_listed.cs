using System.Globalization;
using System.Net;
using System.Text.Json;
using Engine.Domain.Orders;

namespace Engine.FrontDoor.Tests;

public sealed class Orders_are_listed
{
    [Fact]
    public async Task In_pages_that_hold_every_order_once()
    {
        await using var door = await TestFrontDoor.StartAsync();
        var expected = Enumerable.Range(0, 23).Select(i => door.Received(i.ToString("D3", CultureInfo.InvariantCulture)).OrderId).ToList();
        var seen = new List<string>();
        string? cursor = null;
        do
        {
            using var response = await door.Client.GetAsync($"/v1/orders?limit=5{(cursor is null ? "" : $"&cursor={cursor}")}");
            var page = await response.JsonAsync();
            seen.AddRange(Ids(page));
            cursor = page.GetProperty("next_cursor").GetString();
        }
        while (cursor is not null);

        Assert.Equal(expected, seen);
    }

    [Fact]
    public async Task By_shop_status_and_deadline()
    {
        await using var door = await TestFrontDoor.StartAsync();
        door.Labelled("1");
        door.Parked("2");
        door.SellerShipped("3", TestFrontDoor.SecondShop);
        Assert.Equal(["3"], await IdsAsync(door, "?shop=acme-uk"));
        Assert.Equal(["2"], await IdsAsync(door, "?status=parked"));
        Assert.Equal(["2", "3"], (await IdsAsync(door, "?status=parked&status=needs_tracking")).Order());
        Assert.Equal(["2", "3"], (await IdsAsync(door, "?status=parked,needs_tracking")).Order());
        var due = TestFrontDoor.Now.AddHours(36);
        Assert.Equal([], await IdsAsync(door, $"?due_before={due:yyyy-MM-ddTHH:mm:ss}Z"));
        Assert.Equal(3, (await IdsAsync(door, $"?due_before={due.AddSeconds(1):yyyy-MM-ddTHH:mm:ss}Z")).Count);
        Assert.Equal(3, (await IdsAsync(door, $"?due_before={due.AddSeconds(1).AddHours(2):yyyy-MM-ddTHH:mm:ss}%2B02:00")).Count);
    }

    [Fact]
    public async Task With_instants_in_utc_and_words_in_snake_case()
    {
        await using var door = await TestFrontDoor.StartAsync();
        door.Labelled("1");
        using var response = await door.Client.GetAsync("/v1/orders");
        Assert.True(response.Headers.CacheControl?.NoStore);
        var order = (await response.JsonAsync()).GetProperty("orders")[0];
        Assert.Equal("awaiting_collection", order.GetProperty("status").GetString());
        Assert.Equal("2026-06-22T00:00:00Z", order.GetProperty("dispatch_by").GetString());
        Assert.Equal(JsonValueKind.Null, order.GetProperty("late").ValueKind);
    }

    [Theory]
    [InlineData("limit=0", "limit")]
    [InlineData("limit=501", "limit")]
    [InlineData("limit=many", "limit")]
    [InlineData("status=lost", "status")]
    [InlineData("due_before=tomorrow", "due_before")]
    [InlineData("due_before=2026-06-15T07:00:00", "due_before")]
    [InlineData("cursor=abc", "cursor")]
    [InlineData("cursor=%00", "cursor")]
    public async Task Not_with_parameters_that_mean_nothing(string query, string field)
    {
        await using var door = await TestFrontDoor.StartAsync();
        using var response = await door.Client.GetAsync($"/v1/orders?{query}");
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Equal(field, (await response.ProblemAsync()).GetProperty("errors")[0].GetProperty("field").GetString());
    }

    [Fact]
    public async Task Not_from_a_cursor_with_any_bit_changed()
    {
        await using var door = await TestFrontDoor.StartAsync(o => o.RequestsBurst = 100_000);
        var cursor = await CursorAsync(door, door.Client, "limit=1");
        var bytes = System.Buffers.Text.Base64Url.DecodeFromChars(cursor);
        for (var bit = 0; bit < bytes.Length * 8; bit++)
        {
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
            using var response = await door.Client.GetAsync($"/v1/orders?limit=1&cursor={System.Buffers.Text.Base64Url.EncodeToString(bytes)}");
            await response.RefusedAsync(400, "cursor_invalid");
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
        }
    }

    [Theory]
    [InlineData("shop=acme-us")]
    [InlineData("status=parked")]
    [InlineData("due_before=2026-06-30T00:00:00Z")]
    public async Task Not_from_a_cursor_that_was_made_for_another_filter(string filter)
    {
        await using var door = await TestFrontDoor.StartAsync();
        var cursor = await CursorAsync(door, door.Client, "limit=1");
        using var response = await door.Client.GetAsync($"/v1/orders?limit=1&{filter}&cursor={cursor}");
        await response.RefusedAsync(400, "cursor_invalid");
    }

    [Fact]
    public async Task Not_from_a_cursor_of_another_merchant_or_of_another_installation()
    {
        await using var door = await TestFrontDoor.StartAsync();
        var cursor = await CursorAsync(door, door.Client, "limit=1");
        using var rival = door.ClientFor(door.NewKey(TestFrontDoor.Theirs));
        using var response = await rival.GetAsync($"/v1/orders?limit=1&cursor={cursor}");
        await response.RefusedAsync(400, "cursor_invalid");

        await using var other = await TestFrontDoor.StartAsync(o => o.CursorKey = new byte[32]);
        using var elsewhere = await other.Client.GetAsync($"/v1/orders?limit=1&cursor={cursor}");
        await elsewhere.RefusedAsync(400, "cursor_invalid");
    }

    [Fact]
    public async Task Of_ones_own_merchant_only()
    {
        await using var door = await TestFrontDoor.StartAsync();
        door.Received("1");
        door.Received("2", TestFrontDoor.ForeignShop, TestFrontDoor.Theirs);
        Assert.Equal(["1"], await IdsAsync(door, ""));
    }

    private static async Task<string> CursorAsync(TestFrontDoor door, HttpClient client, string query)
    {
        door.Received("1");
        door.Received("2");
        using var response = await client.GetAsync($"/v1/orders?{query}");
        return (await response.JsonAsync()).GetProperty("next_cursor").GetString()!;
    }

    private static async Task<List<string>> IdsAsync(TestFrontDoor door, string query)
    {
        using var response = await door.Client.GetAsync($"/v1/orders{query}");
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return [.. Ids(await response.JsonAsync())];
    }

    private static IEnumerable<string> Ids(JsonElement page) => page.GetProperty("orders").EnumerateArray().Select(o => o.GetProperty("order_id").GetString()!);
}
