using System.Net;
using System.Net.Sockets;
using Engine.Domain.Ports;
using Engine.TikTok.Tests.Support;
using Microsoft.Extensions.Time.Testing;
using Purchased = Engine.Domain.Ports.CallOutcome<Engine.Domain.Ports.PurchasedLabel>;

namespace Engine.TikTok.Tests;

/// <summary>A purchase ends in exactly one of five outcomes, and "unknown" is never called "failed".</summary>
public sealed class PurchaseOutcomeTests : IAsyncLifetime
{
    private FakeTikTok tikTok = null!;

    public async ValueTask InitializeAsync() => tikTok = await FakeTikTok.StartAsync();

    public ValueTask DisposeAsync() => tikTok.DisposeAsync();

    [Fact]
    public async Task A_sold_label_is_told_with_its_price_and_carrier()
    {
        tikTok.AnswerData("""
            {"package_id":"1152321127278713123","order_id":"576461413038785752","order_line_item_ids":["577086512123755123"],"create_time":1760010000,
             "shipping_service_info":{"id":"7208502187360519982","name":"USPS Ground Advantage","price":"4.35","currency":"USD",
              "earliest_delivery_days":2,"latest_delivery_days":5,"shipping_provider_id":"7117858858072016686","shipping_provider_name":"USPS"},"brand_new":[1]}
            """);
        await using var harness = new Harness(tikTok.Url);

        var label = Assert.IsType<Purchased.Succeeded>(await harness.BuyAsync()).Value;

        Assert.Equal("1152321127278713123", label.PackageId);
        Assert.Equal("4.35", label.Price!.Amount);
        Assert.Equal("USD", label.Price.Currency);
        Assert.Equal("USPS", label.CarrierName);
        Assert.Equal("7117858858072016686", label.CarrierId);
        Assert.Equal(DateTimeOffset.FromUnixTimeSeconds(1760010000), label.BoughtAt);
    }

    [Theory]
    [InlineData(21022025, RefusalClass.AlreadyDone)]
    [InlineData(21030006, RefusalClass.AlreadyDone)]
    [InlineData(21011020, RefusalClass.AlreadyDone)]
    [InlineData(21030005, RefusalClass.InProgress)]
    [InlineData(21011029, RefusalClass.StateConflict)]
    [InlineData(21011044, RefusalClass.StateConflict)]
    [InlineData(21011007, RefusalClass.StateConflict)]
    [InlineData(11021009, RefusalClass.FixData)]
    [InlineData(21001001, RefusalClass.Bug)]
    [InlineData(105005, RefusalClass.Authorization)]
    [InlineData(106001, RefusalClass.Bug)]
    public async Task A_listed_code_is_a_refusal_of_its_class(long code, RefusalClass expected)
    {
        tikTok.Refuse(code);
        await using var harness = new Harness(tikTok.Url);

        var rejected = Assert.IsType<Purchased.Rejected>(await harness.BuyAsync());

        Assert.Equal(expected, rejected.Class);
        Assert.Equal(code.ToString(System.Globalization.CultureInfo.InvariantCulture), rejected.Code);
        Assert.Equal("req-1", rejected.RequestId);
        Assert.Single(tikTok.Received);
    }

    [Theory]
    [InlineData(200, 77777777)]
    [InlineData(400, 77777777)]
    [InlineData(200, 36009003)]
    [InlineData(500, 36009003)]
    [InlineData(200, 36009007)]
    [InlineData(408, 36009007)]
    [InlineData(200, 11001027)]
    [InlineData(200, 21001011)]
    [InlineData(200, 21022029)]
    [InlineData(200, 21022026)]
    [InlineData(503, 0)]
    [InlineData(502, 21022025)]
    [InlineData(404, 0)]
    public async Task A_doubtful_code_is_unknown(int status, long code)
    {
        tikTok.Refuse(code, status);
        await using var harness = new Harness(tikTok.Url);

        Assert.IsType<Purchased.Unknown>(await harness.BuyAsync());
        Assert.Single(tikTok.Received);
    }

