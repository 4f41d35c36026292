using Engine.Sandbox.Http;

namespace Engine.Sandbox.Limits;

/// <summary>All limiters of one shop towards one app: one for each API, and the hourly one of development shops.</summary>
public sealed class ShopLimiters(string shopId, LimitProfile profile, int routeCount)
{
    private const double HourMs = 3_600_000;
    private readonly ApiLimiter?[] _byRoute = new ApiLimiter?[routeCount];
    private readonly Lock _gate = new();
    private readonly Queue<double> _lastHour = new();
    private double _workSinceMs = double.NaN;
    private double _workMs;

    /// <returns>False: answer 429.</returns>
    public bool TryPass(ApiRoute route, double nowMs, out double limitInForce)
    {
        limitInForce = 0;
        var hasWork = HasWork;
        if (profile.PerShopAndHour is { } perHour)
        {
            limitInForce = perHour;
            lock (_gate)
            {
                while (_lastHour.TryPeek(out var oldest) && oldest <= nowMs - HourMs)
                {
                    _lastHour.Dequeue();
                }

                if (_lastHour.Count >= perHour)
                {
                    return false;
                }
            }
        }

        if (profile.For(shopId, route, nowMs) is { } limit)
        {
            if (!Limiter(route).TryPass(nowMs, limit, hasWork))
            {
                limitInForce = limit.PerSecond;
                return false;
            }

            limitInForce = profile.PerShopAndHour ?? limit.PerSecond;
        }

        if (profile.PerShopAndHour is not null)
        {
            lock (_gate)
            {
                _lastHour.Enqueue(nowMs);
            }
        }

        return true;
    }

    /// <summary>Tells when the shop begins and ceases to have orders that wait for a label.</summary>
    public void WorkChanged(bool hasWork, double systemNowMs)
    {
        lock (_gate)
        {
            if (hasWork && double.IsNaN(_workSinceMs))
            {
                _workSinceMs = systemNowMs;
            }
            else if (!hasWork && !double.IsNaN(_workSinceMs))
            {
                _workMs += systemNowMs - _workSinceMs;
                _workSinceMs = double.NaN;
            }
        }
    }

    /// <summary>System milliseconds during which orders waited for a label.</summary>
    public double WorkMs(double systemNowMs)
    {
        lock (_gate)
        {
            return _workMs + (double.IsNaN(_workSinceMs) ? 0 : systemNowMs - _workSinceMs);
        }
    }

    public IEnumerable<(int RouteIndex, ApiLimiter Limiter)> Used()
    {
        for (var i = 0; i < _byRoute.Length; i++)
        {
            if (Volatile.Read(ref _byRoute[i]) is { } limiter)
            {
                yield return (i, limiter);
            }
        }
    }

    private bool HasWork => !double.IsNaN(Volatile.Read(ref _workSinceMs));

    private ApiLimiter Limiter(ApiRoute route)
    {
        ref var slot = ref _byRoute[route.Index];
        return Volatile.Read(ref slot) ?? Interlocked.CompareExchange(ref slot, new ApiLimiter(), null) ?? slot;
    }
}
