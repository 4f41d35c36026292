using System.Net;
using System.Net.Sockets;
using System.Text;
using Engine.Domain.Ports;
using Microsoft.Extensions.Options;
using Orleans.Runtime;

namespace Engine.FrontDoor.Tests;

public sealed class Every_answer
{
    [Theory]
    [InlineData("GET", "/nothing/here", 404, "not_found")]
    [InlineData("GET", "/v1/nothing", 404, "not_found")]
    [InlineData("DELETE", "/v1/orders", 405, "method_not_allowed")]
    [InlineData("GET", "/v1/orders/acme-us/1/tracking", 405, "method_not_allowed")]
    public async Task That_routing_refuses_is_a_problem_document(string method, string path, int status, string code)
    {
        await using var door = await TestFrontDoor.StartAsync();
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        using var response = await door.Client.SendAsync(request);
        await response.RefusedAsync(status, code);
        Assert.Equal(status == 405, response.Content.Headers.Allow.Count > 0);
    }

    [Fact]
    public async Task To_an_unexpected_error_tells_nothing_but_the_request_id_which_the_log_has_too()
    {
        await using var door = await TestFrontDoor.StartAsync();
        door.Store.Down = new InvalidOperationException("password=hunter2");
        using var response = await door.Client.GetAsync("/v1/orders");
        await response.RefusedAsync(500, "internal_error");
        Assert.DoesNotContain("hunter2", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        var id = response.Headers.GetValues("X-Request-Id").Single();
        Assert.Contains(door.Log, l => l.Contains(id, StringComparison.Ordinal) && l.Contains("hunter2", StringComparison.Ordinal));
    }

    public static TheoryData<Exception, string> Outages => new()
    {
        { new JournalUnavailableException("away"), "unavailable" },
        { new VaultUnavailableException("away"), "unavailable" },
        { new ShopUnavailableException(TestFrontDoor.Shop, "no consent"), "unavailable" },
        { new OrleansException("moving"), "unavailable" },
        { new TimeoutException("slow"), "outcome_unknown" },
    };

    [Theory]
    [MemberData(nameof(Outages), DisableDiscoveryEnumeration = true)]
    public async Task To_an_outage_is_503_with_a_time_to_come_again_and_never_404(Exception outage, string code)
    {
        await using var door = await TestFrontDoor.StartAsync();
        door.Store.Down = outage;
        using var response = await door.Client.GetAsync("/v1/orders");
        await response.RefusedAsync(503, code);
        Assert.NotNull(response.Headers.RetryAfter);
        Assert.True((await response.ProblemAsync()).GetProperty("retryable").GetBoolean());
    }

    [Fact]
    public async Task Over_a_keys_rate_is_429_with_a_time_to_come_again_and_other_keys_go_on()
    {
        await using var door = await TestFrontDoor.StartAsync(o => (o.RequestsBurst, o.RequestsPerSecond) = (5, 1));
        using var other = door.ClientFor(door.NewKey(TestFrontDoor.Ours));
        var statuses = new List<HttpStatusCode>();
        HttpResponseMessage? limited = null;
        for (var i = 0; i < 20; i++)
        {
            var response = await door.Client.GetAsync("/v1/shops");
            statuses.Add(response.StatusCode);
            limited = response.StatusCode == HttpStatusCode.TooManyRequests ? response : limited;
        }

        Assert.Equal(Enumerable.Repeat(HttpStatusCode.OK, 5), statuses.Take(5));
        Assert.NotNull(limited);
        await limited.RefusedAsync(429, "too_many_requests");
        Assert.True(limited.Headers.RetryAfter?.Delta >= TimeSpan.FromSeconds(1));
        using var free = await other.GetAsync("/v1/shops");
        Assert.Equal(HttpStatusCode.OK, free.StatusCode);
    }

    [Fact]
    public async Task Of_the_api_is_counted_by_operation_and_status()
    {
        await using var door = await TestFrontDoor.StartAsync();
        door.Received("1");
        foreach (var path in (string[])["/v1/orders", "/v1/orders/acme-us/1", "/v1/orders/acme-us/2", "/v1/nothing"])
        {
            using var response = await door.Client.GetAsync(path);
        }

        Assert.Equal([("listOrders", 200), ("getOrder", 200), ("getOrder", 404), ("none", 404)], door.Instruments.Answers);
    }

    [Fact]
    public async Task Of_the_server_itself_does_not_say_what_it_runs_on()
    {
        await using var door = await TestFrontDoor.StartAsync();
        using var response = await door.Client.GetAsync("/health/live");
        Assert.False(response.Headers.Contains("Server"));
    }

    [Fact]
    public async Task Needs_settings_that_are_fit_and_all_that_is_wrong_is_said_at_once()
    {
        var failure = await Assert.ThrowsAsync<OptionsValidationException>(() => TestFrontDoor.StartAsync(o =>
        {
            o.CursorKey = [1, 2, 3];
            o.WebhookBodyMaxBytes = 10;
            o.IdempotencyKeyLife = TimeSpan.FromDays(1);
            o.ZoneByRegion = o.ZoneByRegion.SetItem("US", "Mars/Olympus");
        }));
        Assert.Equal(4, failure.Failures.Count());
    }

    [Fact]
    public async Task To_a_caller_who_goes_away_in_the_middle_of_a_webhook_is_none_and_the_call_is_counted()
    {
        await using var door = await TestFrontDoor.StartAsync();
        using (var socket = new TcpClient())
        {
            await socket.ConnectAsync(door.Address.Host, door.Address.Port);
            await socket.GetStream().WriteAsync(Encoding.ASCII.GetBytes("POST /webhooks/tiktok HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{"));
            socket.Client.LingerState = new LingerOption(true, 0);
        }

        await door.Instruments.Counted(Webhooks.WebhookResult.Aborted);
        Assert.Empty(door.Grains.Hints);
    }
}
