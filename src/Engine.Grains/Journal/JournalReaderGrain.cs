using Engine.Contracts;
using Engine.Domain;
using Engine.Domain.Cancellations;
using Engine.Domain.LateDispatch;
using Engine.Domain.Orders;
using Engine.Domain.Ports;
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
        try
        {
            while (again)
            {
                again = false;
                lease ??= await store.StartAsync(Partition, CancellationToken.None);
                var batch = await feed.ReadAsync(Partition, lease.Position, BatchMax, CancellationToken.None);
                if (batch.Next == lease.Position)
                {
                    continue;
                }

                await TellDesksAsync(batch);
                await CountAsync(lease, batch);
                again |= batch.Events.Length > 0;
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
        var labels = new HashSet<ShopId>();
        var documents = new HashSet<ShopId>();
        var requests = new HashSet<ShopId>();
        foreach (var e in batch.Events)
        {
            switch (e.Event)
            {
                case LabelPurchased or LabelAdopted:
                    documents.Add(e.Order.Shop);
                    break;
                case CancellationRequested or CancellationAnswerOrdered:
                    requests.Add(e.Order.Shop);
                    break;
                case OrderReleased or OrderAllocated or OrderUpdated or OrderResumed or CancellationWithdrawn or PurchaseNotApplied or PurchaseUnknown
                    or PurchaseCleared or PurchaseRejected or TrackingSubmitted:
                    labels.Add(e.Order.Shop);
                    break;
            }
        }

        await Task.WhenAll(
            labels.Select(s => GrainFactory.LabelDesk(s).PingAsync())
                .Concat(documents.Select(s => GrainFactory.DocumentDesk(s).PingAsync()))
                .Concat(requests.Select(s => GrainFactory.CancelDesk(s).PingAsync())));
    }

    [LoggerMessage(LogLevel.Warning, "Journal partition {Partition}: reading failed; goes on from what is stored")]
    private partial void LogFailed(int partition, Exception exception);

    [LoggerMessage(LogLevel.Information, "Journal partition {Partition}: another reader has taken over or moved on; starting again")]
    private partial void LogFenced(int partition);
}
