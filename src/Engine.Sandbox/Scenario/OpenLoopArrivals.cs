using Engine.Sandbox.Clock;

namespace Engine.Sandbox.Scenario;

/// <summary>Places orders at intervals of system time, whatever the engine does. Each counts as placed at the instant it was meant for.</summary>
public sealed class OpenLoopArrivals(BusinessClock clock) : BackgroundService
{
    private const double TickMs = 2;
    private readonly TaskCompletionSource _started = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Action<int, long>? _place;
    private int _orders;
    private double _perMs;
    private double _rampMs;

    /// <param name="rampSeconds">For so long the rate rises evenly from nothing to <paramref name="perSecond"/>.</param>
    public void Prepare(int orders, double perSecond, double rampSeconds, Action<int, long> place)
    {
        _orders = orders;
        _perMs = perSecond / 1000;
        _rampMs = rampSeconds * 1000;
        _place = place;
    }

    public void Start() => _started.TrySetResult();

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await _started.Task.WaitAsync(stoppingToken).ConfigureAwait(false);
        if (_place is null)
        {
            return;
        }

        var start = clock.SystemNowPreciseMs;
        var businessStart = clock.NowMs;
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(TickMs), clock.System);
        for (var placed = 0; placed < _orders;)
        {
            for (var at = InstantOf(placed); placed < _orders && at <= clock.SystemNowPreciseMs - start; at = InstantOf(++placed))
            {
                _place(placed, businessStart + (long)(at * clock.Speed));
            }

            await timer.WaitForNextTickAsync(stoppingToken).ConfigureAwait(false);
        }
    }

    /// <summary>Milliseconds from the start at which the order of this number is meant to come.</summary>
    private double InstantOf(int number)
    {
        var whileRising = _perMs * _rampMs / 2;
        return number < whileRising ? Math.Sqrt(2 * number * _rampMs / _perMs) : _rampMs + ((number - whileRising) / _perMs);
    }
}
