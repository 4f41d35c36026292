using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Threading.Channels;
using Engine.Sandbox.Clock;
using Engine.Sandbox.Ledger;

namespace Engine.Sandbox.Webhooks;

/// <summary>
/// Posts notifications and climbs the documented ladder (tiktok-shop-api.md 11.2): delivered when 200 or 401 comes within 3 s
/// of system time; else again 2 min, 30 min, 3 h and 12 h of business time after the failure before; then given up.
/// </summary>
public sealed class WebhookSender : BackgroundService
{
    public static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(3);
    public static readonly TimeSpan[] Ladder = [TimeSpan.FromMinutes(2), TimeSpan.FromMinutes(30), TimeSpan.FromHours(3), TimeSpan.FromHours(12)];
    private static readonly MediaTypeHeaderValue Json = new("application/json");

    private readonly Channel<Notification> _due = Channel.CreateUnbounded<Notification>();
    private readonly BusinessClock _clock;
    private readonly EventQueue _events;
    private readonly StepCoordinator _steps;
    private readonly LedgerBook _ledger;
    private readonly int _concurrency;
    private readonly HttpMessageInvoker _http;
    private long _sent;
    private long _failed;
    private long _pending;

    public WebhookSender(BusinessClock clock, EventQueue events, StepCoordinator steps, LedgerBook ledger, SandboxOptions options)
        : this(clock, events, steps, ledger, options, new SocketsHttpHandler
        {
            UseProxy = false,
            UseCookies = false,
            AllowAutoRedirect = false,
            MaxConnectionsPerServer = options.WebhookConcurrency,
            PooledConnectionIdleTimeout = TimeSpan.FromMinutes(2),
            ConnectTimeout = AnswerTimeout,
        })
    {
    }

    internal WebhookSender(BusinessClock clock, EventQueue events, StepCoordinator steps, LedgerBook ledger, SandboxOptions options, HttpMessageHandler handler)
    {
        (_clock, _events, _steps, _ledger, _concurrency) = (clock, events, steps, ledger, options.WebhookConcurrency);
        _http = new HttpMessageInvoker(handler);
    }

    /// <summary>Tries made.</summary>
    public long Sent => Interlocked.Read(ref _sent);

    /// <summary>Tries that failed.</summary>
    public long Failed => Interlocked.Read(ref _failed);

    /// <summary>Notifications neither delivered nor given up.</summary>
    public long Pending => Interlocked.Read(ref _pending);

    public void Enqueue(Notification notification)
    {
        Announce(notification);
        SendNow(notification);
    }

    /// <summary>Into the books; <see cref="SendNow"/> follows some time.</summary>
    public void Announce(Notification notification)
    {
        _ledger.Webhooks.Add(notification);
        Interlocked.Increment(ref _pending);
    }

    public void SendNow(Notification notification) => MakeDue(notification);

    /// <summary>Into the books, and never sent.</summary>
    public void Lose(Notification notification)
    {
        notification.State = "lost";
        _ledger.Webhooks.Add(notification);
    }

    public override void Dispose()
    {
        _http.Dispose();
        base.Dispose();
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        Task.WhenAll(Enumerable.Range(0, _concurrency).Select(_ => WorkAsync(stoppingToken)));

    private void MakeDue(Notification notification)
    {
        _steps.Begin();
        _due.Writer.TryWrite(notification);
    }

    private async Task WorkAsync(CancellationToken stopping)
    {
        await foreach (var notification in _due.Reader.ReadAllAsync(stopping).ConfigureAwait(false))
        {
            var counted = await AttemptAsync(notification, stopping).ConfigureAwait(false);
            _steps.End(counted);
        }
    }

    /// <returns>True when the receiver answered 200 and so has counted the webhook.</returns>
    private async Task<bool> AttemptAsync(Notification notification, CancellationToken stopping)
    {
        var atMs = _clock.NowMs;
        var systemMs = _clock.SystemNowPreciseMs;
        var status = await PostAsync(notification, stopping).ConfigureAwait(false);
        Interlocked.Increment(ref _sent);
        notification.Record(new Notification.Attempt(atMs, systemMs, status));
        if (status is "200" or "401")
        {
            notification.State = "delivered";
            Interlocked.Decrement(ref _pending);
            return status == "200";
        }

        Interlocked.Increment(ref _failed);
        if (notification.Failures < Ladder.Length)
        {
            _events.Schedule(_clock.NowMs + (long)Ladder[notification.Failures++].TotalMilliseconds, _ => MakeDue(notification));
        }
        else
        {
            notification.State = "given_up";
            Interlocked.Decrement(ref _pending);
        }

        return false;
    }

    private async Task<string> PostAsync(Notification notification, CancellationToken stopping)
    {
        using var timeout = new CancellationTokenSource(AnswerTimeout, _clock.System);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, stopping);
        using var request = new HttpRequestMessage(HttpMethod.Post, notification.Address) { Content = new ByteArrayContent(notification.Body) };
        request.Content.Headers.ContentType = Json;
        request.Headers.TryAddWithoutValidation("Authorization", notification.Signature);
        if (_clock.Stepped)
        {
            request.Headers.Add("X-Sandbox-Epoch", _clock.Epoch.ToString(CultureInfo.InvariantCulture));
            request.Headers.Add("X-Sandbox-Now-Ms", _clock.NowMs.ToString(CultureInfo.InvariantCulture));
        }

        try
        {
            using var response = await _http.SendAsync(request, either.Token).ConfigureAwait(false);
            await response.Content.CopyToAsync(Stream.Null, either.Token).ConfigureAwait(false);
            return ((int)response.StatusCode).ToString(CultureInfo.InvariantCulture);
        }
        catch (OperationCanceledException) when (!stopping.IsCancellationRequested)
        {
            return "timeout";
        }
        catch (Exception e) when (e is HttpRequestException or SocketException)
        {
            return "unreachable";
        }
    }
}
