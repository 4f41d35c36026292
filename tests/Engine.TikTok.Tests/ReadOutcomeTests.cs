using Engine.Domain.Ports;
using Engine.TikTok.Tests.Support;
using Microsoft.AspNetCore.Http;
using Warehouses = Engine.Domain.Ports.CallOutcome<System.Collections.Immutable.ImmutableArray<Engine.Domain.Ports.Warehouse>>;

namespace Engine.TikTok.Tests;

public sealed class ReadOutcomeTests : IAsyncLifetime
{
    private const string OneWarehouse = """{"code":0,"message":"Success","request_id":"r","data":{"warehouses":[{"id":"1","name":"Reno DC","effect_status":"ENABLED","type":"SALES_WAREHOUSE","is_default":true}]}}""";
    private FakeTikTok tikTok = null!;

    public async ValueTask InitializeAsync() => tikTok = await FakeTikTok.StartAsync();

    public ValueTask DisposeAsync() => tikTok.DisposeAsync();

    [Theory]
    [InlineData(105002, "expired")]
    [InlineData(36009004, "x-tts-access-token header is invalid")]
    [InlineData(36009004, "access_token header is invalid")]
    public async Task After_a_refused_token_a_read_was_not_applied_and_the_next_one_has_a_newer_token(long code, string message)
    {
        tikTok.Respond = context => context.Request.Headers["x-tts-access-token"] == "TTP_token-canary-1"
            ? FakeTikTok.Json(context, 401, $$"""{"code":{{code}},"message":"{{message}}"}""")
            : FakeTikTok.Json(context, 200, OneWarehouse);
        await using var harness = new Harness(tikTok.Url);

        Assert.True(Assert.IsType<Warehouses.NotApplied>(await ReadAsync(harness)).AskAgain);
        Assert.Single(tikTok.Received);
        var warehouse = Assert.Single(Assert.IsType<Warehouses.Succeeded>(await ReadAsync(harness)).Value);

        Assert.Equal(new Warehouse("1", "Reno DC", true, true), warehouse);
        Assert.Equal(1, harness.Access.Refreshes);
        Assert.Equal(2, tikTok.Received.Count);
        Assert.All(tikTok.Received, request => Assert.Equal(PlainSignature.Of(request, Harness.AppSecret), request.Query["sign"]));
    }

    [Fact]
    public async Task A_refused_token_without_a_newer_one_is_a_refusal()
    {
        tikTok.Refuse(105002, 401);
        await using var harness = new Harness(tikTok.Url);
        harness.Access.RefreshFails = true;

        Assert.Equal(RefusalClass.Authorization, Assert.IsType<Warehouses.Rejected>(await ReadAsync(harness)).Class);
        Assert.Single(tikTok.Received);
        Assert.Equal(1, harness.Access.Refreshes);
    }

    [Fact]
    public async Task A_read_whose_answer_is_lost_was_not_applied_and_reaches_the_platform_once()
    {
        // On a used connection too: a client that repeats by itself does it there.
        tikTok.Answer(200, OneWarehouse);
        await using var harness = new Harness(tikTok.Url);
        await ReadAsync(harness);
        tikTok.LoseReply();

        Assert.True(Assert.IsType<Warehouses.NotApplied>(await ReadAsync(harness)).AskAgain);
        Assert.Equal(2, tikTok.Received.Count);
    }

    [Fact]
    public async Task A_slow_read_ends_with_its_time_out_and_is_not_repeated()
    {
        tikTok.NeverAnswer();
        await using var harness = new Harness(tikTok.Url, options => options.ReadTimeout = TimeSpan.FromMilliseconds(500));

        Assert.False(Assert.IsType<Warehouses.NotApplied>(await ReadAsync(harness)).AskAgain);
        Assert.Single(tikTok.Received);
    }

    [Fact]
    public async Task A_read_that_waited_long_for_its_shops_access_gives_its_slot_up()
    {
        tikTok.Answer(200, OneWarehouse);
        await using var harness = new Harness(tikTok.Url);
        harness.Access.Takes = TimeSpan.FromMilliseconds(150);

        Assert.True(Assert.IsType<Warehouses.NotApplied>(await ReadAsync(harness)).AskAgain);
        Assert.Empty(tikTok.Received);
    }

