using System.Threading.Channels;

namespace Engine.Storage.Journal;

/// <summary>One queue and one connection. Writes at once, and gathers what arrives meanwhile into the next transaction; no timer.</summary>
internal sealed class CommitLane : IAsyncDisposable
{
    private readonly Channel<AppendRequest> queue;
    private readonly JournalOptions options;
    private readonly BatchWriter writer;
    private readonly List<AppendRequest> batch = [];
    private readonly List<AppendRequest> held = [];
    private readonly List<AppendRequest> stillHeld = [];
    private readonly HashSet<(string Shop, string Order)> orders = [];
    private readonly HashSet<(string Shop, string Parcel)> parcels = [];
    private readonly Task running;
    private int bytes;
    private bool hasCombined;

    public CommitLane(JournalOptions options, BatchWriter writer)
    {
        this.options = options;
        this.writer = writer;
        queue = Channel.CreateBounded<AppendRequest>(new BoundedChannelOptions(options.QueueUnits) { SingleReader = true });
        running = Task.Run(RunAsync);
    }

    /// <summary>False when the queue is full or the lane has been closed.</summary>
    public bool TryEnqueue(AppendRequest request) => queue.Writer.TryWrite(request);

    /// <summary>Answers everything that was queued, then ends.</summary>
    public async ValueTask DisposeAsync()
    {
        queue.Writer.TryComplete();
        await running.ConfigureAwait(false);
        await writer.DisposeAsync().ConfigureAwait(false);
    }

    private async Task RunAsync()
    {
        while (held.Count > 0 || await queue.Reader.WaitToReadAsync().ConfigureAwait(false))
        {
            Gather();
            await writer.WriteAsync(batch, hasCombined).ConfigureAwait(false);
        }
    }

    /// <summary>Closed before its transaction begins: nothing decided later gets into an earlier transaction.</summary>
    private void Gather()
    {
        batch.Clear();
        orders.Clear();
        parcels.Clear();
        bytes = 0;
        hasCombined = false;
        stillHeld.Clear();
        foreach (var request in held)
        {
            TakeOrHold(request);
        }

        held.Clear();
        held.AddRange(stillHeld);
        stillHeld.Clear();
        while (batch.Count < options.BatchUnits && bytes < options.BatchBytes && held.Count < options.BatchUnits && queue.Reader.TryRead(out var request))
        {
            TakeOrHold(request);
            held.AddRange(stillHeld);
            stillHeld.Clear();
        }
    }

    /// <summary>An order, and a parcel, is once in a batch; the second unit waits for the next.</summary>
    private void TakeOrHold(AppendRequest request)
    {
        if (batch.Count >= options.BatchUnits || IsTaken(request))
        {
            stillHeld.Add(request);
            return;
        }

        foreach (var append in request.Unit.Orders)
        {
            var shop = append.After.Key.Shop.Value;
            orders.Add((shop, append.After.Key.OrderId));
            if (append.ParcelsChanged)
            {
                foreach (var parcel in append.After.Parcels)
                {
                    parcels.Add((shop, parcel.Id.Value));
                }
            }
        }

        bytes += request.Bytes;
        hasCombined |= request.IsCombined;
        batch.Add(request);
    }

    private bool IsTaken(AppendRequest request)
    {
        foreach (var append in request.Unit.Orders)
        {
            var shop = append.After.Key.Shop.Value;
            if (orders.Contains((shop, append.After.Key.OrderId)))
            {
                return true;
            }

            if (append.ParcelsChanged)
            {
                foreach (var parcel in append.After.Parcels)
                {
                    if (parcels.Contains((shop, parcel.Id.Value)))
                    {
                        return true;
                    }
                }
            }
        }

        return false;
    }
}
