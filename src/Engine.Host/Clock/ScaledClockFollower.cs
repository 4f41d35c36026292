namespace Engine.Host.Clock;

/// <summary>Keeps scaled business time on the sandbox's anchors: closely until the sandbox's clock runs, then every few seconds (it may be started anew).</summary>
internal sealed partial class ScaledClockFollower(
    SandboxClockClient sandbox, ScaledTimeProvider clock, TimeProvider system, ILogger<ScaledClockFollower> log) : BackgroundService
{
    private static readonly TimeSpan WhileStanding = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan WhileRunning = TimeSpan.FromSeconds(5);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            await Task.Delay(clock.Anchors.Running ? WhileRunning : WhileStanding, system, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            try
            {
                clock.Follow((await sandbox.GetTimeAsync(stoppingToken).ConfigureAwait(false)).Anchors);
            }
            catch (Exception e) when (e is HttpRequestException or TaskCanceledException && !stoppingToken.IsCancellationRequested)
            {
                SandboxUnreachable(e.Message);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The sandbox's clock cannot be asked ({Error}); business time runs on by the last anchors")]
    private partial void SandboxUnreachable(string error);
}
