using System.Net;
using Engine.Domain.Orders;
using Engine.Domain.Ports;
using Engine.FrontDoor.Tests.Fakes;
using Engine.FrontDoor.Webhooks;

namespace Engine.FrontDoor.Tests;

public sealed class The_webhook_answers
{
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(11)]
    [InlineData(12)]
    public async Task A_signed_call_about_an_order_with_200_and_hints_the_shop(int type)
    {
        await using var door = await TestFrontDoor.StartAsync();
        Assert.Equal(HttpStatusCode.OK, await SendAsync(door, FakeHints.Body("7001", type, "576461")));
        await door.Instruments.Counted(WebhookResult.Hinted);
        Assert.Equal(("acme-us", "576461"), Assert.Single(door.Grains.Hints));
    }

    [Fact]
    public async Task A_forged_call_with_401_and_hints_nobody()
    {
        await using var door = await TestFrontDoor.StartAsync();
        var body = FakeHints.Body("7001");
        Assert.Equal(HttpStatusCode.Unauthorized, await SendAsync(door, body, FakeHints.Sign([.. body, 32])));
        Assert.Equal(HttpStatusCode.Unauthorized, await SendAsync(door, body, signature: ""));
        Assert.Empty(door.Grains.Hints);
        Assert.Equal([WebhookResult.Forged, WebhookResult.Forged], door.Instruments.Webhooks);
    }

    [Fact]
    public async Task An_unknown_shop_with_200()
    {
        await using var door = await TestFrontDoor.StartAsync();
        Assert.Equal(HttpStatusCode.OK, await SendAsync(door, FakeHints.Body("999999")));
        await door.Instruments.Counted(WebhookResult.UnknownShop);
        Assert.Empty(door.Grains.Hints);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(7)]
    [InlineData(4711)]
    public async Task A_type_that_is_not_about_orders_or_not_known_with_200(int type)
    {
        await using var door = await TestFrontDoor.StartAsync();
        Assert.Equal(HttpStatusCode.OK, await SendAsync(door, FakeHints.Body("7001", type)));
        Assert.Equal(WebhookResult.OtherType, Assert.Single(door.Instruments.Webhooks));
        Assert.Empty(door.Grains.Hints);
    }

    [Fact]
    public async Task Broken_json_with_200_when_it_is_signed()
    {
        await using var door = await TestFrontDoor.StartAsync();
        Assert.Equal(HttpStatusCode.OK, await SendAsync(door, "{\"type\":1,"u8.ToArray()));
        Assert.Equal(WebhookResult.Unreadable, Assert.Single(door.Instruments.Webhooks));
    }

    [Fact]
    public async Task A_body_of_2_MB_by_its_signature_like_any_other()
    {
        await using var door = await TestFrontDoor.StartAsync();
        var genuine = FakeHints.Body("7001", order: new string('7', 2 * 1024 * 1024));
        Assert.Equal(HttpStatusCode.OK, await SendAsync(door, genuine));
        await door.Instruments.Counted(WebhookResult.Hinted);
        Assert.Equal(HttpStatusCode.Unauthorized, await SendAsync(door, genuine, "00"));
        var garbage = new byte[2 * 1024 * 1024];
        Assert.Equal(HttpStatusCode.OK, await SendAsync(door, garbage));
        Assert.Equal([WebhookResult.Hinted, WebhookResult.Forged, WebhookResult.Unreadable], door.Instruments.Webhooks);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_body_over_the_limit_with_413_whether_its_length_is_announced_or_not(bool announced)
    {
        await using var door = await TestFrontDoor.StartAsync(o => o.WebhookBodyMaxBytes = 64 * 1024);
        var atLimit = new byte[64 * 1024];
        Assert.Equal(HttpStatusCode.OK, await SendAsync(door, atLimit, announced: announced));
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, await SendAsync(door, new byte[(64 * 1024) + 1], announced: announced));
        Assert.Equal([WebhookResult.Unreadable, WebhookResult.TooLarge], door.Instruments.Webhooks);
    }

    [Fact]
    public async Task With_5xx_when_the_verifier_is_unfit_so_that_the_platform_comes_again()
    {
        await using var door = await TestFrontDoor.StartAsync();
        door.Hints.Unfit = true;
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await SendAsync(door, FakeHints.Body("7001")));
        Assert.Equal(WebhookResult.VerifierUnfit, Assert.Single(door.Instruments.Webhooks));
        Assert.Contains(door.Log, l => l.StartsWith("Error", StringComparison.Ordinal) && l.Contains("verifier is unfit", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_second_call_of_a_notification_with_200_and_no_second_hint()
    {
        await using var door = await TestFrontDoor.StartAsync();
        var body = FakeHints.Body("7001", id: "N1");
        Assert.Equal(HttpStatusCode.OK, await SendAsync(door, body));
        await door.Instruments.Counted(WebhookResult.Hinted);
        Assert.Equal(HttpStatusCode.OK, await SendAsync(door, body));
        Assert.Single(door.Grains.Hints);
        Assert.Equal([WebhookResult.Hinted, WebhookResult.Duplicate], door.Instruments.Webhooks);
    }

    [Fact]
    public async Task A_notification_again_whose_hint_was_lost_is_handed_over_the_second_time()
    {
        await using var door = await TestFrontDoor.StartAsync();
        await WarmAsync(door);
        door.Grains.HintFails = new InvalidOperationException("The silo is stopping.");
        Assert.Equal(HttpStatusCode.OK, await SendAsync(door, FakeHints.Body("7001", id: "N1")));
        Assert.Equal(WebhookResult.HintLost, door.Instruments.Webhooks.Last());
        door.Grains.HintFails = null;
        Assert.Equal(HttpStatusCode.OK, await SendAsync(door, FakeHints.Body("7001", id: "N1")));
        Assert.Equal(2, door.Grains.Hints.Count);
    }

    [Fact]
    public async Task A_shop_that_was_connected_on_another_host_a_moment_ago_after_a_look_at_the_registry()
    {
        await using var door = await TestFrontDoor.StartAsync(o => o.ShopRefreshSpacing = TimeSpan.Zero);
        await WarmAsync(door);
        door.Store.Shops.Add(new ShopRecord(new ShopId("acme-new"), TestFrontDoor.Ours, "tiktok", "7055", "New", "US", true, TestFrontDoor.Now));
        var hintedBefore = door.Grains.Hints.Count;
        Assert.Equal(HttpStatusCode.OK, await SendAsync(door, FakeHints.Body("7055")));
        await IdleAsync(door);
        Assert.Equal(("acme-new", "576461"), door.Grains.Hints.Last());
        Assert.Equal(hintedBefore + 1, door.Grains.Hints.Count);
    }

    [Fact]
    public async Task Many_unknown_shops_with_one_look_at_the_registry_per_spacing()
    {
        await using var door = await TestFrontDoor.StartAsync(o => o.ShopRefreshSpacing = TimeSpan.FromMinutes(1));
        await WarmAsync(door);
        var before = door.Store.ShopReads;
        for (var i = 0; i < 300; i++)
        {
            Assert.Equal(HttpStatusCode.OK, await SendAsync(door, FakeHints.Body($"88{i}")));
        }

        Assert.Equal(before, door.Store.ShopReads);
        // Of 300 calls, 256 wait for the next look; the rest were answered from what is known.
        Assert.Equal(44, door.Instruments.Webhooks.Count(w => w == WebhookResult.UnknownShop));
        Assert.Equal(256, door.Activity.InFlight);
        door.Clock.Advance(TimeSpan.FromMinutes(1));
        await IdleAsync(door);
        Assert.Equal(before + 1, door.Store.ShopReads);
        Assert.Equal(300, door.Instruments.Webhooks.Count(w => w == WebhookResult.UnknownShop));
    }

    [Fact]
    public async Task Without_asking_the_database_once_the_shops_are_known()
    {
        await using var door = await TestFrontDoor.StartAsync();
        await WarmAsync(door);
        door.Store.Down = new InvalidOperationException("The database was asked.");
        var reads = door.Store.ShopReads;
        Assert.Equal(HttpStatusCode.OK, await SendAsync(door, FakeHints.Body("7002")));
        Assert.Equal("acme-uk", door.Grains.Hints.Last().Shop);
        Assert.Equal(reads, door.Store.ShopReads);
    }

    [Fact]
    public async Task An_unknown_shop_with_200_also_when_the_registry_is_away()
    {
        await using var door = await TestFrontDoor.StartAsync();
        door.Store.Down = new JournalUnavailableException("away");
        Assert.Equal(HttpStatusCode.OK, await SendAsync(door, FakeHints.Body("7001")));
        await door.Instruments.Counted(WebhookResult.HintLost);
    }

    [Fact]
    public async Task Each_call_once_in_the_metric_and_in_what_stepped_time_waits_for()
    {
        await using var door = await TestFrontDoor.StartAsync();
        var body = FakeHints.Body("7001");
        await SendAsync(door, body);
        await door.Instruments.Counted(WebhookResult.Hinted);
        await SendAsync(door, body, "forged");
        await SendAsync(door, "x"u8.ToArray());
        await SendAsync(door, FakeHints.Body("7001", type: 99));
        await IdleAsync(door);
        Assert.Equal(4, door.Activity.WebhooksReceived);
        Assert.Equal(4, door.Instruments.Webhooks.Count);
        Assert.Equal(0, door.Activity.InFlight);
        Assert.Equal(4, door.Activity.Work);
    }

    [Fact]
    public async Task Other_methods_with_405()
    {
        await using var door = await TestFrontDoor.StartAsync();
        using var response = await door.Client.GetAsync("/webhooks/tiktok");
        await response.RefusedAsync(405, "method_not_allowed");
    }

    [Fact]
    public void The_latest_notifications_are_remembered_and_the_oldest_forgotten()
    {
        var recent = new RecentNotifications(3);
        foreach (var id in (string[])["a", "b", "b", "c", "d"])
        {
            recent.Add(id);
        }

        Assert.False(recent.Contains("a"));
        Assert.True(recent.Contains("b"));
        Assert.True(recent.Contains("d"));
    }

    private static async Task WarmAsync(TestFrontDoor door)
    {
        await SendAsync(door, FakeHints.Body("7001"));
        await IdleAsync(door);
    }

    private static async Task IdleAsync(TestFrontDoor door)
    {
        var idle = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        door.Activity.Idle += () => idle.TrySetResult();
        if (door.Activity.InFlight > 0)
        {
            await idle.Task.WaitAsync(TimeSpan.FromSeconds(30));
        }
    }

    private static async Task<HttpStatusCode> SendAsync(TestFrontDoor door, byte[] body, string? signature = null, bool announced = true)
    {
        using var client = new HttpClient { BaseAddress = door.Address };
        using HttpContent content = announced ? new ByteArrayContent(body) : new StreamContent(new UnknownLength(body));
        using var request = new HttpRequestMessage(HttpMethod.Post, "/webhooks/tiktok") { Content = content };
        request.Headers.TryAddWithoutValidation("Authorization", signature ?? FakeHints.Sign(body));
        using var response = await client.SendAsync(request);
        Assert.Equal(response.StatusCode == HttpStatusCode.OK ? "" : "application/problem+json", response.Content.Headers.ContentType?.MediaType ?? "");
        return response.StatusCode;
    }

    private sealed class UnknownLength(byte[] bytes) : MemoryStream(bytes)
    {
        public override bool CanSeek => false;
    }
}
