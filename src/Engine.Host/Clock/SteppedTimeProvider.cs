using Engine.Contracts;

namespace Engine.Host.Clock;

/// <summary>A moment of stepped time: the epoch and its business instant.</summary>
public readonly record struct SteppedMoment(long Epoch, DateTimeOffset Now);

/// <summary>Business time that stands still until the sandbox moves it. Timers fire when a step passes their due time.</summary>
/// <remarks>Timers do not ask for a step: who must go on at an instant says so in <see cref="HostWakes"/> or in the stored to-do list.
/// A fired timer counts as work in <see cref="HostActivity"/> from the step on until its callback returns.</remarks>
public sealed class SteppedTimeProvider(HostActivity activity, SteppedMoment start) : TimeProvider
{
    private readonly Lock gate = new();
    private readonly SortedSet<SteppedTimer> armed = new(Comparer<SteppedTimer>.Create(
        (a, b) => a.DueTicks != b.DueTicks ? a.DueTicks.CompareTo(b.DueTicks) : a.Number.CompareTo(b.Number)));

    private long nowTicks = start.Now.UtcTicks;
    private long epoch = start.Epoch;
    private long timers;

    /// <summary>Raised after the epoch has grown and the clock was set. Handlers must be quick.</summary>
    public event Action? Stepped;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public SteppedMoment Moment
    {
        get
        {
            lock (gate)
            {
                return new SteppedMoment(epoch, new DateTimeOffset(nowTicks, TimeSpan.Zero));
            }
        }
    }

    public override DateTimeOffset GetUtcNow() => new(Volatile.Read(ref nowTicks), TimeSpan.Zero);

    public override long GetTimestamp() => Volatile.Read(ref nowTicks);

    /// <summary>Sets the clock to what the sandbox says; an older epoch, or an earlier instant, changes nothing.</summary>
    /// <returns>True when the epoch has grown.</returns>
    public bool Observe(SteppedMoment told)
    {
        List<SteppedTimer>? due = null;
        bool grown;
        lock (gate)
        {
            if (told.Epoch < epoch)
            {
                return false;
            }

            grown = told.Epoch > epoch;
            epoch = told.Epoch;
            if (told.Now.UtcTicks > nowTicks)
            {
                Volatile.Write(ref nowTicks, told.Now.UtcTicks);
                while (armed.Min is { } first && first.DueTicks <= nowTicks)
                {
                    armed.Remove(first);
                    (due ??= []).Add(first);
                    first.Rearm(nowTicks);
                }
            }
        }

        foreach (var timer in due ?? [])
        {
            timer.Fire();
        }

        if (grown)
        {
            Stepped?.Invoke();
        }

        return grown;
    }

    /// <summary>The sandbox was started anew and counts from the beginning: its epoch is taken as it is. The clock still never goes back.</summary>
    public void Restart(SteppedMoment told)
    {
        lock (gate)
        {
            epoch = Math.Min(epoch, told.Epoch);
        }

        Observe(told);
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new SteppedTimer(this, callback, state, Interlocked.Increment(ref timers));
        timer.Change(dueTime, period);
        return timer;
    }

    private sealed class SteppedTimer(SteppedTimeProvider clock, TimerCallback callback, object? state, long number) : ITimer
    {
        private TimeSpan period = Timeout.InfiniteTimeSpan;
        private bool disposed;

        public long Number => number;

        public long DueTicks { get; private set; }

        public bool Change(TimeSpan dueTime, TimeSpan newPeriod)
        {
            var now = false;
            lock (clock.gate)
            {
                if (disposed)
                {
                    return false;
                }

                clock.armed.Remove(this);
                period = newPeriod;
                if (dueTime == TimeSpan.Zero)
                {
                    now = true;
                    Rearm(clock.nowTicks);
                }
                else if (dueTime != Timeout.InfiniteTimeSpan)
                {
                    Arm(clock.nowTicks + dueTime.Ticks);
                }
            }

            if (now)
            {
                Fire();
            }

            return true;
        }

        /// <summary>After a step over several periods the timer fires once, as a late timer does. Under the clock's gate.</summary>
        public void Rearm(long nowTicks)
        {
            if (!disposed && period > TimeSpan.Zero)
            {
                Arm(nowTicks + period.Ticks);
            }
        }

        public void Fire()
        {
            var work = clock.ActivityOfTimer();
            ThreadPool.QueueUserWorkItem(_ =>
            {
                using (work)
                {
                    callback(state);
                }
            });
        }

        public void Dispose()
        {
            lock (clock.gate)
            {
                disposed = true;
                clock.armed.Remove(this);
            }
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }

        private void Arm(long dueTicks)
        {
            DueTicks = dueTicks;
            clock.armed.Add(this);
        }
    }

    private IDisposable ActivityOfTimer() => activity.Begin();
}
