using Engine.Contracts;
using Engine.Domain;
using Engine.Domain.LateDispatch;
using Engine.Domain.Orders;
using Engine.Domain.Ports;
using Engine.Domain.Work;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Engine.Grains.Journal;

/// <summary>Reads one partition in order: adds to the LDR counters, and tells each shop's desks once a batch that there is work.</summary>
internal sealed partial class JournalReaderGrain(
    IJournalFeed feed,
    ILateDispatchStore store,
    HostActivity host,
    EngineInstruments instruments,
    IOptions<GrainsOptions> options,
    [FromKeyedServices(Clocks.System)] TimeProvider system,
    ILogger<JournalReaderGrain> log) : Grain, IJournalReaderGrain
{
    private const int BatchMax = 2000;

    /// <summary>System time between looks at rows that a running transaction holds back; doubles while it runs.</summary>
    private static readonly TimeSpan HeldBackPauseMin = TimeSpan.FromMilliseconds(2);
    private static readonly TimeSpan HeldBackPauseMax = TimeSpan.FromMilliseconds(512);

    private ReaderLease? lease;
    private bool running;
    private bool again;

    private int Partition => checked((int)this.GetPrimaryKeyLong());

    public Task PingAsync()
    {
        again = true;
        if (!running)
        {
            running = true;
            _ = RunAsync();
        }

        return Task.CompletedTask;
    }

    private async Task RunAsync()
    {
        using var work = host.Begin();
        var pause = HeldBackPauseMin;
        try
        {
            while (again)
            {
                again = false;
                lease ??= await store.StartAsync(Partition, CancellationToken.None);
                var batch = await feed.ReadAsync(Partition, lease.Position, BatchMax, CancellationToken.None);
                // What is committed from here on is told. What was committed before and is not in the batch is not.
                again |= batch.HeldBack || batch.Events.Length == BatchMax;
                if (batch.Next == lease.Position)
                {
                    if (batch.HeldBack)
                    {
                        await Task.Delay(pause, system);
                        pause = pause < HeldBackPauseMax ? pause * 2 : pause;
                    }

                    continue;
                }

                pause = HeldBackPauseMin;
                await TellDesksAsync(batch);
                await CountAsync(lease, batch);
                if (options.Value.ReaderSpacing > TimeSpan.Zero)
                {
                    await Task.Delay(options.Value.ReaderSpacing, system);
                }
            }
        }
        catch (Exception e)
        {
            // What is stored decides where to go on; the next ping of the second starts from there.
            lease = null;
            instruments.DeskFailed("journal-reader");
            LogFailed(Partition, e);
        }
        finally
        {
            running = false;
        }
    }

    private async Task CountAsync(ReaderLease from, JournalBatch batch)
    {
        var deltas = new Dictionary<ShopId, LateDispatchDelta>();
        foreach (var e in batch.Events)
        {
            // Already in the state that the counters started from.
            if (from.StartedFrom is { } snapshot && snapshot.Sees(e.Position.Xid))
            {
                continue;
            }

            if (!deltas.TryGetValue(e.Order.Shop, out var delta))
            {
                deltas[e.Order.Shop] = delta = new LateDispatchDelta();
            }

            delta.Add(e.Event);
        }

        foreach (var empty in deltas.Where(d => d.Value.IsEmpty).Select(d => d.Key).ToList())
        {
            deltas.Remove(empty);
        }

        lease = await store.CommitAsync(from, batch.Next, deltas, CancellationToken.None);
        if (lease is null)
        {
            LogFenced(Partition);
            again = true;
            return;
        }

        foreach (var shop in deltas.Keys)
        {
            await GrainFactory.LateDispatch(shop).RefreshAsync(batch.Next);
        }
    }

    private async Task TellDesksAsync(JournalBatch batch)
    {
        try
        {
            await Task.WhenAll(batch.Events
                .Select(e => (e.Order.Shop, Desk: DeskRules.ToldOf(e.Event)))
                .Distinct()
                .Select(told => told.Desk is { } desk ? GrainFactory.PingAsync(desk, told.Shop) : Task.CompletedTask));
        }
        catch (Exception e) when (e.IsLossOfHost())
        {
            // That desk is told by the ping of the second; what is read here is not held up for it.
            LogDeskLost(Partition, e.GetType().Name);
        }
    }

    [LoggerMessage(LogLevel.Warning, "Journal partition {Partition}: reading failed; goes on from what is stored")]
    private partial void LogFailed(int partition, Exception exception);

    [LoggerMessage(LogLevel.Information, "Journal partition {Partition}: a desk was not told, its host is lost ({Problem})")]
    private partial void LogDeskLost(int partition, string problem);

    [LoggerMessage(LogLevel.Information, "Journal partition {Partition}: another reader has taken over or moved on; starting again")]
    private partial void LogFenced(int partition);
}
