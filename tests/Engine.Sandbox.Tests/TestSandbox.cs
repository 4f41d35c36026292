using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Engine.Sandbox.Clock;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace Engine.Sandbox.Tests;

/// <summary>A sandbox on a free port, with a client that signs by itself (its code is not the sandbox's).</summary>
public sealed class TestSandbox : IAsyncDisposable
{
    public const string AppKey = "sandbox-app";
    public const string AppSecret = "test-secret";
    private readonly WebApplication _app;
    private readonly Dictionary<string, string> _tokens = [];
    private readonly Dictionary<string, string> _ciphers = [];

    private TestSandbox(WebApplication app)
    {
        _app = app;
        Http = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = new Uri(app.Urls.First()) };
    }

    public HttpClient Http { get; }
    public Marketplace Market => _app.Services.GetRequiredService<Marketplace>();
    public StepCoordinator Steps => _app.Services.GetRequiredService<StepCoordinator>();

    public static SandboxOptions Options => new() { Urls = "http://127.0.0.1:0", AppSecret = AppSecret, DocumentDelaySeconds = 0, Profile = "open" };

    public static async Task<TestSandbox> StartAsync(SandboxOptions? options = null, TimeProvider? system = null)
    {
        var app = SandboxServer.Build(options ?? Options, system);
        await app.StartAsync();
        return new TestSandbox(app);
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await _app.StopAsync();
        await _app.DisposeAsync();
    }

    public async Task<string> AddShopAsync(string name = "Test shop")
    {
        var answer = await ControlAsync(HttpMethod.Post, "/sandbox/shops", new JsonObject { ["shops"] = new JsonArray(new JsonObject { ["name"] = name, ["region"] = "US", ["shop_id"] = null }) });
        return await AdoptAsync(answer["shops"]![0]!);
    }

    /// <summary>Redeems the auth code of a shop that a control path made.</summary>
    public async Task<string> AdoptAsync(JsonNode shop)
    {
        var id = (string)shop["shop_id"]!;
        _ciphers[id] = (string)shop["cipher"]!;
        var token = await GetJsonAsync($"/api/v2/token/get?app_key={AppKey}&app_secret={AppSecret}&auth_code={Uri.EscapeDataString((string)shop["auth_code"]!)}&grant_type=authorized_code");
        Assert.Equal(0, (long)token["code"]!);
        _tokens[id] = (string)token["data"]!["access_token"]!;
        return id;
    }

    /// <summary>A new authorization, for when business time has outlived the tokens.</summary>
    public async Task AdoptAgainAsync(string shop) => await AdoptAsync(new JsonObject
    {
        ["shop_id"] = shop,
        ["cipher"] = _ciphers[shop],
        ["auth_code"] = Market.Tokens.IssueCode(Market.Shops[shop]),
    });

    public string Cipher(string shop) => _ciphers[shop];

    public string Token(string shop) => _tokens[shop];

    public async Task<JsonNode> ControlAsync(HttpMethod method, string path, JsonNode? body = null, int expected = 200)
    {
        using var request = new HttpRequestMessage(method, path);
        if (body is not null)
        {
            request.Content = new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json");
        }

        using var response = await Http.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(expected == (int)response.StatusCode, $"{method} {path}: {(int)response.StatusCode} {text}");
        return text.Length == 0 ? new JsonObject() : JsonNode.Parse(text)!;
    }

    public async Task<JsonNode> GetJsonAsync(string path) => JsonNode.Parse(await Http.GetStringAsync(path))!;

    public async Task<string> PlaceAsync(string shop, double holdSeconds = 0, string shippingType = "TIKTOK", bool fbt = false, int quantity = 1, JsonArray? lines = null, string? buyerOf = null)
    {
        var placed = await ControlAsync(HttpMethod.Post, "/sandbox/orders", new JsonObject
        {
            ["shop_id"] = shop,
            ["lines"] = lines ?? [new JsonObject { ["sku_id"] = null, ["quantity"] = quantity }],
            ["shipping_type"] = shippingType,
            ["fbt"] = fbt,
            ["hold_seconds"] = holdSeconds,
            ["buyer_of"] = buyerOf,
        });
        return (string)placed["order_id"]!;
    }

    /// <summary>A signed call; returns status and body.</summary>
    public async Task<(int Status, JsonNode Body)> CallAsync(HttpMethod method, string path, string? shop, JsonNode? body = null, Dictionary<string, string>? query = null,
        Action<Dictionary<string, string>>? beforeSigning = null, Action<Dictionary<string, string>>? afterSigning = null, string? token = null)
    {
        using var response = await SendAsync(method, path, shop, body, query, beforeSigning, afterSigning, token);
        return ((int)response.StatusCode, JsonNode.Parse(await response.Content.ReadAsStringAsync())!);
    }

    /// <summary>A signed call with its answer as it came.</summary>
    public async Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, string? shop, JsonNode? body = null, Dictionary<string, string>? query = null,
        Action<Dictionary<string, string>>? beforeSigning = null, Action<Dictionary<string, string>>? afterSigning = null, string? token = null)
    {
        var pairs = new Dictionary<string, string>(query ?? []) { ["app_key"] = AppKey, ["timestamp"] = DateTimeOffset.FromUnixTimeSeconds(Market.Clock.SystemWallSeconds).ToUnixTimeSeconds().ToString() };
        if (shop is not null)
        {
            pairs["shop_cipher"] = _ciphers[shop];
        }

        beforeSigning?.Invoke(pairs);
        var bytes = body is null ? [] : Encoding.UTF8.GetBytes(body.ToJsonString());
        var text = new StringBuilder(AppSecret).Append(path);
        foreach (var pair in pairs.Where(p => p.Key is not ("sign" or "access_token")).OrderBy(p => p.Key, StringComparer.Ordinal))
        {
            text.Append(pair.Key).Append(pair.Value);
        }

        var message = (byte[])[.. Encoding.UTF8.GetBytes(text.ToString()), .. bytes, .. Encoding.UTF8.GetBytes(AppSecret)];
        pairs["sign"] = Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(AppSecret), message));
        afterSigning?.Invoke(pairs);
        using var request = new HttpRequestMessage(method, path + "?" + string.Join('&', pairs.Select(p => Uri.EscapeDataString(p.Key) + "=" + Uri.EscapeDataString(p.Value))));
        var accessToken = token ?? (shop is null ? _tokens.Values.FirstOrDefault() : _tokens[shop]);
        if (!string.IsNullOrEmpty(accessToken))
        {
            request.Headers.Add("x-tts-access-token", accessToken);
        }

        if (body is not null)
        {
            request.Content = new ByteArrayContent(bytes);
            request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        }

        return await Http.SendAsync(request);
    }

    /// <summary>Arms plans; their ids.</summary>
    public async Task<List<string>> ArmAsync(string plans) =>
        [.. (await ControlAsync(HttpMethod.Post, "/sandbox/faults", JsonNode.Parse(plans)))["ids"]!.AsArray().Select(i => (string)i!)];

    public async Task<long> InjectedAsync(string kind) => (long?)(await GetJsonAsync("/sandbox/faults"))["injected"]![kind] ?? 0;

    /// <summary>The fault members of all calls of one API, in order; null where no fault struck.</summary>
    public async Task<List<string?>> FaultsOfAsync(string api) => [.. (await LedgerAsync("calls")).Where(c => (string)c["api"]! == api).Select(c => (string?)c["fault"])];

    public async Task<JsonNode> DataAsync(HttpMethod method, string path, string? shop, JsonNode? body = null, Dictionary<string, string>? query = null)
    {
        var (_, answer) = await CallAsync(method, path, shop, body, query);
        Assert.True((long)answer["code"]! == 0, $"{method} {path}: {answer.ToJsonString()}");
        return answer["data"]!;
    }

    public async Task<long> CodeAsync(HttpMethod method, string path, string? shop, JsonNode? body = null, Dictionary<string, string>? query = null) =>
        (long)(await CallAsync(method, path, shop, body, query)).Body["code"]!;

    public async Task<JsonNode> OrderAsync(string shop, string id) =>
        (await DataAsync(HttpMethod.Get, "/order/202507/orders", shop, query: new() { ["ids"] = id }))["orders"]![0]!;

    public static JsonObject Purchase(string order, params string[] lines) => new()
    {
        ["order_id"] = order,
        ["order_line_item_ids"] = new JsonArray([.. lines.Select(l => JsonValue.Create(l))]),
    };

    public async Task<string> BuyAsync(string shop, string order) =>
        (string)(await DataAsync(HttpMethod.Post, "/fulfillment/202309/packages", shop, Purchase(order)))["package_id"]!;

    public async Task<List<JsonNode>> LedgerAsync(string kind)
    {
        var text = await Http.GetStringAsync($"/sandbox/ledger?kind={kind}&after=0&limit=100000");
        return [.. text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => JsonNode.Parse(l)!)];
    }
}

/// <summary>An engine host in stepped time that has nothing to do but to receive webhooks.</summary>
public sealed class TestHost(TestSandbox sandbox, string name = "h1")
{
    private EpochAnswer _at;
    public long Webhooks { get; set; }
    public long Work { get; set; }

    public void Register() => _at = sandbox.Steps.Register(name);

    /// <summary>Reports idle until business time has reached an instant or nothing is left; true when it was reached.</summary>
    public async Task<bool> StepUntilAsync(long businessMs, Func<Task>? work = null)
    {
        while (sandbox.Market.Clock.NowMs < businessMs && !sandbox.Steps.Quiet)
        {
            if (work is not null)
            {
                await work();
            }

            _at = (await sandbox.Steps.ReportAsync(name, new HostReport(_at.Epoch, Work, Webhooks, 0, Work, Work, null, 200), CancellationToken.None))!.Value;
        }

        return sandbox.Market.Clock.NowMs >= businessMs;
    }

    public Task StepToTheEndAsync(Func<Task>? work = null) => StepUntilAsync(long.MaxValue, work);
}
