namespace Engine.Sandbox.Clock;

/// <summary>
/// Moves stepped time (README, 'Clocks'). It advances only when nothing is under way here and every registered host said
/// twice in this epoch, with nothing happening in between, that it has nothing left to do.
/// </summary>
/// <remarks>
/// Why twice: a first report may have been written before the last webhook arrived. The second was written after the first
/// was answered, hence after everything that had finished here by then.
/// </remarks>
public sealed class StepCoordinator(BusinessClock clock, EventQueue events)
{
    private sealed class Host
    {
        public HostReport? Last;
        public long Stamp;
        public int IdleReports;
        public TaskCompletionSource? Waiting;
        public long WebhooksBase;
    }

    private readonly Dictionary<string, Host> _hosts = new(StringComparer.Ordinal);
    private readonly Lock _gate = new();
    private long _activity;
    private long _underWay;
    private long _delivered;
    private long _deliveredBase;
    private bool _recount;
    private bool _quiet;

    /// <summary>Steps made so far.</summary>
    public long Steps => clock.Epoch;

    /// <summary>Hosts whose last report still counts.</summary>
    public int Reported
    {
        get
        {
            lock (_gate)
            {
                return _hosts.Values.Count(h => h.Last is not null);
            }
        }
    }

    public bool Quiet
    {
        get
        {
            lock (_gate)
            {
                return _quiet;
            }
        }
    }

    /// <summary>A request on TikTok's paths, a webhook or a hidden sale begins: time may not move until it ends.</summary>
    public void Begin()
    {
        if (clock.Stepped)
        {
            Interlocked.Increment(ref _underWay);
        }
    }

    /// <param name="delivered">A webhook was answered by a host, which will count it.</param>
    public void End(bool delivered = false)
    {
        if (!clock.Stepped)
        {
            return;
        }

        if (delivered)
        {
            Interlocked.Increment(ref _delivered);
        }

        Interlocked.Increment(ref _activity);
        if (Interlocked.Decrement(ref _underWay) == 0)
        {
            Evaluate();
        }
    }

    /// <summary>Something changed by a control path; reports made before it no longer count.</summary>
    public void Touch()
    {
        if (clock.Stepped)
        {
            Interlocked.Increment(ref _activity);
            Evaluate();
        }
    }

    public EpochAnswer Register(string host)
    {
        lock (_gate)
        {
            if (_hosts.TryGetValue(host, out var before))
            {
                before.Waiting?.TrySetResult();
            }

            _hosts[host] = new Host();
            // What the departed process had answered but not counted can never be counted: start counting afresh
            // at the next moment at which everyone has reported twice and nothing is under way.
            _recount = true;
            _quiet = false;
            return new EpochAnswer(clock.Epoch, clock.NowMs);
        }
    }

    public bool Remove(string host)
    {
        bool known;
        lock (_gate)
        {
            known = _hosts.Remove(host, out var removed);
            removed?.Waiting?.TrySetResult();
            _recount = true;
        }

        Evaluate();
        return known;
    }

    /// <returns>Null when the host is not registered.</returns>
    public async Task<EpochAnswer?> ReportAsync(string name, HostReport report, CancellationToken gone)
    {
        TaskCompletionSource waiting;
        lock (_gate)
        {
            if (!_hosts.TryGetValue(name, out var host))
            {
                return null;
            }

            host.Waiting?.TrySetResult();
            host.Waiting = null;
            if (report.Epoch != clock.Epoch)
            {
                host.Last = null;
                host.IdleReports = 0;
                return new EpochAnswer(clock.Epoch, clock.NowMs);
            }

            var activity = Interlocked.Read(ref _activity);
            var same = host.Last is { } last && host.Stamp == activity && last.Epoch == report.Epoch && last.Work == report.Work
                && last.WebhooksReceived == report.WebhooksReceived && last.JournalHead == report.JournalHead;
            host.IdleReports = !report.Idle ? 0 : same ? host.IdleReports + 1 : 1;
            host.Last = report;
            host.Stamp = activity;
            waiting = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            host.Waiting = waiting;
        }

        Evaluate();
        try
        {
            await waiting.Task.WaitAsync(TimeSpan.FromMilliseconds(Math.Clamp(report.WaitMs, 0, 60_000)), clock.System, gone).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            // The host asked for an answer after this time in any case.
        }
        catch (OperationCanceledException)
        {
            lock (_gate)
            {
                // Killed during its report: it has to report anew, or be removed, before time moves.
                if (_hosts.TryGetValue(name, out var host) && ReferenceEquals(host.Waiting, waiting))
                {
                    host.Last = null;
                    host.IdleReports = 0;
                    host.Waiting = null;
                }
            }

            throw;
        }

        lock (_gate)
        {
            if (_hosts.TryGetValue(name, out var host) && ReferenceEquals(host.Waiting, waiting))
            {
                host.Waiting = null;
            }
        }

        return new EpochAnswer(clock.Epoch, clock.NowMs);
    }

