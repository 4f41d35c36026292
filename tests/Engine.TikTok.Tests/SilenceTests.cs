using Engine.Domain.Orders;
using Engine.Domain.Ports;
using Engine.TikTok.Tests.Support;

namespace Engine.TikTok.Tests;

/// <summary>No secret, token, cipher or buyer's datum in anything that is logged or returned as text, on any path, the failing ones above all.</summary>
public sealed class SilenceTests : IAsyncLifetime
{
    private const string Person = """{"recipient_address":{"name":"buyer-canary","address_line1":"street-canary"},"buyer_email":"mail-canary"}""";
    private static readonly string[] Canaries = ["canary", Harness.AppSecret, "TTP_", "x-expires", "app_secret", "sign="];
    private FakeTikTok tikTok = null!;

    public async ValueTask InitializeAsync() => tikTok = await FakeTikTok.StartAsync();

    public ValueTask DisposeAsync() => tikTok.DisposeAsync();

    public static TheoryData<string> Behaviours =>
        ["success", "listed refusal", "unlisted refusal", "internal error", "throttled", "token refused", "lost reply", "cut reply", "unreadable", "slow", "refused connection", "redirect"];

    [Theory]
    [MemberData(nameof(Behaviours))]
    public async Task Nothing_secret_or_personal_is_told(string behaviour)
    {
        Behave(behaviour);
        var url = behaviour == "refused connection" ? "http://127.0.0.1:1" : tikTok.Url;
        await using var harness = new Harness(url, options => options.ReadTimeout = options.PurchaseTimeout = options.AuthTimeout = options.DownloadTimeout = TimeSpan.FromMilliseconds(behaviour == "slow" ? 300 : 30_000));
        var ct = TestContext.Current.CancellationToken;
        var market = harness.Marketplace;

        string[] told =
        [
            (await market.SearchOrdersAsync(Harness.Shop, new OrderSearch(), ct)).Describe(),
            (await market.ReadOrdersAsync(Harness.Shop, ["1"], ct)).Describe(),
            (await harness.BuyAsync()).Describe(),
            (await market.MarkShippedAsync(new OrderKey(Harness.Shop, "1"), ["1"], "1Z", "7", harness.Permit(), ct)).Describe(),
            (await market.ReadPackageAsync(Harness.Shop, "1", ct)).Describe(),
            (await market.GetLabelDocumentAsync(Harness.Shop, "1", ct)).Describe(),
            (await market.DownloadLabelAsync(new Uri(url + "/label/1?x-expires=1&token=canary"), ct)).Describe(),
            (await market.GetWarehousesAsync(Harness.Shop, ct)).Describe(),
            (await harness.Authorization.ExchangeAsync("code-canary", ct)).Describe(),
            (await harness.Authorization.RefreshAsync("refresh-canary", ct)).Describe(),
            (await harness.Authorization.ListShopsAsync("token-canary", ct)).Describe(),
        ];

        Assert.NotEmpty(harness.Log.Lines);
        Assert.All(Canaries, canary => Assert.DoesNotContain(canary, harness.Log.Text, StringComparison.OrdinalIgnoreCase));
        if (behaviour != "unlisted refusal")
        {
            Assert.All(told, text => Assert.All(Canaries, canary => Assert.DoesNotContain(canary, text, StringComparison.OrdinalIgnoreCase)));
        }
    }

    private void Behave(string behaviour)
    {
        switch (behaviour)
        {
            case "success":
                tikTok.AnswerData("""{"orders":[{"id":"1","update_time":5,"shipping_type":"SELLER","recipient_address":{"name":"buyer-canary"}}],"package_id":"5","warehouses":[],"shops":[],"doc_url":"https://storage.test/x?canary","access_token":"token-canary","access_token_expire_in":5,"refresh_token":"r-canary","refresh_token_expire_in":6}""");
                break;
            case "listed refusal":
                tikTok.Refuse(101000, 200, "no service for street-canary");
                break;
            case "unlisted refusal":
                tikTok.Refuse(77777777, 200, "strange street-canary");
                break;
            case "internal error":
                tikTok.Answer(500, Person);
                break;
            case "throttled":
                tikTok.Answer(429, Person, "1");
                break;
            case "token refused":
                tikTok.Refuse(105002, 401, "token-canary expired");
                break;
            case "lost reply":
                tikTok.LoseReply();
                break;
            case "cut reply":
                tikTok.CutReply(Person);
                break;
            case "unreadable":
                tikTok.Answer(200, Person[..^5]);
                break;
            case "slow":
                tikTok.NeverAnswer();
                break;
            case "redirect":
                tikTok.Respond = context =>
                {
                    context.Response.StatusCode = 302;
                    context.Response.Headers.Location = "https://elsewhere.test/?canary=1";
                    return Task.CompletedTask;
                };
                break;
        }
    }
}
