using System.Collections.Immutable;
using Engine.Contracts;
using Engine.Domain;
using Engine.Domain.Orders;
using Engine.Domain.Ports;
using Engine.Domain.Work;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Engine.Grains.Hosting;

/// <summary>Once a second: whoever has work due is told, so that work resumes after a crash without any traffic. Commits of this host are told at once.</summary>
internal sealed partial class HostPings(
    IGrainFactory grains,
    IWorkQueue queue,
    IShopRegistry registry,
    IJournalFeed feed,
    HostActivity host,
    EngineInstruments instruments,
    IOptions<GrainsOptions> options,
    [FromKeyedServices(Clocks.System)] TimeProvider system,
    [FromKeyedServices(Clocks.Business)] TimeProvider business,
    ILogger<HostPings> log) : BackgroundService, IHostPings
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan ShopsKeptFor = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan TryAgain = TimeSpan.FromMilliseconds(50);
    private const int TriesMax = 3;

    private int[] telling = [];
    private ImmutableArray<ShopRecord> shops = [];
    private long shopsReadAt;
    private long startedAt;

    public Task PingDueAsync(IReadOnlyCollection<WorkFront> due) =>
        Task.WhenAll(due
            .Select(front => (front.Shop, Desk: DeskRules.DoneBy(front.Kind)))
            .Distinct()
            .Select(told => told.Desk is { } desk ? InsistAsync(() => grains.PingAsync(desk, told.Shop)) : Task.CompletedTask));

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        startedAt = system.GetTimestamp();
        telling = new int[feed.Partitions];
        feed.Committed += TellReader;
        using var timer = new PeriodicTimer(Period, system);
        try
        {
            do
            {
                try
                {
                    await PingAllAsync(stoppingToken);
                }
                catch (TimeoutException) when (!stoppingToken.IsCancellationRequested)
                {
                    instruments.DeskFailed("pings");
                    LogWaiting(Period);
                }
                catch (Exception e) when (!stoppingToken.IsCancellationRequested)
                {
                    instruments.DeskFailed("pings");
                    LogFailed(e);
                }
            }
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            LogStopped();
        }
        finally
        {
            feed.Committed -= TellReader;
        }
    }

    public Task PingReadersAsync(CancellationToken ct) =>
        Task.WhenAll(Enumerable.Range(0, feed.Partitions).Select(p => InsistAsync(() => grains.JournalReader(p).PingAsync())));

    private async Task PingAllAsync(CancellationToken ct)
    {
        if (options.Value.SteppedTime)
        {
            await PingReadersAsync(ct);
            await PingDueAsync((await queue.LookAheadAsync(business.GetUtcNow(), ct)).Due);
            return;
        }

        // A host that is dead or frozen, and not known to be so yet, keeps its pings waiting: the others do not wait for those, nor for long.
        await Task.WhenAll(PingReadersAsync(ct), PingDesksAsync(ct), PingIntakesAsync(ct)).WaitAsync(Period, system, ct);
    }

    private async Task PingDesksAsync(CancellationToken ct)
    {
        var now = business.GetUtcNow();
        await PingDueAsync([.. (await queue.ScanAsync(ct)).Where(f => f.FirstDueAt <= now)]);
    }

    private async Task PingIntakesAsync(CancellationToken ct)
    {
        if (shopsReadAt == 0 || system.GetElapsedTime(shopsReadAt) > ShopsKeptFor)
        {
            shops = await registry.ListAsync(ct);
            shopsReadAt = system.GetTimestamp();
        }

        var active = shops.Where(s => s.Active).ToList();
        var audited = system.GetElapsedTime(startedAt) >= options.Value.AuditAfterStart ? active : [];
        await Task.WhenAll(
        [
            .. active.Select(s => InsistAsync(() => grains.Intake(s.Shop).PingAsync())),
            .. audited.Select(s => InsistAsync(() => grains.QualityAudit(s.Shop).PingAsync())),
        ]);
    }

    /// <summary>A ping that went down with its host is sent again at once: by now the grain may live elsewhere.</summary>
    private Task InsistAsync(Func<Task> ping) =>
        LossOfHost.AskAgainAsync(system, TriesMax, _ => TryAgain, LossOfHost.IsLossOfHost, async () =>
        {
            await ping();
            return true;
        });

    /// <summary>Many commits, one ping: the next is sent when the reader has taken the last one.</summary>
    private void TellReader(int partition)
    {
        if (Interlocked.Exchange(ref telling[partition], 2) == 0)
        {
            _ = TellAsync(partition, host.Begin());
        }
    }

    private async Task TellAsync(int partition, HostActivity.Activity work)
    {
        using (work)
        {
            try
            {
                do
                {
                    Interlocked.Exchange(ref telling[partition], 1);
                    await grains.JournalReader(partition).PingAsync();
                }
                while (Interlocked.CompareExchange(ref telling[partition], 0, 1) != 1);
            }
            catch (Exception e)
            {
                Interlocked.Exchange(ref telling[partition], 0);
                LogFailed(e);
            }
        }
    }

    [LoggerMessage(LogLevel.Warning, "Pings failed; sent again within a second")]
    private partial void LogFailed(Exception exception);

    [LoggerMessage(LogLevel.Warning, "Some pings were not answered within {Period}: a host is dead or frozen, or the machine is overloaded; sent again")]
    private partial void LogWaiting(TimeSpan period);

    [LoggerMessage(LogLevel.Debug, "Pings stopped")]
    private partial void LogStopped();
}
