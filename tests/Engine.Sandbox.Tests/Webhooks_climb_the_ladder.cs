using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using Engine.Sandbox.Clock;
using Engine.Sandbox.Ledger;
using Engine.Sandbox.Signing;
using Engine.Sandbox.Webhooks;
using Microsoft.Extensions.Time.Testing;

namespace Engine.Sandbox.Tests;

public sealed class Webhooks_climb_the_ladder
{
    private sealed class Receiver(Func<int, HttpStatusCode?> answer) : HttpMessageHandler
    {
        private int _tries;

        public List<byte[]> Bodies { get; } = [];

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Bodies.Add(await request.Content!.ReadAsByteArrayAsync(cancellationToken));
            if (answer(_tries++) is not { } status)
            {
                await Task.Delay(Timeout.Infinite, cancellationToken);
                throw new InvalidOperationException();
            }

            return new HttpResponseMessage(status);
        }
    }

    private sealed class Setup : IAsyncDisposable
    {
        private readonly WebhookSender _sender;

        public Setup(HttpMessageHandler receiver)
        {
            var options = TestSandbox.Options with { Stepped = true, WebhookConcurrency = 1 };
            Time = new FakeTimeProvider(DateTimeOffset.FromUnixTimeSeconds(1_790_000_000));
            Clock = new BusinessClock(Time, options);
            Events = new EventQueue();
            Steps = new StepCoordinator(Clock, Events);
            _sender = new WebhookSender(Clock, Events, Steps, new LedgerBook(), options, receiver);
        }

        public FakeTimeProvider Time { get; }
        public BusinessClock Clock { get; }
        public EventQueue Events { get; }
        public StepCoordinator Steps { get; }
        public WebhookSender Sender => _sender;

        public async Task<Notification> SendAsync()
        {
            await _sender.StartAsync(CancellationToken.None);
            Clock.Start();
            var body = Encoding.UTF8.GetBytes("{}");
            var notification = new Notification("73", 1, "shop", "order", new Uri("http://receiver.invalid/"), body, WebhookSignature.Compute("key", [1], body));
            _sender.Enqueue(notification);
            return notification;
        }

        public async ValueTask DisposeAsync()
        {
            await _sender.StopAsync(CancellationToken.None);
            _sender.Dispose();
        }
    }

    [Fact]
    public async Task A_refused_notification_is_tried_again_after_2_min_30_min_3_h_and_12_h_and_then_dropped()
    {
        var receiver = new Receiver(_ => HttpStatusCode.InternalServerError);
        await using var setup = new Setup(receiver);
        setup.Steps.Register("h1");
        var notification = await setup.SendAsync();
        await StepToTheEndAsync(setup, () => 0);
        Assert.Equal("given_up", notification.State);
        var times = notification.Attempts().Select(a => a.AtMs).ToList();
        Assert.Equal([120, 1800, 10_800, 43_200], times.Zip(times.Skip(1), (a, b) => (b - a) / 1000));
        Assert.All(receiver.Bodies, b => Assert.Equal(receiver.Bodies[0], b));
        Assert.Equal((5, 5, 0), (setup.Sender.Sent, setup.Sender.Failed, setup.Sender.Pending));
    }

    [Theory]
    [InlineData(HttpStatusCode.OK)]
    [InlineData(HttpStatusCode.Unauthorized)]
    public async Task Both_200_and_401_end_the_ladder(HttpStatusCode status)
    {
        await using var setup = new Setup(new Receiver(n => n == 0 ? HttpStatusCode.ServiceUnavailable : status));
        setup.Steps.Register("h1");
        var notification = await setup.SendAsync();
        await StepToTheEndAsync(setup, () => notification.Attempts().Count(a => a.Result == "200"));
        Assert.Equal("delivered", notification.State);
        Assert.Equal(["503", ((int)status).ToString()], notification.Attempts().Select(a => a.Result));
    }

    /// <summary>A receiver that is killed while the connection to it is made leaves .NET as either of the two.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_connection_that_cannot_be_made_is_tried_again(bool bare)
    {
        var lost = new SocketException((int)SocketError.NotConnected);
        await using var setup = new Setup(new Receiver(n => n > 0 ? HttpStatusCode.OK : throw (bare ? lost : new HttpRequestException("refused", lost))));
        setup.Steps.Register("h1");
        var notification = await setup.SendAsync();
        await StepToTheEndAsync(setup, () => notification.Attempts().Count(a => a.Result == "200"));
        Assert.Equal("delivered", notification.State);
        Assert.Equal(["unreachable", "200"], notification.Attempts().Select(a => a.Result));
    }

    [Fact]
    public async Task No_answer_within_three_seconds_of_system_time_is_a_failure_and_holds_stepped_time_until_then()
    {
        await using var setup = new Setup(new Receiver(n => n == 0 ? null : HttpStatusCode.OK));
        setup.Steps.Register("h1");
        var notification = await setup.SendAsync();
        var report = new HostReport(0, 0, 0, 0, 0, 0, null, 0);
        for (var i = 0; i < 5; i++)
        {
            Assert.Equal(0, (await setup.Steps.ReportAsync("h1", report, CancellationToken.None))!.Value.Epoch);
        }

        while (notification.Attempts().Length == 0)
        {
            setup.Time.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }

        await StepToTheEndAsync(setup, () => notification.Attempts().Count(a => a.Result == "200"));
        Assert.Equal(["timeout", "200"], notification.Attempts().Select(a => a.Result));
        Assert.Equal("delivered", notification.State);
    }

    [Fact]
    public async Task Status_changes_and_cancellations_reach_the_subscribed_address_signed()
    {
        var received = new List<(string Header, byte[] Body)>();
        using var listener = new HttpListener();
        var port = FreePort();
        listener.Prefixes.Add($"http://127.0.0.1:{port}/");
        listener.Start();
        var arrived = new SemaphoreSlim(0);
        var serving = Task.Run(async () =>
        {
            while (listener.IsListening)
            {
                var context = await listener.GetContextAsync();
                using var body = new MemoryStream();
                await context.Request.InputStream.CopyToAsync(body);
                received.Add((context.Request.Headers["Authorization"]!, body.ToArray()));
                context.Response.StatusCode = 200;
                context.Response.Close();
                arrived.Release();
            }
        });

        await using var sandbox = await TestSandbox.StartAsync(TestSandbox.Options with { WebhookConcurrency = 1 });
        var shop = await sandbox.AddShopAsync();
        foreach (var name in new[] { "ORDER_STATUS_CHANGE", "CANCELLATION_STATUS_CHANGE", "PACKAGE_UPDATE", "RECIPIENT_ADDRESS_UPDATE" })
        {
            await sandbox.DataAsync(HttpMethod.Put, "/event/202309/webhooks", shop, new JsonObject { ["event_type"] = name, ["address"] = $"http://127.0.0.1:{port}/hook" });
        }

        Assert.Equal(4, (long)(await sandbox.DataAsync(HttpMethod.Get, "/event/202309/webhooks", shop))["total_count"]!);
        var held = await sandbox.PlaceAsync(shop, holdSeconds: 60);
        await sandbox.ControlAsync(HttpMethod.Post, $"/sandbox/orders/{held}/cancel");
        var parted = await sandbox.PlaceAsync(shop, quantity: 2);
        await sandbox.ControlAsync(HttpMethod.Post, $"/sandbox/orders/{parted}/address", expected: 204);
        Assert.True((bool)(await sandbox.OrderAsync(shop, parted))["has_updated_recipient_address"]!);
        var line = (string)(await sandbox.OrderAsync(shop, parted))["line_items"]![0]!["id"]!;
        await sandbox.DataAsync(HttpMethod.Post, "/fulfillment/202309/packages", shop, TestSandbox.Purchase(parted, line));
        for (var i = 0; i < 8; i++)
        {
            Assert.True(await arrived.WaitAsync(TimeSpan.FromSeconds(20)), $"waited for webhook {i + 1} of 8");
        }

        listener.Stop();
        await Assert.ThrowsAnyAsync<Exception>(() => serving);
        var secret = Encoding.UTF8.GetBytes(TestSandbox.AppSecret);
        Assert.All(received, r => Assert.True(WebhookSignature.Verify(TestSandbox.AppKey, secret, r.Body, r.Header)));
        var bodies = received.Select(r => JsonNode.Parse(r.Body)!).ToList();
        Assert.Equal(["ON_HOLD", "CANCEL", "ON_HOLD", "AWAITING_SHIPMENT", "PARTIALLY_SHIPPING"], bodies.Where(b => (int)b["type"]! == 1).Select(b => (string)b["data"]!["order_status"]!));
        Assert.Equal("CANCELLATION_REQUEST_SUCCESS", (string)bodies.Single(b => (int)b["type"]! == 11)["data"]!["cancel_status"]!);
        Assert.Equal(parted, (string)bodies.Single(b => (int)b["type"]! == 3)["data"]!["order_id"]!);
        Assert.Equal("SPLIT", (string)bodies.Single(b => (int)b["type"]! == 4)["data"]!["sc_type"]!);
        Assert.Equal(8, bodies.Select(b => (string)b["tts_notification_id"]!).Distinct().Count());
        Assert.All(bodies, b => Assert.Equal(shop, (string)b["shop_id"]!));
        await sandbox.DataAsync(HttpMethod.Delete, "/event/202309/webhooks", shop, new JsonObject { ["event_type"] = "PACKAGE_UPDATE" });
        Assert.Equal(3, (long)(await sandbox.DataAsync(HttpMethod.Get, "/event/202309/webhooks", shop))["total_count"]!);
    }

    private static async Task StepToTheEndAsync(Setup setup, Func<int> counted)
    {
        while (!setup.Steps.Quiet)
        {
            await setup.Steps.ReportAsync("h1", new HostReport(setup.Clock.Epoch, 0, counted(), 0, 0, 0, null, 0), CancellationToken.None);
            await Task.Yield();
        }
    }

    private static int FreePort()
    {
        using var socket = new System.Net.Sockets.TcpListener(IPAddress.Loopback, 0);
        socket.Start();
        return ((IPEndPoint)socket.LocalEndpoint).Port;
    }
}