    [Theory]
    [InlineData(200, "")]
    [InlineData(200, "<html>busy</html>")]
    [InlineData(502, "<html>bad gateway</html>")]
    [InlineData(404, "not found")]
    [InlineData(200, """{"code":0,"message":"Success","data":{"package_id":"11523""")]
    [InlineData(200, """{"code":0,"message":"Success","data":{}}""")]
    [InlineData(200, """{"code":0,"message":"Success","data":null}""")]
    [InlineData(200, """{"code":0,"message":"Success"}""")]
    [InlineData(200, """{"code":0,"message":"Success","data":[]}""")]
    [InlineData(200, """{"message":"Success","data":{"package_id":"1"}}""")]
    [InlineData(200, """{"code":0,"data":{"package_id":"1"}} trailing""")]
    [InlineData(200, "[]")]
    [InlineData(302, "")]
    public async Task An_answer_that_cannot_be_read_is_unknown(int status, string body)
    {
        tikTok.Answer(status, body);
        await using var harness = new Harness(tikTok.Url);

        Assert.IsType<Purchased.Unknown>(await harness.BuyAsync());
        Assert.Single(tikTok.Received);
    }

    [Fact]
    public async Task A_lost_reply_is_unknown_and_the_call_is_not_repeated()
    {
        tikTok.LoseReply();
        await using var harness = new Harness(tikTok.Url);

        Assert.IsType<Purchased.Unknown>(await harness.BuyAsync());
        Assert.Single(tikTok.Received);
    }

    [Fact]
    public async Task A_reply_cut_in_the_middle_is_unknown()
    {
        tikTok.CutReply("""{"code":0,"message":"Success","data":{"package_id":"1152321127278713123"}}""");
        await using var harness = new Harness(tikTok.Url);

        Assert.IsType<Purchased.Unknown>(await harness.BuyAsync());
        Assert.Single(tikTok.Received);
    }

    [Fact]
    public async Task A_reply_that_does_not_come_in_time_is_unknown()
    {
        tikTok.NeverAnswer();
        await using var harness = new Harness(tikTok.Url, options => options.PurchaseTimeout = TimeSpan.FromMilliseconds(500));

        Assert.IsType<Purchased.Unknown>(await harness.BuyAsync());
    }

    [Fact]
    public async Task Cancelling_after_the_first_byte_left_is_unknown_and_does_not_throw()
    {
        using var cancelled = new CancellationTokenSource();
        tikTok.Respond = async context =>
        {
            await cancelled.CancelAsync();
            await FakeTikTok.Json(context, 200, "{}");
        };
        await using var harness = new Harness(tikTok.Url);

        Assert.IsType<Purchased.Unknown>(await harness.Marketplace.BuyLabelAsync(Harness.Purchase(), harness.Permit(), cancelled.Token));
    }

    [Fact]
    public async Task Cancelling_before_the_first_byte_is_surely_not_applied()
    {
        await using var harness = new Harness(tikTok.Url);

        var outcome = await harness.Marketplace.BuyLabelAsync(Harness.Purchase(), harness.Permit(), new CancellationToken(canceled: true));

        Assert.IsType<Purchased.NotApplied>(outcome);
        Assert.Empty(tikTok.Received);
    }

    [Fact]
    public async Task A_refused_connection_is_surely_not_applied()
    {
        await using var harness = new Harness($"http://127.0.0.1:{ClosedPort()}");

        Assert.IsType<Purchased.NotApplied>(await harness.BuyAsync());
    }

    [Theory]
    [InlineData("7", 7)]
    [InlineData(null, 1)]
    [InlineData("0", 1)]
    public async Task Being_throttled_names_the_moment_from_which_it_may_go_on(string? retryAfter, int seconds)
    {
        var clock = new FakeTimeProvider(DateTimeOffset.FromUnixTimeSeconds(1760000000));
        await using var harness = new Harness(tikTok.Url, clock: clock);

        tikTok.Answer(429, """{"code":36009002,"message":"too many"}""", retryAfter);
        Assert.Equal(clock.GetUtcNow().AddSeconds(seconds), Assert.IsType<Purchased.RateLimited>(await harness.BuyAsync()).Until);

        tikTok.Answer(200, """{"code":36009002,"message":"too many"}""", retryAfter);
        Assert.Equal(clock.GetUtcNow().AddSeconds(seconds), Assert.IsType<Purchased.RateLimited>(await harness.BuyAsync()).Until);

        tikTok.Answer(429, "", retryAfter);
        Assert.Equal(clock.GetUtcNow().AddSeconds(seconds), Assert.IsType<Purchased.RateLimited>(await harness.BuyAsync()).Until);
    }

