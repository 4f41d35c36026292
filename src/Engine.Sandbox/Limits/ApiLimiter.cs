namespace Engine.Sandbox.Limits;

/// <summary>
/// The limit of one API of one shop. A call must pass a token bucket, a sliding second and a fixed second, because nobody knows
/// which of them the platform uses: who stays within all three is within any.
/// </summary>
public sealed class ApiLimiter
{
    private readonly Lock _gate = new();
    private readonly Queue<double> _lastSecond = new();
    private double _tokens = double.NaN;
    private double _refilledAtMs;
    private long _fixedSecond = -1;
    private int _inFixedSecond;
    private double _latestMs;

    /// <summary>Calls let through, and those of them made while the shop had labels to buy.</summary>
    public long Used { get; private set; }
    public long UsedWhileWork { get; private set; }
    public long Refused { get; private set; }
    public double LimitInForce { get; private set; }

    /// <param name="nowMs">Arrival; a slightly earlier arrival than the last one counts as the last one.</param>
    public bool TryPass(double nowMs, LimitProfile.Limit limit, bool hasWork)
    {
        lock (_gate)
        {
            nowMs = Math.Max(nowMs, _latestMs);
            _latestMs = nowMs;
            LimitInForce = limit.PerSecond;
            _tokens = double.IsNaN(_tokens) ? limit.Burst : Math.Min(limit.Burst, _tokens + ((nowMs - _refilledAtMs) / 1000 * limit.PerSecond));
            _refilledAtMs = nowMs;
            while (_lastSecond.TryPeek(out var oldest) && oldest <= nowMs - 1000)
            {
                _lastSecond.Dequeue();
            }

            var second = (long)Math.Floor(nowMs / 1000);
            if (second != _fixedSecond)
            {
                _fixedSecond = second;
                _inFixedSecond = 0;
            }

            // Where a burst is allowed, a single second may hold it.
            if (_tokens < 1 - 1e-9 || _lastSecond.Count + 1 > limit.Burst || _inFixedSecond + 1 > limit.Burst)
            {
                Refused++;
                return false;
            }

            _tokens -= 1;
            _lastSecond.Enqueue(nowMs);
            _inFixedSecond++;
            Used++;
            if (hasWork)
            {
                UsedWhileWork++;
            }

            return true;
        }
    }
}
