using System.Text.Json.Nodes;

namespace Engine.Sandbox.Tests;

public sealed class Faults_strike_webhooks
{
    private const string Nowhere = """{"event_type":"ORDER_STATUS_CHANGE","address":"http://127.0.0.1:9/"}""";

    /// <summary>Orders are placed, on hold, while business time stands: each gives one notification.</summary>
    private static async Task<TestSandbox> StartAsync(string plan, int orders)
    {
        var sandbox = await TestSandbox.StartAsync(TestSandbox.Options with { Stepped = true });
        var shop = await sandbox.AddShopAsync();
        await sandbox.DataAsync(HttpMethod.Put, "/event/202309/webhooks", shop, JsonNode.Parse(Nowhere));
        await sandbox.ArmAsync(plan);
        for (var i = 0; i < orders; i++)
        {
            await sandbox.PlaceAsync(shop, holdSeconds: 3600);
        }

        return sandbox;
    }

    /// <summary>Until so many notifications had their first try, or the first one of all; nobody listens at the address.</summary>
    private static async Task<List<JsonNode>> TriedAsync(TestSandbox sandbox, int notifications, bool first = false)
    {
        while (true)
        {
            var sent = await sandbox.LedgerAsync("webhooks");
            if (sent.Count(w => w["attempts"]!.AsArray().Count > 0) >= notifications && (!first || sent[0]["attempts"]!.AsArray().Count > 0))
            {
                return sent;
            }
        }
    }

    [Fact]
    public async Task A_lost_webhook_is_in_the_books_and_never_sent()
    {
        await using var sandbox = await StartAsync("""{"kind":"webhook-lost","nth":1}""", orders: 2);
        var sent = await TriedAsync(sandbox, 1);
        Assert.Equal(["lost", "pending"], sent.Select(w => (string)w["state"]!));
        Assert.Equal([0, 1], sent.Select(w => w["attempts"]!.AsArray().Count));
        Assert.Equal(["webhook-lost", null], sent.Select(w => (string?)w["fault"]));
        Assert.Equal(1, (long)(await sandbox.GetJsonAsync("/sandbox/progress"))["webhooks_pending"]!);
    }

    [Fact]
    public async Task A_doubled_webhook_is_sent_twice_with_one_id()
    {
        await using var sandbox = await StartAsync("""{"kind":"webhook-doubled"}""", orders: 1);
        var sent = await TriedAsync(sandbox, 2);
        Assert.Equal(2, sent.Count);
        Assert.Equal((string)sent[0]["id"]!, (string)sent[1]["id"]!);
        Assert.Equal(["webhook-doubled", null], sent.Select(w => (string?)w["fault"]));
    }

    [Theory]
    [InlineData("webhook-reordered", 1_000, 120_000)]
    [InlineData("webhook-delayed", 3_600_000, 54_000_000)]
    public async Task A_late_webhook_comes_after_its_delay(string kind, long minMs, long maxMs)
    {
        await using var sandbox = await StartAsync($$"""{"kind":"{{kind}}"}""", orders: 1);
        var happened = sandbox.Market.Clock.NowMs;
        var host = new TestHost(sandbox);
        host.Register();
        await sandbox.ControlAsync(HttpMethod.Post, "/sandbox/start");
        var waiting = (await sandbox.LedgerAsync("webhooks"))[0];
        Assert.Equal(("pending", 0, kind), ((string)waiting["state"]!, waiting["attempts"]!.AsArray().Count, (string)waiting["fault"]!));
        await host.StepUntilAsync(happened + maxMs);
        var first = (await TriedAsync(sandbox, 1, first: true))[0]["attempts"]![0]!;
        // Events of one business minute fire in one step.
        Assert.InRange((long)first["at_ms"]! - happened, minMs, maxMs + 60_000);
    }

    [Fact]
    public async Task Healing_sends_what_was_held_back()
    {
        await using var sandbox = await StartAsync("""{"kind":"webhook-delayed"}""", orders: 3);
        Assert.Equal(0, sandbox.Market.Webhooks.Sent);
        await sandbox.ControlAsync(HttpMethod.Delete, "/sandbox/faults", expected: 204);
        var sent = await TriedAsync(sandbox, 3);
        Assert.All(sent, w => Assert.Equal(sandbox.Market.Clock.NowMs, (long)w["attempts"]![0]!["at_ms"]!));
    }
}
