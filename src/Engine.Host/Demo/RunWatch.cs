using System.Globalization;
using Engine.Domain.Intake;
using Engine.Domain.Orders;
using Engine.Grains;
using Engine.Host.Demo.Chaos;
using Engine.Host.Demo.Recovery;
using Npgsql;

namespace Engine.Host.Demo;

/// <param name="Finished">Every order is accounted for, the engine is idle and a last sweep found nothing.</param>
/// <param name="HostsWoken">Hosts that had frozen themselves and were woken.</param>
/// <param name="Wall">From the start of the orders to the end.</param>
/// <param name="CompleteUpTo">Business time up to which the last sweep has read everything; null where the clock stands still by then, or the run did not end.</param>
internal sealed record RunOutcome(bool Finished, TimeSpan Wall, SandboxProgress Progress, OpenWork Open, int HostsKilled, int HostsWoken, DateTimeOffset? CompleteUpTo);

/// <summary>Watches a run: prints its progress, kills hosts where that was asked for, and says when it is done (design 5, 'Done').</summary>
internal sealed class RunWatch(
    DemoOptions options, SandboxControl sandbox, RunDatabase database, IReadOnlyList<HostProcess> hosts, IEnumerable<string> shops, FrontDoorClient engine,
    ChaosRun? chaos = null, CompletenessClaims? claims = null, Person? person = null, RecoveryRun? recovery = null)
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan ClaimsEvery = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan ClaimsPatience = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan RiskMargin = new FulfillmentPolicy().ScanAlarmMargin;

    /// <summary>A line counts all orders, which is not to weigh on what is measured.</summary>
    private readonly TimeSpan lineEvery = TimeSpan.FromSeconds(options.Rate is null ? 2 : 10);
    private readonly KillPlan kills = new(options.KillHost, options.Seed);
    private readonly FrozenHosts frozen = new(hosts, options.FreezeFor);
    private DateTimeOffset? completeUpTo;
    private long startedAt;
    private long lineAt;
    private long healedAt;
    private long claimsAt;
    private (long Calls, long At) before;

    public async Task<RunOutcome> UntilEndAsync(CancellationToken stop)
    {
        await new SandboxKills(options, sandbox, hosts[0]).ArmAsync(stop);
        startedAt = lineAt = TimeProvider.System.GetTimestamp();
        before = (0, startedAt);
        await sandbox.StartAsync(stop);
        var finished = false;
        var chaotic = chaos?.RunAsync(stop) ?? Task.CompletedTask;
        var recovering = recovery?.RunAsync(stop) ?? Task.CompletedTask;
        try
        {
            while (!finished)
            {
                await Task.Delay(LookEvery, TimeProvider.System, stop);
                hosts.FirstOrDefault(h => h.GaveUp.IsFaulted)?.GaveUp.GetAwaiter().GetResult();
                var progress = await sandbox.ProgressAsync(stop);
                kills.Strike(progress, hosts);
                await TryAsync(() => HoldToItsWordAsync(stop));
                if (!chaotic.IsCompleted)
                {
                    await TryAsync(() => PrintAsync(progress, stop));
                    continue;
                }

                if (chaos is not null && healedAt == 0)
                {
                    await chaotic;
                    healedAt = TimeProvider.System.GetTimestamp();
                    Console.WriteLine("  all is healed; what is open must come to its end");
                }

                if (recovering.IsCompleted)
                {
                    await recovering;
                    frozen.Look();
                }

                await PrintAsync(progress, stop);
                if (person is not null)
                {
                    await person.LookAsync(stop);
                }

                finished = options.UntilDone && recovering.IsCompleted && !frozen.Any && await IsDoneAsync(progress, stop);
                if (!finished && options.Timeout is { } limit && TimeProvider.System.GetElapsedTime(healedAt == 0 ? startedAt : healedAt) > limit)
                {
                    Console.WriteLine($"  not done after {limit.TotalSeconds.ToString(CultureInfo.InvariantCulture)} s");
                    break;
                }
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            Console.WriteLine("  told to stop");
        }

        await Task.WhenAll(chaotic, recovering).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        var wall = TimeProvider.System.GetElapsedTime(startedAt);
        var last = await sandbox.ProgressAsync(CancellationToken.None);
        return new RunOutcome(finished, wall, last, await database.OpenWorkAsync(NowOf(last), CancellationToken.None), kills.Done, frozen.Woken, finished ? completeUpTo : null);
    }

    /// <summary>Database and hosts may be gone at this very moment: what cannot be asked now is asked again the next time.</summary>
    private static async Task TryAsync(Func<Task> ask)
    {
        try
        {
            await ask();
        }
        catch (Exception e) when (e is NpgsqlException or HttpRequestException or TimeoutException)
        {
            Console.WriteLine($"  not to be asked just now: {e.Message.Split('\n')[0]}");
        }
    }

    private async Task HoldToItsWordAsync(CancellationToken ct)
    {
        if (claims is null || (claimsAt != 0 && TimeProvider.System.GetElapsedTime(claimsAt) < ClaimsEvery))
        {
            return;
        }

        claimsAt = TimeProvider.System.GetTimestamp();
        await claims.CheckAsync(ct).WaitAsync(ClaimsPatience, TimeProvider.System, ct);
    }

    /// <summary>The sandbox has nothing open, the engine is idle, and a sweep of every shop found nothing and left it idle.</summary>
    private async Task<bool> IsDoneAsync(SandboxProgress progress, CancellationToken ct)
    {
        // In stepped time the clock also stands when nobody waits for it any more: a lost hint is then found by the sweep.
        // Where hosts were struck, webhooks that none of them took wait on their ladder of minutes and hours; what they would hint at must be found without them.
        var waitsForWebhooks = chaos is null && recovery is null;
        if (!(progress.Done || progress.Quiet) || (progress.WebhooksPending > 0 && waitsForWebhooks) || !await IsIdleAsync(progress, ct))
        {
            return false;
        }

        int found;
        try
        {
            // What the marketplace ships itself goes on changing, after the end of a run too.
            completeUpTo = options.IsStepped ? null : CatchUp.LatestEnd(NowOf(progress), options.WatermarkLag, TimeSpan.FromSeconds(Fence.Of(options).ClockSkew));
            found = await DemoShops.SweepAsync(engine, shops, ct);
        }
        catch (HttpRequestException e)
        {
            Console.WriteLine($"  the last sweep did not end ({e.Message}); trying again");
            return false;
        }

        if (found > 0)
        {
            Console.WriteLine($"  the sweep brought in {found} changes that no hint had");
            return false;
        }

        var after = await sandbox.ProgressAsync(ct);
        return after.Done && await IsIdleAsync(after, ct);
    }

    private async Task<bool> IsIdleAsync(SandboxProgress progress, CancellationToken ct) => (await database.OpenWorkAsync(NowOf(progress), ct)).IsNone;

    private async Task PrintAsync(SandboxProgress progress, CancellationToken ct)
    {
        if (TimeProvider.System.GetElapsedTime(lineAt) < lineEvery)
        {
            return;
        }

        lineAt = TimeProvider.System.GetTimestamp();
        var now = NowOf(progress);
        var counts = await database.CountAsync(now, RiskMargin, ct);
        var seconds = TimeProvider.System.GetElapsedTime(before.At).TotalSeconds;
        var perSecond = (progress.Calls - before.Calls) / Math.Max(0.001, seconds);
        before = (progress.Calls, lineAt);
        var waiting = string.Join(", ", counts.Waiting.OrderBy(w => w.Key).Select(w => $"{w.Value} {Words(w.Key)}"));
        var ldr = counts.Dispatched == 0 ? "-" : ((double)counts.Late / counts.Dispatched).ToString("P1", CultureInfo.InvariantCulture);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{TimeProvider.System.GetElapsedTime(startedAt).TotalSeconds,6:F0} s  {now:yyyy-MM-dd HH:mm}  {progress.OrdersPlaced} placed, {counts.Imported} imported; waiting: {(waiting.Length > 0 ? waiting : "none")}; {progress.LabelsSold} labels; {perSecond:F0} calls/s ({(options.Rate is null ? $"budget {DemoProcesses.CallsPerSecond}/s per shop and API" : "no limit")}); {counts.Dispatched} dispatched, LDR {ldr}, {counts.AtRisk} at risk"));
    }

    private static string Words(OrderStatus status) => status switch
    {
        OrderStatus.OnHold => "on hold",
        OrderStatus.AwaitingLabel => "for a label",
        OrderStatus.AwaitingCollection => "for the carrier",
        OrderStatus.NeedsTracking => "for a tracking number",
        OrderStatus.CancelRequested => "for a cancellation's answer",
        OrderStatus.LabelUnknown => "read back",
        OrderStatus.Purchasing => "being bought",
        OrderStatus.Parked => "for a person",
        _ => status.ToString().ToLowerInvariant(),
    };

    private static DateTimeOffset NowOf(SandboxProgress progress) => DateTimeOffset.FromUnixTimeMilliseconds(progress.NowMs);
}
