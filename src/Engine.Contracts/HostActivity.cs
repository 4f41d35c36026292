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
    public IDisposable Begin()
    {
        Interlocked.Increment(ref inFlight);
        Interlocked.Increment(ref begun);
        return new Token(this);
    }

    private void End()
    {
        if (Interlocked.Decrement(ref inFlight) == 0)
        {
            Idle?.Invoke();
        }
    }

    private sealed class Token(HostActivity owner) : IDisposable
    {
        private HostActivity? owner = owner;

        public void Dispose() => Interlocked.Exchange(ref owner, null)?.End();
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