    /// <summary>Advances if everything allows it; otherwise asks those for a new report whose last one is outdated.</summary>
    public void Evaluate()
    {
        if (!clock.Stepped || !clock.Running)
        {
            return;
        }

        lock (_gate)
        {
            _quiet = false;
            if (Interlocked.Read(ref _underWay) != 0 || _hosts.Count == 0)
            {
                return;
            }

            var activity = Interlocked.Read(ref _activity);
            var ready = true;
            long head = -1;
            foreach (var host in _hosts.Values)
            {
                if (host.Last is not { Idle: true } last || last.Epoch != clock.Epoch)
                {
                    return;
                }

                ready &= host.IdleReports >= 2 && host.Stamp == activity;
                head = Math.Max(head, last.JournalHead);
            }

            foreach (var host in _hosts.Values)
            {
                ready &= host.Last!.JournalHead == head;
            }

            if (!ready || !AllWebhooksCounted())
            {
                AskAgain(activity, head);
                return;
            }

            Advance();
        }
    }

    private bool AllWebhooksCounted()
    {
        if (_recount)
        {
            foreach (var host in _hosts.Values)
            {
                host.WebhooksBase = host.Last!.WebhooksReceived;
            }

            _deliveredBase = Interlocked.Read(ref _delivered);
            _recount = false;
            return true;
        }

        var counted = 0L;
        foreach (var host in _hosts.Values)
        {
            counted += host.Last!.WebhooksReceived - host.WebhooksBase;
        }

        return counted >= Interlocked.Read(ref _delivered) - _deliveredBase;
    }

    private void AskAgain(long activity, long newestHead)
    {
        foreach (var host in _hosts.Values)
        {
            if (host.IdleReports < 2 || host.Stamp != activity || host.Last!.JournalHead < newestHead)
            {
                host.Waiting?.TrySetResult();
                host.Waiting = null;
            }
        }
    }

    private void Advance()
    {
        var target = events.NextDueMs();
        foreach (var host in _hosts.Values)
        {
            if (host.Last!.NextWakeMs is { } wake && (target is null || wake < target))
            {
                target = wake;
            }
        }

        if (target is null)
        {
            _quiet = true;
            return;
        }

        _quiet = false;
        var from = clock.NowMs;
        clock.BeginEpoch(Math.Max(target.Value, from));
        // Webhooks that the events send may be answered while others still fire: hold time until all have fired.
        Interlocked.Increment(ref _underWay);
        try
        {
            var minuteEnd = ((clock.NowMs / 60_000) + 1) * 60_000;
            while (events.TakeDue(minuteEnd - 1) is { } due)
            {
                clock.MoveWithinEpoch(due.DueMs);
                due.Fire(Math.Max(due.DueMs, from));
            }
        }
        finally
        {
            Interlocked.Decrement(ref _underWay);
        }

        foreach (var host in _hosts.Values)
        {
            host.Last = null;
            host.IdleReports = 0;
            host.Waiting?.TrySetResult();
            host.Waiting = null;
        }
    }
}
