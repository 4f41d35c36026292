using System.Collections.Concurrent;

namespace Engine.Sandbox.Clock;

/// <summary>What happens some system time later, such as a hidden sale that shows up. Stepped time stands meanwhile.</summary>
public sealed class SystemDelays(BusinessClock clock, StepCoordinator steps)
{
    /// <summary>Timers under way; a timer that nobody holds is collected and never fires.</summary>
    private readonly ConcurrentDictionary<Delayed, bool> _underWay = new();

    private sealed class Delayed(Action action)
    {
        public Action Action { get; } = action;
        public ITimer? Timer { get; set; }
    }

    public void After(TimeSpan time, Action action)
    {
        steps.Begin();
        var delayed = new Delayed(action);
        _underWay[delayed] = true;
        delayed.Timer = clock.System.CreateTimer(_ => Fire(delayed), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        delayed.Timer.Change(time, Timeout.InfiniteTimeSpan);
    }

    private void Fire(Delayed delayed)
    {
        _underWay.TryRemove(delayed, out _);
        delayed.Timer?.Dispose();
        try
        {
            delayed.Action();
        }
        finally
        {
            steps.End();
        }
    }
}
