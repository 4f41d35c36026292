using System.Collections.Immutable;
using Engine.Domain.Ports;
using Engine.TikTok.Tests.Support;
using Grant = Engine.Domain.Ports.CallOutcome<Engine.Domain.Ports.TokenGrant>;

namespace Engine.TikTok.Tests;

public sealed class AuthorizationTests : IAsyncLifetime
{
    private const string Tokens = """
        {"code":0,"message":"success","request_id":"20261122093015AB12","data":{
          "access_token":"TTP_examplexxxxxxxx","access_token_expire_in":1764412215,
          "refresh_token":"TTP_refreshxxxxxxx","refresh_token_expire_in":1795343415,
          "open_id":"7010736057180325637","seller_name":"Acme Outdoor","seller_base_region":"US",
          "user_type":0,"granted_scopes":["seller.order.info","seller.fulfillment.basic"]}}
        """;

    private FakeTikTok tikTok = null!;
    private Harness harness = null!;

    public async ValueTask InitializeAsync()
    {
        tikTok = await FakeTikTok.StartAsync();
        harness = new Harness(tikTok.Url);
    }

    public async ValueTask DisposeAsync()
    {
        await harness.DisposeAsync();
        await tikTok.DisposeAsync();
    }

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_code_is_exchanged_for_tokens_whose_expiry_is_an_instant()
    {
        tikTok.Answer(200, Tokens);

        var grant = Assert.IsType<Grant.Succeeded>(await harness.Authorization.ExchangeAsync("co+de/1=", Ct)).Value;

        Assert.Equal("TTP_examplexxxxxxxx", grant.AccessToken);
        Assert.Equal(DateTimeOffset.FromUnixTimeSeconds(1764412215), grant.AccessExpiresAt);
        Assert.Equal("TTP_refreshxxxxxxx", grant.RefreshToken);
        Assert.Equal(DateTimeOffset.FromUnixTimeSeconds(1795343415), grant.RefreshExpiresAt);
        Assert.Equal("Acme Outdoor", grant.SellerName);
        var request = Assert.Single(tikTok.Received);
        Assert.Equal("GET /api/v2/token/get", $"{request.Method} {request.Path}");
        Assert.Equal(
            new Dictionary<string, string> { ["app_key"] = Harness.AppKey, ["app_secret"] = Harness.AppSecret, ["auth_code"] = "co+de/1=", ["grant_type"] = "authorized_code" },
            request.Query);
    }

    [Fact]
    public async Task A_refresh_is_asked_for_as_such()
    {
        tikTok.Answer(200, Tokens);

        Assert.IsType<Grant.Succeeded>(await harness.Authorization.RefreshAsync("old", Ct));

        var request = Assert.Single(tikTok.Received);
        Assert.Equal("/api/v2/token/refresh", request.Path);
        Assert.Equal("old", request.Query["refresh_token"]);
        Assert.Equal("refresh_token", request.Query["grant_type"]);
    }

    [Theory]
    [InlineData(200, 36004001)]
    [InlineData(400, 36004004)]
    [InlineData(200, 105004)]
    public async Task Ended_consent_is_a_refusal(int status, long code)
    {
        tikTok.Refuse(code, status);

        Assert.Equal(RefusalClass.Authorization, Assert.IsType<Grant.Rejected>(await harness.Authorization.RefreshAsync("old", Ct)).Class);
    }

    [Fact]
    public async Task A_refresh_whose_reply_is_lost_is_unknown_and_not_repeated()
    {
        // Also on a connection that served before: the handler must not repeat it by itself.
        tikTok.Answer(200, Tokens);
        await harness.Authorization.RefreshAsync("old", Ct);
        tikTok.LoseReply();

        Assert.IsType<Grant.Unknown>(await harness.Authorization.RefreshAsync("newer", Ct));
        Assert.Equal(2, tikTok.Received.Count);
    }

    /// <summary>A handler repeats a request without a body when its reused connection turns out dead; a refresh would run twice.</summary>
    [Fact]
    public async Task A_refresh_is_never_sent_on_a_connection_that_served_before()
    {
        await using var server = new DyingServer(Tokens, readsSecondRequest: true);
        await using var other = new Harness(server.Url);

        Assert.IsType<Grant.Succeeded>(await other.Authorization.RefreshAsync("old", Ct));
        Assert.IsType<Grant.Succeeded>(await other.Authorization.RefreshAsync("newer", Ct));
        Assert.Equal(2, server.Requests);
        Assert.Equal(2, server.Connections);
    }

    [Theory]
    [InlineData(500, "")]
    [InlineData(200, "")]
    [InlineData(200, """{"code":0,"data":{"access_token":"a"}}""")]
    [InlineData(200, """{"code":36009003}""")]
    [InlineData(500, """{"code":36004001}""")]
    public async Task A_doubtful_refresh_is_unknown(int status, string body)
    {
        tikTok.Answer(status, body);

        Assert.IsType<Grant.Unknown>(await harness.Authorization.RefreshAsync("old", Ct));
    }

    [Fact]
    public async Task A_throttled_refresh_waits()
    {
        tikTok.Answer(429, "", "3");

        Assert.IsType<Grant.RateLimited>(await harness.Authorization.RefreshAsync("old", Ct));
    }

    [Fact]
    public async Task Authorized_shops_are_listed_with_a_signed_call_without_cipher()
    {
        tikTok.AnswerData("""{"shops":[{"id":"7495000000000000001","name":"Acme Outdoor US","region":"US","seller_type":"LOCAL","cipher":"TTP_q7LkZ","code":"USLCABCDEF12"}]}""");

        var outcome = await harness.Authorization.ListShopsAsync("TTP_new", Ct);

        Assert.Equal(
            [new AuthorizedShop("7495000000000000001", "Acme Outdoor US", "US", "TTP_q7LkZ")],
            Assert.IsType<CallOutcome<ImmutableArray<AuthorizedShop>>.Succeeded>(outcome).Value);
        var request = Assert.Single(tikTok.Received);
        Assert.Equal("/authorization/202309/shops", request.Path);
        Assert.Equal("TTP_new", request.Headers["x-tts-access-token"]);
        Assert.False(request.Query.ContainsKey("shop_cipher"));
        Assert.Equal(PlainSignature.Of(request, Harness.AppSecret), request.Query["sign"]);
    }
}