    [Fact]
    public async Task Being_throttled_until_a_date_is_understood()
    {
        var clock = new FakeTimeProvider(DateTimeOffset.FromUnixTimeSeconds(1760000000));
        await using var harness = new Harness(tikTok.Url, clock: clock);
        tikTok.Answer(429, "", clock.GetUtcNow().AddSeconds(40).ToString("R", System.Globalization.CultureInfo.InvariantCulture));

        Assert.Equal(clock.GetUtcNow().AddSeconds(40), Assert.IsType<Purchased.RateLimited>(await harness.BuyAsync()).Until);
    }

    [Fact]
    public async Task Past_its_moment_nothing_is_sent()
    {
        var clock = new FakeTimeProvider(DateTimeOffset.FromUnixTimeSeconds(1760000000));
        await using var harness = new Harness(tikTok.Url, clock: clock);
        var permit = new SendPermit(clock.GetUtcNow(), clock.GetTimestamp());
        clock.Advance(TimeSpan.FromMilliseconds(1));

        Assert.IsType<Purchased.NotApplied>(await harness.Marketplace.BuyLabelAsync(Harness.Purchase(), permit, TestContext.Current.CancellationToken));
        Assert.Empty(tikTok.Received);
    }

    [Fact]
    public async Task A_moment_that_passes_while_the_connection_is_made_still_stops_it()
    {
        var clock = new FakeTimeProvider(DateTimeOffset.FromUnixTimeSeconds(1760000000));
        await using var harness = new Harness(tikTok.Url, clock: clock, layer: _ => new Before(() => clock.Advance(TimeSpan.FromMilliseconds(200))));
        var permit = new SendPermit(clock.GetUtcNow(), clock.GetTimestamp() + (clock.TimestampFrequency / 10));

        Assert.IsType<Purchased.NotApplied>(await harness.Marketplace.BuyLabelAsync(Harness.Purchase(), permit, TestContext.Current.CancellationToken));
        Assert.Empty(tikTok.Received);
    }

    [Fact]
    public async Task An_attempt_whose_signature_would_have_expired_is_not_sent()
    {
        var clock = new FakeTimeProvider(DateTimeOffset.FromUnixTimeSeconds(1760000000));
        await using var harness = new Harness(tikTok.Url, options => options.SignatureWindow = TimeSpan.FromSeconds(6), clock);
        var permit = new SendPermit(clock.GetUtcNow().AddSeconds(-7), long.MaxValue);

        Assert.IsType<Purchased.NotApplied>(await harness.Marketplace.BuyLabelAsync(Harness.Purchase(), permit, TestContext.Current.CancellationToken));
        Assert.Empty(tikTok.Received);
    }

    [Fact]
    public async Task A_signature_that_expired_on_its_way_is_surely_not_applied()
    {
        tikTok.Refuse(36009004, 400, "Invalid timestamp: it is earlier than 5 minutes ago");
        await using var harness = new Harness(tikTok.Url);

        Assert.IsType<Purchased.NotApplied>(await harness.BuyAsync());
    }

    [Fact]
    public async Task The_attempt_is_signed_with_the_intents_own_time_over_the_bytes_sent()
    {
        var clock = new FakeTimeProvider(DateTimeOffset.FromUnixTimeSeconds(1760000090));
        await using var harness = new Harness(tikTok.Url, clock: clock);
        var permit = new SendPermit(DateTimeOffset.FromUnixTimeSeconds(1760000000), long.MaxValue);

        await harness.Marketplace.BuyLabelAsync(Harness.Purchase(), permit, TestContext.Current.CancellationToken);

        var request = Assert.Single(tikTok.Received);
        Assert.Equal("1760000000", request.Query["timestamp"]);
        Assert.Equal("POST", request.Method);
        Assert.Equal("/fulfillment/202309/packages", request.Path);
        Assert.Equal("TTP_token-canary-1", request.Headers["x-tts-access-token"]);
        Assert.Equal("application/json", request.Headers["content-type"]);
        Assert.Equal(PlainSignature.Of(request, Harness.AppSecret), request.Query["sign"]);
        Assert.Equal(
            """{"order_id":"576461413038785752","order_line_item_ids":["577086512123755123","577086512123755124"],"shipping_service_id":"7208502187360519982","weight":{"value":"545","unit":"GRAM"},"dimension":{"length":"22.9","width":"15.2","height":"5.1","unit":"CM"}}""",
            request.Text);
    }

