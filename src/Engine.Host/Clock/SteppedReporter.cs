using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Threading.Channels;
using Engine.Contracts;
using Engine.Domain.Ports;
using Engine.Domain.Work;

namespace Engine.Host.Clock;

/// <summary>Tells the sandbox when this host has nothing left to do in an epoch, so that time may go on (design 2.14).</summary>
/// <remarks>Driven by events, never by waiting: a nudge comes when the last piece of work ends, when the clock was set and when a report
/// was answered. Idle means: nothing in flight, every reader has applied the newest row, and what is due was shown to its desk, which found nothing to do.</remarks>
internal sealed partial class SteppedReporter(
    SandboxClockClient sandbox,
    SteppedTimeProvider clock,
    HostActivity activity,
    HostWakes wakes,
    IHostPings pings,
    IJournalFeed feed,
    IWorkQueue queue,
    TimeProvider system,
    string hostName,
    ILogger<SteppedReporter> log) : BackgroundService
{
    private const int WaitMs = 1000;
    private static readonly TimeSpan RetryPause = TimeSpan.FromMilliseconds(100);

    private readonly Channel<bool> nudges = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true });

    private StepReport? waiting;
    private long reports;
    private WorkAhead ahead = new([], null);
    private DueSet shown = DueSet.Nothing;
    private (long Epoch, long Work, long Head, long? WakeMs)? assessed;
    private (long Epoch, long Work, long Webhooks, long Head)? confirmable;
    private int behind;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        activity.Idle += Nudge;
        clock.Stepped += Nudge;
        try
        {
            await RegisterAsync(stoppingToken).ConfigureAwait(false);
            while (await nudges.Reader.WaitToReadAsync(stoppingToken).ConfigureAwait(false))
            {
                nudges.Reader.TryRead(out _);
                try
                {
                    if (await AssessAsync(stoppingToken).ConfigureAwait(false) is { } report && report != waiting)
                    {
                        waiting = report;
                        _ = SendAsync(report, ++reports, stoppingToken);
                    }
                }
                catch (Exception e) when (e is not OperationCanceledException)
                {
                    // The database or the cluster is away: not idle, look again.
                    CannotAssess(e.Message);
                    await Task.Delay(RetryPause, system, stoppingToken).ConfigureAwait(false);
                    Nudge();
                }
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The host stops.
        }
        finally
        {
            activity.Idle -= Nudge;
            clock.Stepped -= Nudge;
        }
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await sandbox.RemoveAsync(hostName, cancellationToken).ConfigureAwait(false);
        }
        catch (HttpRequestException e)
        {
            CannotReport(e.Message);
        }
    }

    /// <summary>Null: not idle, or something moved while looking; in both cases another nudge comes.</summary>
    private async Task<StepReport?> AssessAsync(CancellationToken ct)
    {
        var moment = clock.Moment;
        var work = activity.Work;
        var webhooks = activity.WebhooksReceived;
        if (activity.InFlight > 0)
        {
            return null;
        }

        // The second of two equal reports needs no second look: where another host has committed since, it names the newer row, and we are asked a third time.
        var repeats = confirmable is { } known && (known.Epoch, known.Work, known.Webhooks) == (moment.Epoch, work, webhooks);
        var (head, applied) = repeats ? (confirmable!.Value.Head, confirmable.Value.Head) : await LookAsync(moment.Now, ct).ConfigureAwait(false);
        confirmable = null;
        if (applied < head)
        {
            return await WaitForReadersAsync(work, ct).ConfigureAwait(false);
        }

        behind = 0;
        if (assessed is not { } before || before.Epoch != moment.Epoch || before.Work != work || before.Head != head)
        {
            if (HasMoved(work))
            {
                return null;
            }

            var due = new DueSet(moment.Epoch, head, ahead.Due.ToFrozenSet());
            if (!due.IsEmpty && !due.Equals(shown))
            {
                shown = due;
                return await PingAsync(() => pings.PingDueAsync(due.Fronts)).ConfigureAwait(false);
            }

            assessed = (moment.Epoch, work, head, NextWake(moment.Now)?.ToUnixTimeMilliseconds());
        }

        if (HasMoved(work) || clock.Moment.Epoch != moment.Epoch)
        {
            return null;
        }

        confirmable = repeats ? null : (moment.Epoch, work, webhooks, head);
        return new StepReport(moment.Epoch, work, webhooks, 0, head, applied, assessed.Value.WakeMs, WaitMs);
    }

    /// <summary>Journal and to-do list at once. What another host commits between the two is in that host's own look.</summary>
    private async Task<(long Head, long Applied)> LookAsync(DateTimeOffset now, CancellationToken ct)
    {
        var looking = queue.LookAheadAsync(now, ct);
        var progress = await feed.ProgressAsync(ct).ConfigureAwait(false);
        ahead = await looking.ConfigureAwait(false);
        return progress;
    }

    /// <summary>Shows what is due to its desks, or rows to their readers, as work: its end is the next nudge.</summary>
    private async Task<StepReport?> PingAsync(Func<Task> ping)
    {
        using (activity.Begin())
        {
            await ping().ConfigureAwait(false);
        }

        Nudge();
        return null;
    }

    private async Task<StepReport?> WaitForReadersAsync(long work, CancellationToken ct)
    {
        if (HasMoved(work))
        {
            return null;
        }

        // A commit tells the readers of its own host, and a reader looks again for what a running transaction held back. They are told here after
        // another host's commit and after a reader's failure.
        if (++behind > 3)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(Math.Min(behind, 50)), system, ct).ConfigureAwait(false);
        }

        return await PingAsync(() => pings.PingReadersAsync(ct)).ConfigureAwait(false);
    }

    private bool HasMoved(long work) => activity.Work != work || activity.InFlight > 0;

    private DateTimeOffset? NextWake(DateTimeOffset now) =>
        wakes.Earliest() is { } wake && wake > now && !(ahead.NextDueAt < wake) ? wake : ahead.NextDueAt;

    private async Task SendAsync(StepReport report, long number, CancellationToken ct)
    {
        try
        {
            if (await sandbox.ReportAsync(hostName, report, ct).ConfigureAwait(false) is { } answer)
            {
                clock.Observe(answer);
            }
            else
            {
                await RegisterAsync(ct).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException or System.Text.Json.JsonException)
        {
            if (ct.IsCancellationRequested)
            {
                return;
            }

            CannotReport(e.Message);
            await Task.Delay(RetryPause, system, ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        if (Interlocked.Read(ref reports) == number)
        {
            waiting = null;
            Nudge();
        }
    }

    private async Task RegisterAsync(CancellationToken ct)
    {
        while (true)
        {
            try
            {
                clock.Restart(await sandbox.RegisterAsync(hostName, ct).ConfigureAwait(false));
                assessed = null;
                Nudge();
                return;
            }
            catch (Exception e) when (e is HttpRequestException or TaskCanceledException && !ct.IsCancellationRequested)
            {
                CannotReport(e.Message);
                await Task.Delay(RetryPause, system, ct).ConfigureAwait(false);
            }
        }
    }

    private void Nudge() => nudges.Writer.TryWrite(true);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Stepped time: the sandbox cannot be told ({Error}); trying again")]
    private partial void CannotReport(string error);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Stepped time: what is left to do cannot be read ({Error}); trying again")]
    private partial void CannotAssess(string error);
}
