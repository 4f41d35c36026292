namespace Engine.Sandbox.Clock;

/// <summary>
/// The sandbox's two clocks. System time is the injected <see cref="TimeProvider"/>; business time is either a multiple of it
/// (scaled) or stands until the sandbox moves it (stepped). Instants are Unix milliseconds.
/// </summary>
public sealed class BusinessClock
{
    private readonly TimeProvider _system;
    private readonly long _timestampZero;
    private readonly double _systemZeroMs;
    private readonly Lock _gate = new();
    private long _systemAnchorMs;
    private long _businessAnchorMs;
    private long _steppedNowMs;
    private long _epoch;
    private volatile bool _running;

    public BusinessClock(TimeProvider system, SandboxOptions options)
    {
        _system = system;
        Stepped = options.Stepped;
        Speed = options.Speed;
        _timestampZero = system.GetTimestamp();
        var start = system.GetUtcNow();
        _systemZeroMs = (start - DateTimeOffset.UnixEpoch).TotalMilliseconds;
        _systemAnchorMs = start.ToUnixTimeMilliseconds();
        _businessAnchorMs = (options.StartAt ?? start).ToUnixTimeMilliseconds();
        _steppedNowMs = _businessAnchorMs;
        StartAtWasGiven = options.StartAt is not null;
    }

    public bool Stepped { get; }
    public double Speed { get; }
    public bool StartAtWasGiven { get; }
    public bool Running => _running;
    public long Epoch => Volatile.Read(ref _epoch);
    public long SystemAnchorMs => Volatile.Read(ref _systemAnchorMs);
    public long BusinessAnchorMs => Volatile.Read(ref _businessAnchorMs);
    public TimeProvider System => _system;

    /// <summary>System time with its fraction; never goes back, because it counts from one reading of the wall clock.</summary>
    public double SystemNowPreciseMs => _systemZeroMs + _system.GetElapsedTime(_timestampZero).TotalMilliseconds;

    /// <summary>The system instant at which the running clock showed <paramref name="businessMs"/>, however late it is acted upon; in stepped time: now.</summary>
    public double SystemOf(long businessMs) =>
        Stepped || !_running ? SystemNowPreciseMs : Math.Min(SystemNowPreciseMs, SystemAnchorMs + ((businessMs - BusinessAnchorMs) / Speed));

    public long SystemNowMs => (long)SystemNowPreciseMs;

    /// <summary>The wall clock itself, for signature timestamps that another process made.</summary>
    public long SystemWallSeconds => _system.GetUtcNow().ToUnixTimeSeconds();

    public long NowMs
    {
        get
        {
            if (Stepped)
            {
                return Volatile.Read(ref _steppedNowMs);
            }

            return _running ? BusinessAnchorMs + (long)((SystemNowPreciseMs - SystemAnchorMs) * Speed) : BusinessAnchorMs;
        }
    }

    public long NowSeconds => NowMs / 1000;

    /// <summary>When, in system time, business time will reach an instant; null while the clock stands.</summary>
    public TimeSpan? SystemDelayUntil(long businessMs)
    {
        if (Stepped || !_running)
        {
            return null;
        }

        var ms = (businessMs - NowMs) / Speed;
        return ms <= 0 ? TimeSpan.Zero : TimeSpan.FromMilliseconds(Math.Min(ms, 86_400_000));
    }

    public void Start()
    {
        lock (_gate)
        {
            if (_running)
            {
                return;
            }

            Volatile.Write(ref _systemAnchorMs, SystemNowMs);
            _running = true;
        }
    }

    /// <summary>Moves the standing clock before the start, so that a replay of old orders begins in their past.</summary>
    public bool TrySetAnchor(long businessMs)
    {
        lock (_gate)
        {
            if (_running)
            {
                return false;
            }

            Volatile.Write(ref _businessAnchorMs, businessMs);
            Volatile.Write(ref _steppedNowMs, businessMs);
            return true;
        }
    }

    /// <summary>Stepped time only: the next epoch begins. Time never goes back.</summary>
    internal void BeginEpoch(long businessMs)
    {
        Volatile.Write(ref _steppedNowMs, Math.Max(businessMs, Volatile.Read(ref _steppedNowMs)));
        Interlocked.Increment(ref _epoch);
    }

    /// <summary>Stepped time only: events of one business minute fire in one epoch, each at its own instant.</summary>
    internal void MoveWithinEpoch(long businessMs) =>
        Volatile.Write(ref _steppedNowMs, Math.Max(businessMs, Volatile.Read(ref _steppedNowMs)));
}