    [Fact]
    public async Task A_combined_parcel_goes_to_the_edition_that_can()
    {
        await using var harness = new Harness(tikTok.Url);

        await harness.Marketplace.BuyLabelAsync(Harness.Purchase("576461413038785752", "576461413038785753"), harness.Permit(), TestContext.Current.CancellationToken);

        var request = Assert.Single(tikTok.Received);
        Assert.Equal("/fulfillment/202512/packages", request.Path);
        Assert.StartsWith("""{"ship_type":"3","order_id":"576461413038785752","order_list_ids":["576461413038785752","576461413038785753"],""", request.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(105002, "expired access token")]
    [InlineData(36009004, "x-tts-access-token header is invalid")]
    public async Task An_expired_token_is_refreshed_but_the_attempt_is_not_sent_again(long code, string message)
    {
        tikTok.Refuse(code, 401, message);
        await using var harness = new Harness(tikTok.Url);

        Assert.IsType<Purchased.NotApplied>(await harness.BuyAsync());
        Assert.Single(tikTok.Received);
        Assert.Equal(1, harness.Access.Refreshes);
    }

    [Fact]
    public async Task A_shop_that_is_not_connected_is_told_apart()
    {
        await using var harness = new Harness(tikTok.Url);
        harness.Access.Connected = false;

        Assert.Equal(RefusalClass.Authorization, Assert.IsType<Purchased.Rejected>(await harness.BuyAsync()).Class);
        Assert.Empty(tikTok.Received);
    }

    [Fact]
    public async Task A_shop_in_trouble_is_left_alone_and_its_neighbour_is_not()
    {
        await using var harness = new Harness(tikTok.Url, options => options.BreakerCallsMin = 5);
        tikTok.Refuse(0, 503);
        for (var i = 0; i < 5; i++)
        {
            Assert.IsType<Purchased.Unknown>(await harness.BuyAsync());
        }

        Assert.Contains("breaker", Assert.IsType<Purchased.NotApplied>(await harness.BuyAsync()).Reason, StringComparison.Ordinal);
        Assert.Equal(5, tikTok.Received.Count);

        tikTok.AnswerData("""{"package_id":"1"}""");
        var other = Harness.Purchase() with { Shop = Harness.OtherShop };
        Assert.IsType<Purchased.Succeeded>(await harness.Marketplace.BuyLabelAsync(other, harness.Permit(), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_redirect_is_not_followed()
    {
        await using var elsewhere = await FakeTikTok.StartAsync();
        tikTok.Respond = context =>
        {
            context.Response.StatusCode = 307;
            context.Response.Headers.Location = elsewhere.Url + "/fulfillment/202309/packages";
            return Task.CompletedTask;
        };
        await using var harness = new Harness(tikTok.Url);

        Assert.IsType<Purchased.Unknown>(await harness.BuyAsync());
        Assert.Empty(elsewhere.Received);
    }

    /// <summary>A pooled connection that dies with the second request on it: the handler would repeat a body-less request by itself.</summary>
    [Fact]
    public async Task A_purchase_that_dies_with_its_reused_connection_is_unknown_and_not_sent_again()
    {
        await using var server = new DyingServer("""{"code":0,"message":"Success","data":{"package_id":"1"}}""", readsSecondRequest: true);
        await using var harness = new Harness(server.Url);

        Assert.IsType<Purchased.Succeeded>(await harness.BuyAsync());
        Assert.IsType<Purchased.Unknown>(await harness.BuyAsync());
        Assert.Equal(2, server.Requests);
    }

    [Fact]
    public async Task A_purchase_that_meets_a_connection_closed_while_idle_is_sent_at_most_once()
    {
        await using var server = new DyingServer("""{"code":0,"message":"Success","data":{"package_id":"1"}}""", readsSecondRequest: false);
        await using var harness = new Harness(server.Url);

        Assert.IsType<Purchased.Succeeded>(await harness.BuyAsync());
        var second = await harness.BuyAsync();

        // Either noticed in time and sent once on a new connection, or lost on the dead one. Never both.
        Assert.True((second is Purchased.Succeeded && server.Requests == 2) || (second is Purchased.Unknown && server.Requests == 1), $"{second.Describe()} after {server.Requests}");
    }

    private static int ClosedPort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private sealed class Before(Action action) : DelegatingHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            action();
            return base.SendAsync(request, cancellationToken);
        }
    }
}
