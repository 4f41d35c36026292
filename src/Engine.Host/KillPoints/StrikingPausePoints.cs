using System.Collections.Concurrent;
using Engine.Domain.Orders;
using Engine.Domain.Ports;
using Engine.Host.Startup;

namespace Engine.Host.KillPoints;

/// <summary>Ends or freezes its own process at named moments of a purchase, and of telling of it; never part of a host that runs against the real platform.</summary>
internal sealed class StrikingPausePoints(StrikeSettings settings) : IPausePoints
{
    /// <summary>System time for which orders stand and wait for others to come to the other points.</summary>
    private static readonly TimeSpan StandsFor = TimeSpan.FromSeconds(5);
    private const string Frozen = "frozen";

    private readonly ConcurrentDictionary<KillPoint, int> reached = new();
    private readonly ConcurrentDictionary<KillPoint, OrderKey> standing = new();
    private readonly TaskCompletionSource woken = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock killing = new();

    public async ValueTask ReachAsync(KillPoint point, OrderKey order)
    {
        if (settings.Kill.TryGetValue(point, out var nth)
            && reached.AddOrUpdate(point, 1, (_, times) => times + 1) >= nth)
        {
            KillOnce(point, order);
        }

        if (settings.Freeze.ContainsKey(point) && !woken.Task.IsCompleted && standing.TryAdd(point, order))
        {
            await StandAsync(point);
        }
    }

    /// <summary>One kill in a process's life: a second point that is reached in the same instant keeps its kill for the next life.</summary>
    private void KillOnce(KillPoint point, OrderKey order)
    {
        lock (killing)
        {
            if (IsFirst(KillPointNames.NameOf(point)))
            {
                Console.WriteLine($"Kill point {KillPointNames.NameOf(point)} reached for order {order}: SIGKILL to myself.");
                Signals.Send(Environment.ProcessId, Signals.Kill);
                // Whoever holds the lock never comes here: SIGKILL ends the process before the call returns.
            }
        }
    }

    private async Task StandAsync(KillPoint point)
    {
        if (standing.Count == settings.Freeze.Count)
        {
            if (IsFirst(Frozen))
            {
                var where = string.Join(", ", standing.OrderBy(s => s.Key).Select(s => $"{KillPointNames.NameOf(s.Key)} order {s.Value}"));
                Console.WriteLine($"Orders stand at {where}: SIGSTOP to myself.");
                Signals.Send(Environment.ProcessId, Signals.Stop);
                Console.WriteLine("Awake again.");
            }

            woken.TrySetResult();
        }
        else if (await Task.WhenAny(woken.Task, Task.Delay(StandsFor, TimeProvider.System)) != woken.Task)
        {
            standing.TryRemove(point, out _);
        }
    }

    /// <summary>Of all processes that share the data folder, and all lives of each.</summary>
    private bool IsFirst(string strike)
    {
        var file = Path.Combine(settings.Folder, strike);
        if (File.Exists(file))
        {
            return false;
        }

        try
        {
            using var made = new FileStream(file, FileMode.CreateNew);
            return true;
        }
        catch (IOException) when (File.Exists(file))
        {
            return false;
        }
    }
}
