using System.Net;
using Engine.Domain.Orders;
using Engine.FrontDoor.Access;

namespace Engine.FrontDoor.Tests;

public sealed class An_api_key
{
    [Fact]
    public void Is_256_random_bits_behind_a_prefix_for_scanners_and_only_its_hash_is_kept()
    {
        var key = ApiKeys.Create(TestFrontDoor.Ours);
        Assert.Matches("^eng_[0-9a-f]{12}_[0-9a-f]{64}$", key.Plaintext);
        Assert.Equal(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(key.Plaintext)), key.Record.SecretHash);
        Assert.NotEqual(key.Plaintext, ApiKeys.Create(TestFrontDoor.Ours).Plaintext);
        Assert.DoesNotContain(key.Plaintext, key.ToString(), StringComparison.Ordinal);
        Assert.Equal(Scopes.All, key.Record.Scopes);
    }

    [Fact]
    public void Is_not_made_with_a_scope_that_does_not_exist() =>
        Assert.Throws<ArgumentException>(() => ApiKeys.Create(TestFrontDoor.Ours, scopes: ["orders:everything"]));

    [Fact]
    public async Task Is_needed()
    {
        await using var door = await TestFrontDoor.StartAsync();
        using var client = door.ClientFor(null);
        using var response = await client.GetAsync("/v1/orders");
        Assert.Equal("Bearer", response.Headers.WwwAuthenticate.ToString());
        await response.RefusedAsync(401, "key_missing");
    }

    [Theory]
    [InlineData("eng_")]
    [InlineData("eng_0123456789ab_short")]
    [InlineData("sk_live_0123456789abcdef")]
    public async Task That_is_malformed_is_refused_without_a_look_at_the_database(string key)
    {
        await using var door = await TestFrontDoor.StartAsync();
        using var client = door.ClientFor(key);
        using var response = await client.GetAsync("/v1/orders");
        await response.RefusedAsync(401, "key_invalid");
        Assert.Equal(0, door.Store.KeyReads);
    }

    [Fact]
    public async Task With_another_secret_is_refused_like_one_that_does_not_exist()
    {
        await using var door = await TestFrontDoor.StartAsync();
        var key = door.NewKey(TestFrontDoor.Ours);
        var last = key[^1] == '0' ? '1' : '0';
        foreach (var wrong in (string[])[key[..^1] + last, ApiKeys.Create(TestFrontDoor.Ours).Plaintext])
        {
            using var client = door.ClientFor(wrong);
            using var response = await client.GetAsync("/v1/orders");
            await response.RefusedAsync(401, "key_invalid");
        }
    }

    [Fact]
    public async Task Ends_at_its_end_and_not_a_moment_later()
    {
        await using var door = await TestFrontDoor.StartAsync();
        using var client = door.ClientFor(door.NewKey(TestFrontDoor.Ours, expiresAt: TestFrontDoor.Now.AddHours(1)));
        door.Clock.Advance(TimeSpan.FromHours(1) - TimeSpan.FromTicks(1));
        using (var inTime = await client.GetAsync("/v1/orders"))
        {
            Assert.Equal(HttpStatusCode.OK, inTime.StatusCode);
        }

        door.Clock.Advance(TimeSpan.FromTicks(1));
        using var late = await client.GetAsync("/v1/orders");
        await late.RefusedAsync(401, "key_expired");
    }

    [Fact]
    public async Task Is_looked_up_once_per_short_time_and_a_revoked_one_ends_with_it()
    {
        await using var door = await TestFrontDoor.StartAsync();
        using var client = door.ClientFor(door.NewKey(TestFrontDoor.Ours));
        for (var i = 0; i < 3; i++)
        {
            using var response = await client.GetAsync("/v1/orders");
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        }

        Assert.Equal(1, door.Store.KeyReads);
        door.Store.Keys.Clear();
        door.Clock.Advance(TimeSpan.FromSeconds(10));
        using var revoked = await client.GetAsync("/v1/orders");
        await revoked.RefusedAsync(401, "key_invalid");
    }

    [Fact]
    public async Task Without_the_scope_is_refused_with_the_scope_named()
    {
        await using var door = await TestFrontDoor.StartAsync();
        using var client = door.ClientFor(door.NewKey(TestFrontDoor.Ours, scopes: [Scopes.OrdersRead]));
        var order = door.Labelled("1");
        using var label = await client.GetAsync($"/v1/orders/{order}/labels/1.1");
        Assert.Contains("labels:read", (await label.ProblemAsync()).GetProperty("detail").GetString(), StringComparison.Ordinal);
        await label.RefusedAsync(403, "scope_missing");
    }

    [Fact]
    public async Task Bound_to_shops_sees_only_those_in_one_list()
    {
        await using var door = await TestFrontDoor.StartAsync();
        door.Received("1");
        door.Received("2", TestFrontDoor.SecondShop);
        door.Received("3", new ShopId("acme-de"));
        door.Store.Shops.Add(new(new ShopId("acme-de"), TestFrontDoor.Ours, "tiktok", "7003", "DE", "DE", true, TestFrontDoor.Now));
        using var one = door.ClientFor(door.NewKey(TestFrontDoor.Ours, [TestFrontDoor.SecondShop]));
        using var two = door.ClientFor(door.NewKey(TestFrontDoor.Ours, [TestFrontDoor.SecondShop, TestFrontDoor.Shop]));
        Assert.Equal(["2"], await IdsAsync(one));
        Assert.Equal(["2", "1"], await IdsAsync(two));
        using var other = await one.GetAsync("/v1/orders/acme-us/1");
        await other.RefusedAsync(404, "shop_not_found");
        using var shops = await one.GetAsync("/v1/shops");
        Assert.Equal("acme-uk", Assert.Single((await shops.JsonAsync()).GetProperty("shops").EnumerateArray()).GetProperty("shop").GetString());
    }

    [Fact]
    public async Task Never_appears_in_the_log()
    {
        await using var door = await TestFrontDoor.StartAsync();
        var key = door.NewKey(TestFrontDoor.Ours);
        using var client = door.ClientFor(key);
        door.Store.Down = new InvalidOperationException("broken");
        using var response = await client.GetAsync("/v1/orders");
        Assert.Equal(HttpStatusCode.InternalServerError, response.StatusCode);
        Assert.NotEmpty(door.Log);
        Assert.DoesNotContain(door.Log, l => l.Contains(key, StringComparison.Ordinal));
    }

    private static async Task<List<string?>> IdsAsync(HttpClient client)
    {
        using var response = await client.GetAsync("/v1/orders");
        return [.. (await response.JsonAsync()).GetProperty("orders").EnumerateArray().Select(o => o.GetProperty("order_id").GetString())];
    }
}
