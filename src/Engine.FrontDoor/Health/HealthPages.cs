using Engine.Domain;
using Engine.FrontDoor.Wire;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Engine.FrontDoor.Health;

/// <summary>`/health/live` asks nothing; `/health/ready` asks everything and falls as soon as the host is told to stop, before anything stops.</summary>
internal sealed partial class HealthPages(
    IEnumerable<IReadiness> checks,
    IHostApplicationLifetime lifetime,
    [FromKeyedServices(Clocks.System)] TimeProvider clock,
    IOptions<FrontDoorOptions> options,
    ILogger<HealthPages> log) : IHostedLifecycleService
{
    private readonly IReadiness[] checks = [.. checks];
    private volatile bool stopping;

    public IResult Live() => Answer.Ok(new HealthReport("alive", []));

    public async Task<IResult> ReadyAsync(HttpContext http)
    {
        http.Response.Headers.CacheControl = "no-store";
        if (stopping || lifetime.ApplicationStopping.IsCancellationRequested)
        {
            return new Answer<HealthReport>(new HealthReport("stopping", []), StatusCodes.Status503ServiceUnavailable);
        }

        using var inTime = new CancellationTokenSource(options.Value.ReadinessTimeout, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(inTime.Token, http.RequestAborted);
        var views = await Task.WhenAll(checks.Select(c => CheckAsync(c, either.Token)));
        return views.All(v => v.Ok)
            ? Answer.Ok(new HealthReport("ready", views))
            : new Answer<HealthReport>(new HealthReport("not_ready", views), StatusCodes.Status503ServiceUnavailable);
    }

    /// <summary>Load balancers are told first, and given time to look.</summary>
    public Task StoppingAsync(CancellationToken cancellationToken)
    {
        stopping = true;
        return options.Value.DrainTime > TimeSpan.Zero ? Task.Delay(options.Value.DrainTime, clock, cancellationToken) : Task.CompletedTask;
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private async Task<HealthCheckView> CheckAsync(IReadiness check, CancellationToken ct)
    {
        try
        {
            var result = await check.CheckAsync(ct).AsTask().WaitAsync(ct);
            return new HealthCheckView(check.Name, result.Ok, result.Detail);
        }
        catch (OperationCanceledException)
        {
            return new HealthCheckView(check.Name, false, "No answer in time.");
        }
        catch (Exception e)
        {
            // The page needs no key: what went wrong is for the log.
            LogFailed(e, check.Name);
            return new HealthCheckView(check.Name, false, "The check failed; see the log.");
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Readiness check {Check} failed")]
    private partial void LogFailed(Exception e, string check);
}
