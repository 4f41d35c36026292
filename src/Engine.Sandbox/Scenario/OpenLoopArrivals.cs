using Engine.Sandbox.Clock;

namespace Engine.Sandbox.Scenario;

/// <summary>Places orders at fixed intervals of system time, whatever the engine does.</summary>
public sealed class OpenLoopArrivals(BusinessClock clock) : BackgroundService
{
    private const double TickMs = 2;
    private readonly TaskCompletionSource _started = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Action<int, long>? _place;
    private int _orders;
    private double _intervalMs;

    public void Prepare(int orders, double perSecond, Action<int, long> place)
    {
        _orders = orders;
        _intervalMs = 1000 / perSecond;
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
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(TickMs), clock.System);
        for (var placed = 0; placed < _orders;)
        {
            var due = (int)Math.Min(_orders, ((clock.SystemNowPreciseMs - start) / _intervalMs) + 1);
            for (; placed < due; placed++)
            {
                _place(placed, clock.NowMs);
            }

            await timer.WaitForNextTickAsync(stoppingToken).ConfigureAwait(false);
        }
    }
}
