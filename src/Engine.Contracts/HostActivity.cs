using System.Collections.Concurrent;

namespace Engine.Contracts;

/// <summary>What this process is busy with: tells when it is idle, for stepped time and for an orderly shutdown.</summary>
public sealed class HostActivity
{
    private long inFlight;
    private long begun;
    private long webhooks;

    /// <summary>Raised when the last piece of work has ended. Handlers must be quick.</summary>
    public event Action? Idle;

    public long InFlight => Interlocked.Read(ref inFlight);

    /// <summary>Grows with every piece of work: two equal readings with nothing in flight mean that nothing happened between them.</summary>
    public long Work => Interlocked.Read(ref begun);

    /// <summary>Webhook calls received since the process started, whatever became of them.</summary>
    public long WebhooksReceived => Interlocked.Read(ref webhooks);

    public void CountWebhook() => Interlocked.Increment(ref webhooks);

    /// <summary>From now until the token is disposed the process is not idle. Waiting for a slot or a retry counts; waiting for a business instant does not.</summary>
    public Activity Begin()
    {
        Enter();
        return new Activity(this);
    }

    private void Enter()
    {
        Interlocked.Increment(ref inFlight);
        Interlocked.Increment(ref begun);
    }

    private void End()
    {
        if (Interlocked.Decrement(ref inFlight) == 0)
        {
            Idle?.Invoke();
        }
    }

    /// <summary>One piece of work. Not for use from several threads at once.</summary>
    public sealed class Activity : IDisposable
    {
        private readonly HostActivity owner;
        private int state;

        internal Activity(HostActivity owner) => this.owner = owner;

        /// <summary>The work waits for a business instant, or for other work that counts itself: until resumed it does not count.</summary>
        public void Pause()
        {
            if (Interlocked.CompareExchange(ref state, 1, 0) == 0)
            {
                owner.End();
            }
        }

        public void Resume()
        {
            if (Interlocked.CompareExchange(ref state, 0, 1) == 1)
            {
                owner.Enter();
            }
        }

        /// <summary>Splits into branches that each count by themselves; the last to end hands its count back, so that the host never looks idle in between.</summary>
        public async Task ForkAsync(IReadOnlyCollection<Func<Activity, Task>> branches)
        {
            var left = branches.Count;
            if (left == 0)
            {
                return;
            }

            var children = branches.Select(_ => owner.Begin()).ToList();
            Pause();
            await Task.WhenAll(branches.Zip(children, RunAsync));

            async Task RunAsync(Func<Activity, Task> branch, Activity child)
            {
                try
                {
                    await branch(child);
                }
                finally
                {
                    if (Interlocked.Decrement(ref left) == 0)
                    {
                        Interlocked.Exchange(ref child.state, 2);
                        Interlocked.Exchange(ref state, 0);
                    }
                    else
                    {
                        child.Dispose();
                    }
                }
            }
        }

        public void Dispose()
        {
            if (Interlocked.Exchange(ref state, 2) == 0)
            {
                owner.End();
            }
        }
    }
}

/// <summary>Business instants at which something held only in memory wants to go on (a label that was not ready, say).</summary>
public sealed class HostWakes
{
    private readonly ConcurrentDictionary<string, DateTimeOffset> wakes = new(StringComparer.Ordinal);

    /// <summary>Sets or, with null, clears the wake of <paramref name="who"/>.</summary>
    public void Set(string who, DateTimeOffset? at)
    {
        if (at is { } instant)
        {
            wakes[who] = instant;
        }
        else
        {
            wakes.TryRemove(who, out _);
        }
    }

    public DateTimeOffset? Earliest()
    {
        DateTimeOffset? first = null;
        foreach (var (_, at) in wakes)
        {
            first = first is { } f && f <= at ? f : at;
        }

        return first;
    }
}
