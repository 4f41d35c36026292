using System.Text.Json.Nodes;
using Microsoft.Extensions.Time.Testing;

namespace Engine.Sandbox.Tests;

public sealed class The_gateway_refuses_with_documented_codes
{
    private const string Warehouses = "/logistics/202309/warehouses";

    [Fact]
    public async Task Each_check_has_its_code_and_status()
    {
        await using var sandbox = await TestSandbox.StartAsync();
        var shop = await sandbox.AddShopAsync();
        var other = await sandbox.AddShopAsync("Another shop");
        var now = sandbox.Market.Clock.SystemWallSeconds;

        async Task Expect(long code, int status, string path = Warehouses, string? of = "", HttpMethod? method = null,
            Action<Dictionary<string, string>>? before = null, Action<Dictionary<string, string>>? after = null, string? token = null, string? says = null)
        {
            var (got, body) = await sandbox.CallAsync(method ?? HttpMethod.Get, path, of == "" ? shop : of, beforeSigning: before, afterSigning: after, token: token);
            Assert.True((code, status) == ((long)body["code"]!, got), $"{path}: expected {code}/{status}, got {got} {body.ToJsonString()}");
            Assert.Contains(says ?? "", (string)body["message"]!, StringComparison.OrdinalIgnoreCase);
        }

        await Expect(0, 200);
        await Expect(36009009, 404, "/logistics/202309/nowhere");
        await Expect(36009014, 400, "/logistics/209901/warehouses");
        await Expect(36009010, 405, method: HttpMethod.Put);
        await Expect(36009004, 401, before: q => q["app_key"] = "unknown", says: "app_key");
        await Expect(36009004, 400, before: q => q["timestamp"] = "-1", says: "lesser than 0");
        await Expect(36009004, 400, before: q => q["timestamp"] = (now - 310).ToString(), says: "earlier than 5 minutes");
        await Expect(36009004, 400, before: q => q["timestamp"] = (now + 45).ToString(), says: "more than 30 seconds");
        await Expect(36009004, 401, after: q => q.Remove("sign"), says: "signature");
        await Expect(106001, 401, after: q => q["sign"] = new string('0', 64));
        await Expect(106001, 401, after: q => q["extra"] = "added after signing");
        await Expect(36009004, 401, token: "TTP_nobody", says: "x-tts-access-token");
        await Expect(106013, 400, of: null);
        await Expect(101000, 401, before: q => q["shop_cipher"] = sandbox.Cipher(other));
        await Expect(36009004, 400, "/authorization/202309/shops", says: "not required");
        await Expect(0, 200, "/authorization/202309/shops", of: null);
    }

    [Fact]
    public async Task The_window_is_a_setting_and_its_edges_are_inside()
    {
        var time = new FakeTimeProvider(DateTimeOffset.FromUnixTimeSeconds(1_790_000_000));
        await using var sandbox = await TestSandbox.StartAsync(TestSandbox.Options with { SignatureWindowSeconds = 6 }, time);
        var shop = await sandbox.AddShopAsync();
        async Task<long> At(long offset) => (long)(await sandbox.CallAsync(HttpMethod.Get, Warehouses, shop, beforeSigning: q => q["timestamp"] = (1_790_000_000 + offset).ToString())).Body["code"]!;
        Assert.Equal(0, await At(-6));
        Assert.Equal(36009004, await At(-7));
        Assert.Equal(0, await At(30));
        Assert.Equal(36009004, await At(31));
    }

    [Fact]
    public async Task A_token_lives_seven_days_of_business_time_and_is_refreshed_with_rotation()
    {
        await using var sandbox = await TestSandbox.StartAsync(TestSandbox.Options with { Stepped = true });
        var shop = await sandbox.AddShopAsync();
        var market = sandbox.Market;
        market.Clock.TrySetAnchor(market.Clock.NowMs + (7 * 86_400_000L) - 2000);
        Assert.Equal(0, await sandbox.CodeAsync(HttpMethod.Get, Warehouses, shop));
        market.Clock.TrySetAnchor(market.Clock.NowMs + 3000);
        Assert.Equal(105002, await sandbox.CodeAsync(HttpMethod.Get, Warehouses, shop));
    }

    [Fact]
    public async Task An_auth_code_works_once_and_a_refresh_token_until_its_successor_is_used()
    {
        await using var sandbox = await TestSandbox.StartAsync();
        var made = (await sandbox.ControlAsync(HttpMethod.Post, "/sandbox/shops", JsonNode.Parse("""{"shops":[{"name":"Codes","region":"US","shop_id":"7495000000000000001"}]}""")))["shops"]![0]!;
        Assert.Equal("7495000000000000001", (string)made["shop_id"]!);
        string Redeem(string secret) => $"/api/v2/token/get?app_key={TestSandbox.AppKey}&app_secret={secret}&auth_code={made["auth_code"]}&grant_type=authorized_code";
        using var wrongSecret = await sandbox.Http.GetAsync(Redeem("wrong"));
        Assert.Equal(401, (int)wrongSecret.StatusCode);
        var first = (await sandbox.GetJsonAsync(Redeem(TestSandbox.AppSecret)))["data"]!;
        Assert.Equal(36004004, (long)(await sandbox.GetJsonAsync(Redeem(TestSandbox.AppSecret)))["code"]!);

        async Task<JsonNode> Refresh(JsonNode pair) => await sandbox.GetJsonAsync(
            $"/api/v2/token/refresh?app_key={TestSandbox.AppKey}&app_secret={TestSandbox.AppSecret}&refresh_token={pair["refresh_token"]}&grant_type=refresh_token");
        var lost = (await Refresh(first))["data"]!;
        var second = (await Refresh(first))["data"]!;
        Assert.NotEqual((string)lost["access_token"]!, (string)second["access_token"]!);
        Assert.Equal(0, (long)(await Refresh(second))["code"]!);
        Assert.Equal(36004001, (long)(await Refresh(first))["code"]!);
        Assert.Equal(36004001, (long)(await sandbox.GetJsonAsync($"/api/v2/token/refresh?app_key={TestSandbox.AppKey}&app_secret={TestSandbox.AppSecret}&refresh_token=x&grant_type=refresh_token"))["code"]!);
    }

    [Fact]
    public async Task A_body_that_is_no_JSON_and_a_foreign_page_token_are_refused()
    {
        await using var sandbox = await TestSandbox.StartAsync();
        var shop = await sandbox.AddShopAsync();
        Assert.Equal(36009022, await sandbox.CodeAsync(HttpMethod.Post, "/order/202309/orders/search", shop, JsonValue.Create("text"), new() { ["page_size"] = "10" }));
        foreach (var (name, value) in new[] { ("page_size", "0"), ("page_size", "101"), ("page_token", "abc"), ("sort_order", "UP"), ("sort_field", "price") })
        {
            var (status, body) = await sandbox.CallAsync(HttpMethod.Post, "/order/202309/orders/search", shop, new JsonObject(), new() { [name] = value });
            Assert.Equal((400, 36009004L), (status, (long)body["code"]!));
            Assert.Contains(name, (string)body["message"]!);
        }
    }
}
