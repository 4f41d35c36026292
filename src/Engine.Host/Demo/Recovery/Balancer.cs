using System.Net;

namespace Engine.Host.Demo.Recovery;

/// <summary>A load balancer in front of the hosts, as simple as one can be: it asks each host's readiness, and sends calls to hosts that said yes.</summary>
/// <remarks>Calls of an ERP get one try: what fails, the ERP sees fail. A webhook that a host gave no answer to goes to the next ready one
/// (receiving one twice does no harm), which is counted; the platform's ladder would bring it minutes later.</remarks>
internal sealed class Balancer : IAsyncDisposable
{
    private const string Webhooks = "/webhooks/tiktok";

    /// <summary>How often readiness is asked; a host told to stop must go on answering for longer than this (`FrontDoor__DrainTime`).</summary>
    public static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(250);

    private static readonly TimeSpan LookTimeout = TimeSpan.FromMilliseconds(1000);
    private static readonly TimeSpan WebhookTimeout = TimeSpan.FromMilliseconds(1000);
    private static readonly TimeSpan WebhookPatience = TimeSpan.FromMilliseconds(2500);

    private readonly HttpClient http = new(new LostConnections(new SocketsHttpHandler { UseProxy = false, UseCookies = false, AllowAutoRedirect = false, ConnectTimeout = TimeSpan.FromMilliseconds(500) }))
    {
        Timeout = Timeout.InfiniteTimeSpan,
    };

    private readonly CancellationTokenSource stop = new();
    private readonly Uri[] hosts;
    private readonly bool[] ready;
    private readonly Task[] looks;
    private WebApplication? app;
    private int turn;
    private int passedOn;

    public Balancer(IEnumerable<Uri> hosts)
    {
        this.hosts = [.. hosts];
        ready = new bool[this.hosts.Length];
        looks = [.. this.hosts.Select((_, i) => LookAsync(i))];
    }

    /// <summary>Where it listens; a free port.</summary>
    public Uri Address => new(app!.Urls.First());

    public CallBook WebhookCalls { get; } = new();

    /// <summary>Webhooks that one host gave no answer to and the next one took.</summary>
    public int PassedOn => passedOn;

    public async Task StartAsync(CancellationToken ct)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        app = builder.Build();
        app.MapPost(Webhooks, (RequestDelegate)PassOnAsync);
        await app.StartAsync(ct);
    }

    /// <summary>The number of a ready host, taking turns; 0 when none is.</summary>
    public int Pick()
    {
        var first = (Interlocked.Increment(ref turn) & int.MaxValue) % hosts.Length;
        for (var i = 0; i < hosts.Length; i++)
        {
            var at = (first + i) % hosts.Length;
            if (Volatile.Read(ref ready[at]))
            {
                return at + 1;
            }
        }

        return 0;
    }

    public bool IsReady(int host) => Volatile.Read(ref ready[host - 1]);

    public Uri AddressOf(int host) => hosts[host - 1];

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await Task.WhenAll(looks);
        if (app is not null)
        {
            await app.DisposeAsync();
        }

        http.Dispose();
        stop.Dispose();
    }

    private async Task LookAsync(int index)
    {
        try
        {
            while (true)
            {
                Volatile.Write(ref ready[index], await IsReadyAsync(hosts[index]));
                await Task.Delay(LookEvery, TimeProvider.System, stop.Token);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The run is over.
        }
    }

    private async Task<bool> IsReadyAsync(Uri host)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop.Token);
        limit.CancelAfter(LookTimeout);
        try
        {
            using var answer = await http.GetAsync(new Uri(host, "/health/ready"), limit.Token);
            return answer.IsSuccessStatusCode;
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException && !stop.IsCancellationRequested)
        {
            return false;
        }
    }

    private async Task PassOnAsync(HttpContext call)
    {
        var at = TimeProvider.System.GetUtcNow();
        var started = TimeProvider.System.GetTimestamp();
        using var copy = new MemoryStream();
        await call.Request.Body.CopyToAsync(copy, call.RequestAborted);
        var body = copy.ToArray();
        var why = "no host was ready";
        var last = 0;
        for (var tries = 0; TimeProvider.System.GetElapsedTime(started) < WebhookPatience && !call.RequestAborted.IsCancellationRequested; tries++)
        {
            if (Pick() is not (> 0 and var host))
            {
                await Task.Delay(LookEvery / 5, TimeProvider.System, CancellationToken.None);
                continue;
            }

            last = host;
            using var limit = new CancellationTokenSource(WebhookTimeout, TimeProvider.System);
            using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(hosts[host - 1], Webhooks)) { Content = new ByteArrayContent(body) };
            request.Content.Headers.TryAddWithoutValidation("Content-Type", call.Request.ContentType);
            request.Headers.TryAddWithoutValidation("Authorization", call.Request.Headers.Authorization.ToString());
            try
            {
                using var answer = await http.SendAsync(request, limit.Token);
                if (answer.StatusCode >= HttpStatusCode.InternalServerError)
                {
                    WebhookCalls.Failed(new FailedCall(at, "webhook", host, $"answered {(int)answer.StatusCode}"));
                }
                else
                {
                    WebhookCalls.Answered(at, TimeProvider.System.GetElapsedTime(started));
                }

                call.Response.StatusCode = (int)answer.StatusCode;
                return;
            }
            catch (Exception e) when (e is HttpRequestException or OperationCanceledException)
            {
                // Out of turn until its readiness is seen again.
                Volatile.Write(ref ready[host - 1], false);
                Interlocked.Increment(ref passedOn);
                why = e is OperationCanceledException ? "no answer in time" : e.Message;
            }
        }

        WebhookCalls.Failed(new FailedCall(at, "webhook", last, why));
        call.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
    }
}