    [Fact]
    public async Task A_read_that_its_caller_gives_up_says_so_by_cancellation()
    {
        using var cancelled = new CancellationTokenSource();
        tikTok.Respond = async context =>
        {
            await cancelled.CancelAsync();
            await FakeTikTok.Json(context, 200, OneWarehouse);
        };
        await using var harness = new Harness(tikTok.Url);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => harness.Marketplace.GetWarehousesAsync(Harness.Shop, cancelled.Token));
    }

    [Theory]
    [InlineData(500, """{"code":36009003,"message":"internal"}""")]
    [InlineData(200, """{"code":36009003,"message":"internal"}""")]
    [InlineData(503, "")]
    [InlineData(200, """{"code":0,"data":{"warehouses":[{"name":"no id"}]}}""")]
    [InlineData(200, """{"code":0,"data":{"warehouses":[""")]
    [InlineData(200, """{"code":0}""")]
    [InlineData(404, "")]
    public async Task A_read_that_fails_over_there_may_be_tried_later(int status, string body)
    {
        tikTok.Answer(status, body);
        await using var harness = new Harness(tikTok.Url);

        Assert.Equal(RefusalClass.RetryLater, Assert.IsType<Warehouses.Rejected>(await ReadAsync(harness)).Class);
        Assert.Single(tikTok.Received);
    }

    [Fact]
    public async Task An_unlisted_code_is_shown_with_the_platforms_words_on_one_line()
    {
        tikTok.Refuse(77777777, 200, "new\\nrule " + new string('x', 300));
        await using var harness = new Harness(tikTok.Url);

        var rejected = Assert.IsType<Warehouses.Rejected>(await ReadAsync(harness));

        Assert.Equal(RefusalClass.Unlisted, rejected.Class);
        Assert.StartsWith("new rule xxx", rejected.Message, StringComparison.Ordinal);
        Assert.Equal(200, rejected.Message.Length);
    }

    [Theory]
    [InlineData(400, "Invalid app_key", RefusalClass.Authorization)]
    [InlineData(403, "seller is inactive", RefusalClass.Authorization)]
    [InlineData(400, "timestamp is more than 30 seconds ahead", RefusalClass.Bug)]
    [InlineData(400, "Missing credentials: signature", RefusalClass.Bug)]
    [InlineData(400, "shop_cipher is not required", RefusalClass.Bug)]
    [InlineData(400, "page_size out of range", RefusalClass.Bug)]
    public async Task The_gateways_catch_all_code_is_told_apart_by_its_words(int status, string message, RefusalClass expected)
    {
        tikTok.Refuse(36009004, status, message);
        await using var harness = new Harness(tikTok.Url);

        Assert.Equal(expected, Assert.IsType<Warehouses.Rejected>(await ReadAsync(harness)).Class);
    }

    [Fact]
    public async Task An_answer_beyond_the_size_limit_is_not_read()
    {
        tikTok.Answer(200, new string(' ', 70_000) + OneWarehouse);
        await using var harness = new Harness(tikTok.Url, options => options.AnswerBytesMax = 65_536);

        Assert.IsType<Warehouses.NotApplied>(await ReadAsync(harness));
    }

    [Fact]
    public async Task An_answer_without_announced_length_is_read_to_its_end()
    {
        tikTok.Respond = async context =>
        {
            context.Response.ContentType = "application/json";
            await context.Response.StartAsync();
            await context.Response.WriteAsync(new string(' ', 50_000));
            await context.Response.Body.FlushAsync();
            await context.Response.WriteAsync(OneWarehouse);
        };
        await using var harness = new Harness(tikTok.Url);

        Assert.Single(Assert.IsType<Warehouses.Succeeded>(await ReadAsync(harness)).Value);
    }

    [Fact]
    public async Task One_order_of_somebody_else_refuses_the_whole_detail_call()
    {
        tikTok.Refuse(21008111);
        await using var harness = new Harness(tikTok.Url);

        var outcome = await harness.Marketplace.ReadOrdersAsync(Harness.Shop, ["1", "2"], TestContext.Current.CancellationToken);

        var rejected = Assert.IsType<CallOutcome<System.Collections.Immutable.ImmutableArray<Domain.Orders.MarketplaceOrder>>.Rejected>(outcome);
        Assert.Equal("21008111", rejected.Code);
        Assert.Equal(RefusalClass.FixData, rejected.Class);
        var request = Assert.Single(tikTok.Received);
        Assert.Equal("/order/202507/orders", request.Path);
        Assert.Equal("1,2", request.Query["ids"]);
    }

    [Fact]
    public async Task An_id_that_no_path_can_carry_is_not_sent()
    {
        await using var harness = new Harness(tikTok.Url);

        var outcome = await harness.Marketplace.ReadPackageAsync(Harness.Shop, "1/../../orders?x=1", TestContext.Current.CancellationToken);

        Assert.Equal(RefusalClass.Bug, Assert.IsType<CallOutcome<MarketplacePackage>.Rejected>(outcome).Class);
        Assert.Empty(tikTok.Received);
    }

    private static Task<Warehouses> ReadAsync(Harness harness) => harness.Marketplace.GetWarehousesAsync(Harness.Shop, TestContext.Current.CancellationToken);
}
