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

    private int[] telling = [];
    private ImmutableArray<ShopRecord> shops = [];
    private long shopsReadAt;

    public async Task PingDueAsync(CancellationToken ct)
    {
        var now = business.GetUtcNow();
        var told = new HashSet<(ShopId, char)>();
        var pings = new List<Task>();
        foreach (var front in await queue.ScanAsync(ct))
        {
            if (front.FirstDueAt > now)
            {
                continue;
            }

            switch (front.Kind)
            {
                case WorkKind.FetchDocument:
                    pings.Add(grains.DocumentDesk(front.Shop).PingAsync());
                    break;
                case WorkKind.SettleCancellation:
                    pings.Add(grains.CancelDesk(front.Shop).PingAsync());
                    break;
                case WorkKind.Reread or WorkKind.AskPerson or WorkKind.Audit:
                    break;
                default:
                    if (told.Add((front.Shop, 'l')))
                    {
                        pings.Add(grains.LabelDesk(front.Shop).PingAsync());
                    }

                    break;
            }
        }

        await Task.WhenAll(pings);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
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
        Task.WhenAll(Enumerable.Range(0, feed.Partitions).Select(p => grains.JournalReader(p).PingAsync()));

    private async Task PingAllAsync(CancellationToken ct)
    {
        await PingReadersAsync(ct);
        await PingDueAsync(ct);
        if (options.Value.SteppedTime)
        {
            return;
        }

        if (shopsReadAt == 0 || system.GetElapsedTime(shopsReadAt) > ShopsKeptFor)
        {
            shops = await registry.ListAsync(ct);
            shopsReadAt = system.GetTimestamp();
        }

        await Task.WhenAll(shops.Where(s => s.Active).SelectMany(
            s => (Task[])[grains.Intake(s.Shop).PingAsync(), grains.QualityAudit(s.Shop).PingAsync()]));
    }

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

    [LoggerMessage(LogLevel.Debug, "Pings stopped")]
    private partial void LogStopped();
}
