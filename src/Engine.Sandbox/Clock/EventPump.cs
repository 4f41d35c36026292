namespace Engine.Sandbox.Clock;

/// <summary>Fires due events while business time runs by itself. In stepped time it fires only what is due without a step.</summary>
public sealed class EventPump : BackgroundService
{
    private readonly EventQueue _events;
    private readonly BusinessClock _clock;
    private readonly SemaphoreSlim _wake = new(0);
    private int _signalled;

    public EventPump(EventQueue events, BusinessClock clock)
    {
        _events = events;
        _clock = clock;
        events.HeadChanged += Wake;
    }

    /// <summary>Looks at the queue again: the clock was started, or an earlier event came.</summary>
    public void Wake()
    {
        if (Interlocked.Exchange(ref _signalled, 1) == 0)
        {
            _wake.Release();
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            Volatile.Write(ref _signalled, 0);
            if (!_clock.Stepped)
            {
                while (_events.TakeDue(_clock.NowMs) is { } due)
                {
                    due.Fire(Math.Max(due.DueMs, _clock.NowMs));
                }
            }

            var delay = _events.NextDueMs() is { } next ? _clock.SystemDelayUntil(next) : null;
            if (delay is null)
            {
                await _wake.WaitAsync(stoppingToken).ConfigureAwait(false);
            }
            else if (delay > TimeSpan.Zero)
            {
                var milliseconds = Math.Max(1, (int)Math.Ceiling(delay.Value.TotalMilliseconds));
                await _wake.WaitAsync(milliseconds, stoppingToken).ConfigureAwait(false);
            }
        }
    }
}
