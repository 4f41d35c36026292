using Engine.Contracts;
using Engine.Domain.Ports;
using Engine.Domain.Work;
using Microsoft.Extensions.Logging;

namespace Engine.Grains.Labels;

/// <summary>The loop of a desk: load what is due, start it, at most so many at once, never the same order twice; go on while something is due.</summary>
/// <remarks>Runs on the grain's own scheduler, so its collections need no lock. Work that made no progress is tried again after a growing
/// pause of system time: a row that stays due must not turn the loop into a storm.</remarks>
internal sealed partial class DeskLoop(
    string desk,
    HostActivity host,
    EngineInstruments instruments,
    TimeProvider system,
    ILogger log,
    Func<int, Task<IReadOnlyList<DueWork>>> loadDue,
    Func<IReadOnlyList<DueWork>, HostActivity.Activity, Task> handle,
    int inFlightMax,
    int chunkSize,
    TimeSpan loadSpacing,
    TimeSpan reloadEvery)
{
    /// <summary>Rows loaded beyond those at work.</summary>
    private const int LoadAhead = 512;

    /// <summary>System time that a host which is told to stop gives work under way to end. Until then the shop has no desk elsewhere.</summary>
    private static readonly TimeSpan EndPatience = TimeSpan.FromSeconds(1);

    private readonly HashSet<Task> handling = [];
    private readonly HashSet<string> busy = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> versions = new(StringComparer.Ordinal);
    private readonly HashSet<string> waiting = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> failures = new(StringComparer.Ordinal);
    private readonly HashSet<string> progressed = new(StringComparer.Ordinal);
    private readonly Queue<List<DueWork>> pending = new();
    private long lastLoad;
    private bool running;
    private bool again;
    private bool stopped;
    private TaskCompletionSource? room;

    /// <summary>The orders that are in the hands of this activation just now.</summary>
    public bool IsBusy(string orderId) => busy.Contains(orderId);

    /// <summary>The version at which the latest row of an order under work was stored; 0 for others. The order must know it to answer.</summary>
    public int StoredVersion(string orderId) => versions.GetValueOrDefault(orderId);

    /// <summary>Looks for work, unless it is looking already: then it looks once more.</summary>
    public void Kick()
    {
        again = true;
        if (!running && !stopped)
        {
            running = true;
            _ = RunAsync();
        }
    }

    /// <summary>The activation ends: nothing more is started. What is due stays stored, and the next activation loads it.</summary>
    /// <remarks>Where the host is told to stop, what was sent to the marketplace gets its answer recorded first: an attempt without a recorded end
    /// costs its order the fence. Where the activation was lost already, nobody is to wait for it.</remarks>
    public async Task StopAsync(DeactivationReason reason)
    {
        stopped = true;
        if (reason.ReasonCode == DeactivationReasonCode.ShuttingDown)
        {
            await Task.WhenAll(handling).WaitAsync(EndPatience, system).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>The order's work is not to be touched for a while of system time; counts as work, since only this process can go on with it.</summary>
    /// <param name="pause">Null: the longer the more failures in a row (<see cref="RetryRules.AfterFailure"/>).</param>
    public void RetryLater(string orderId, TimeSpan? pause = null)
    {
        var times = failures[orderId] = failures.GetValueOrDefault(orderId) + 1;
        var wait = pause ?? RetryRules.AfterFailure(times);
        if (waiting.Add(orderId))
        {
            _ = WaitAsync();
        }

        async Task WaitAsync()
        {
            using var work = host.Begin();
            await Task.Delay(wait, system);
            WakeUp(orderId);
        }
    }

    /// <summary>The order's work is not to be touched until <paramref name="moment"/> comes, which nobody here can hasten: does not count as work.</summary>
    public void WaitFor(string orderId, Task moment)
    {
        if (waiting.Add(orderId))
        {
            _ = WaitAsync();
        }

        async Task WaitAsync()
        {
            await moment;
            WakeUp(orderId);
        }
    }

    /// <summary>The order went on: what it needs next may be done at once, and its failures are forgotten.</summary>
    public void Progressed(string orderId)
    {
        failures.Remove(orderId);
        progressed.Add(orderId);
    }

    private void WakeUp(string orderId)
    {
        waiting.Remove(orderId);
        busy.Remove(orderId);
        MakeRoom();
        Kick();
    }

    /// <summary>An order is out of our hands, or may be soon: the loop looks again whether it may start more. Whoever takes one out of <see cref="busy"/> says so here; a loop that is not
    /// told waits for ever.</summary>
    private void MakeRoom()
    {
        room?.TrySetResult();
        room = null;
    }

    private async Task RunAsync()
    {
        using var work = host.Begin();
        try
        {
            while (!stopped)
            {
                if (pending.Count == 0 && !again)
                {
                    return;
                }

                if (pending.Count == 0 || (again && system.GetElapsedTime(lastLoad) >= reloadEvery))
                {
                    again = false;
                    await LoadAsync();
                    continue;
                }

                var chunk = NextChunk();
                if (chunk.Count == 0)
                {
                    continue;
                }

                while (busy.Count > 0 && busy.Count + chunkSize > inFlightMax)
                {
                    room ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                    await room.Task;
                }

                Start(chunk);
            }
        }
        catch (Exception e)
        {
            // The database is away, say: the next ping of the second looks again.
            instruments.DeskFailed(desk);
            LogLoopFailed(desk, e);
        }
        finally
        {
            running = false;
        }
    }

    /// <summary>Asks the database when everything known was started, and not again and again while it is at work already. What waits longer, behind
    /// many others, is looked up anew when something has come: it may have an earlier deadline than all that was loaded.</summary>
    private async Task LoadAsync()
    {
        var since = lastLoad == 0 ? loadSpacing : system.GetElapsedTime(lastLoad);
        if (busy.Count > 0 && since < loadSpacing)
        {
            await Task.Delay(loadSpacing - since, system);
        }

        lastLoad = system.GetTimestamp();
        var due = await loadDue(busy.Count + LoadAhead);
        pending.Clear();
        foreach (var order in due.Where(d => !busy.Contains(d.Order.OrderId)).GroupBy(d => d.Order.OrderId, StringComparer.Ordinal))
        {
            pending.Enqueue([.. order]);
        }
    }

    private List<DueWork> NextChunk()
    {
        var chunk = new List<DueWork>();
        for (var orders = 0; orders < chunkSize && pending.TryDequeue(out var order);)
        {
            if (!busy.Contains(order[0].Order.OrderId))
            {
                chunk.AddRange(order);
                orders++;
            }
        }

        return chunk;
    }

    private void Start(IReadOnlyList<DueWork> chunk)
    {
        var ends = HandleAsync(chunk);
        if (!ends.IsCompleted)
        {
            handling.Add(ends);
            _ = ends.ContinueWith(handling.Remove, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Current);
        }
    }

    private async Task HandleAsync(IReadOnlyList<DueWork> chunk)
    {
        var orders = chunk.Select(d => d.Order.OrderId).Distinct(StringComparer.Ordinal).ToList();
        foreach (var order in orders)
        {
            busy.Add(order);
        }

        foreach (var due in chunk)
        {
            versions[due.Order.OrderId] = Math.Max(due.Version, StoredVersion(due.Order.OrderId));
        }

        using var work = host.Begin();
        try
        {
            await handle(chunk, work);
        }
        catch (Exception e)
        {
            instruments.DeskFailed(desk);
            LogWorkFailed(desk, chunk[0].Order.ToString(), orders.Count, e);
        }

        foreach (var order in orders)
        {
            versions.Remove(order);
            if (waiting.Contains(order))
            {
                progressed.Remove(order);
            }
            else if (progressed.Remove(order))
            {
                busy.Remove(order);
            }
            else
            {
                RetryLater(order);
            }
        }

        MakeRoom();
        Kick();
    }

    [LoggerMessage(LogLevel.Warning, "Desk {Desk}: looking for work failed")]
    private partial void LogLoopFailed(string desk, Exception exception);

    [LoggerMessage(LogLevel.Warning, "Desk {Desk}: work on {First} and {Count} orders in all failed; tried again")]
    private partial void LogWorkFailed(string desk, string first, int count, Exception exception);
}
