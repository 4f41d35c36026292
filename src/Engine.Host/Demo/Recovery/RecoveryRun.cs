using System.Globalization;
using Engine.Host.Verification;
using Npgsql;

namespace Engine.Host.Demo.Recovery;

/// <summary>Strikes the hosts phase by phase while orders and calls go on, and says afterwards how long whose work stood still.</summary>
internal sealed class RecoveryRun(DemoOptions options, IReadOnlyList<HostProcess> hosts, Balancer balancer, ErpCalls erp, NpgsqlDataSource database)
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan Before = TimeSpan.FromSeconds(5);

    /// <summary>Long after the others have declared it dead.</summary>
    private static readonly TimeSpan FrozenFor = TimeSpan.FromSeconds(15);

    /// <summary>A killed host stays away for this share of its phase.</summary>
    private const double Away = 0.6;
    private static readonly TimeSpan ReadyPatience = TimeSpan.FromSeconds(90);

    /// <summary>Waits that begin so shortly before the end of a phase may be the next one's doing.</summary>
    private static readonly TimeSpan NextPhase = TimeSpan.FromSeconds(3);
    private const int WorstShown = 5;

    private readonly Membership membership = new(database);
    private readonly Random random = new(unchecked((int)options.Seed));
    private readonly List<PhaseFigures> done = [];

    /// <summary>From the start of the orders until the last phase has ended.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var calls = erp.RunAsync(over.Token);
        try
        {
            await Task.Delay(options.Ramp + RecoveryPlan.WarmUp, TimeProvider.System, stop);
            foreach (var phase in options.Recovery!)
            {
                done.Add(await RunAsync(phase, stop));
            }
        }
        finally
        {
            await over.CancelAsync();
            await calls;
        }
    }

    /// <summary>When all is at rest.</summary>
    public async Task<RecoveryReport> ReportAsync(SandboxLedger ledger, CancellationToken ct)
    {
        // Over half an hour of full load there is nothing struck whose consequences could be looked for, only a lot to read.
        var movements = options.Recovery!.Any(p => p.Kind != RecoveryKind.Steady) ? await Movements.ReadAsync(database, ledger, ct) : new Movements([]);
        return new RecoveryReport([.. done.Select(phase => Measure(phase, movements))], balancer.PassedOn);
    }

    private async Task<PhaseFigures> RunAsync(RecoveryPhase phase, CancellationToken stop)
    {
        var deadBefore = await membership.DeadAsync(stop);
        var cpu = CpuUse.Now();
        var struckAt = TimeProvider.System.GetUtcNow();
        var clock = TimeProvider.System.GetTimestamp();
        Console.WriteLine($"  recovery {RecoveryPlan.NameOf(phase.Kind)} begins at {struckAt:HH:mm:ss.fff}");
        var figures = new PhaseFigures { Phase = RecoveryPlan.NameOf(phase.Kind), StruckAt = struckAt, LengthSeconds = 0, FalseEvictions = 0 };
        var struck = new Dictionary<string, int>(StringComparer.Ordinal);
        figures = phase.Kind switch
        {
            RecoveryKind.Steady => figures,
            RecoveryKind.KillOne => await KillOneAsync(figures, phase, struck, deadBefore, stop),
            RecoveryKind.KillAll => await KillAllAsync(figures, struck, stop),
            RecoveryKind.FreezeOne => await FreezeOneAsync(figures, struck, deadBefore, stop),
            RecoveryKind.StopOne => await StopOneAsync(figures, struck, stop),
            RecoveryKind.Rolling => await RollAsync(figures, struck, stop),
            _ => throw new InvalidOperationException($"Nothing is known about {phase.Kind}."),
        };
        await WaitOutAsync(phase.Length, clock, stop);
        var deadNow = await membership.DeadAsync(stop);
        return figures with
        {
            LengthSeconds = Seconds(TimeProvider.System.GetElapsedTime(clock)),
            FalseEvictions = deadNow.Sum(d => Math.Max(0, d.Value - deadBefore.GetValueOrDefault(d.Key) - struck.GetValueOrDefault(d.Key))),
            CpuRatio = CpuUse.Now().Since(cpu),
        };
    }

    private async Task<PhaseFigures> KillOneAsync(
        PhaseFigures figures, RecoveryPhase phase, Dictionary<string, int> struck, IReadOnlyDictionary<string, int> deadBefore, CancellationToken stop)
    {
        var clock = TimeProvider.System.GetTimestamp();
        var host = Draw(struck);
        host.HoldDown();
        try
        {
            host.Kill();
            var dead = await DeclaredDeadAsync(host, deadBefore, clock, stop);
            await WaitOutAsync(phase.Length * Away, clock, stop);
            host.LetUp();
            return figures with { Host = host.Number, DeclaredDeadSeconds = dead, AllReadySeconds = await AllReadyAsync(clock, stop) };
        }
        finally
        {
            host.LetUp();
        }
    }

    private async Task<PhaseFigures> KillAllAsync(PhaseFigures figures, Dictionary<string, int> struck, CancellationToken stop)
    {
        var clock = TimeProvider.System.GetTimestamp();
        var processes = hosts.Select(h => h.ProcessId).ToList();
        foreach (var host in hosts)
        {
            struck[DemoProcesses.NameOf(host.Number)] = 1;
            host.Kill();
        }

        await UntilAsync(() => !hosts.Any(h => processes.Contains(h.ProcessId)), stop);
        return figures with { AllReadySeconds = await AllReadyAsync(clock, stop) };
    }

    private async Task<PhaseFigures> FreezeOneAsync(
        PhaseFigures figures, Dictionary<string, int> struck, IReadOnlyDictionary<string, int> deadBefore, CancellationToken stop)
    {
        var clock = TimeProvider.System.GetTimestamp();
        var host = Draw(struck);
        var process = host.ProcessId;
        var wake = host.Freeze();
        double? dead;
        try
        {
            dead = await DeclaredDeadAsync(host, deadBefore, clock, stop);
            await WaitOutAsync(FrozenFor, clock, stop);
        }
        finally
        {
            wake();
        }

        var woken = TimeProvider.System.GetTimestamp();
        await UntilAsync(() => host.ProcessId != process, stop);
        var ended = Seconds(TimeProvider.System.GetElapsedTime(woken));
        return figures with { Host = host.Number, DeclaredDeadSeconds = dead, ExitSeconds = ended, AllReadySeconds = await AllReadyAsync(clock, stop) };
    }

    private async Task<PhaseFigures> StopOneAsync(PhaseFigures figures, Dictionary<string, int> struck, CancellationToken stop)
    {
        var clock = TimeProvider.System.GetTimestamp();
        var host = Draw(struck);
        var exit = await StopAsync(host, stop);
        return figures with { Host = host.Number, ExitSeconds = exit, AllReadySeconds = await AllReadyAsync(clock, stop) };
    }

    private async Task<PhaseFigures> RollAsync(PhaseFigures figures, Dictionary<string, int> struck, CancellationToken stop)
    {
        var clock = TimeProvider.System.GetTimestamp();
        var slowest = 0.0;
        double? ready = null;
        foreach (var host in hosts)
        {
            struck[DemoProcesses.NameOf(host.Number)] = 1;
            slowest = Math.Max(slowest, await StopAsync(host, stop));
            ready = await AllReadyAsync(clock, stop);
        }

        return figures with { ExitSeconds = slowest, AllReadySeconds = ready };
    }

    /// <returns>Seconds from SIGTERM until another process has its place.</returns>
    private static async Task<double> StopAsync(HostProcess host, CancellationToken stop)
    {
        var clock = TimeProvider.System.GetTimestamp();
        var process = host.ProcessId;
        host.Terminate();
        await UntilAsync(() => host.ProcessId != process, stop);
        return Seconds(TimeProvider.System.GetElapsedTime(clock));
    }

    private HostProcess Draw(Dictionary<string, int> struck)
    {
        var host = hosts[random.Next(hosts.Count)];
        struck[DemoProcesses.NameOf(host.Number)] = 1;
        return host;
    }

    private async Task<double> DeclaredDeadAsync(HostProcess host, IReadOnlyDictionary<string, int> deadBefore, long clock, CancellationToken stop)
    {
        var name = DemoProcesses.NameOf(host.Number);
        while ((await membership.DeadAsync(stop)).GetValueOrDefault(name) <= deadBefore.GetValueOrDefault(name))
        {
            RequirePatience(clock, $"{name} was not declared dead");
            await Task.Delay(LookEvery, TimeProvider.System, stop);
        }

        return Seconds(TimeProvider.System.GetElapsedTime(clock));
    }

    private async Task<double> AllReadyAsync(long clock, CancellationToken stop)
    {
        // What the balancer last saw may be from before the signal.
        await Task.Delay(Balancer.LookEvery * 2, TimeProvider.System, stop);
        await UntilAsync(() => hosts.All(h => balancer.IsReady(h.Number)), stop);
        return Seconds(TimeProvider.System.GetElapsedTime(clock));
    }

    /// <summary>What is left of a length that began at <paramref name="clock"/>.</summary>
    private static Task WaitOutAsync(TimeSpan length, long clock, CancellationToken stop)
    {
        var rest = length - TimeProvider.System.GetElapsedTime(clock);
        return rest > TimeSpan.Zero ? Task.Delay(rest, TimeProvider.System, stop) : Task.CompletedTask;
    }

    private static async Task UntilAsync(Func<bool> holds, CancellationToken stop)
    {
        var clock = TimeProvider.System.GetTimestamp();
        while (!holds())
        {
            RequirePatience(clock, "the hosts did not come back");
            await Task.Delay(LookEvery, TimeProvider.System, stop);
        }
    }

    private static void RequirePatience(long clock, string what)
    {
        if (TimeProvider.System.GetElapsedTime(clock) > ReadyPatience)
        {
            throw new InvalidOperationException($"In {ReadyPatience.TotalSeconds} s {what}.");
        }
    }

    private PhaseFigures Measure(PhaseFigures phase, Movements movements)
    {
        var end = phase.StruckAt.AddSeconds(phase.LengthSeconds);
        var waits = movements.In(phase.StruckAt, end - NextPhase).ToList();
        var free = waits.Where(w => !w.Wait.InDoubt).OrderByDescending(w => w.Took).ToList();
        var doubtful = waits.Where(w => w.Wait.InDoubt && w.Wait.From < phase.StruckAt).ToList();
        var byShop = free.GroupBy(w => w.Wait.Shop, StringComparer.Ordinal).Select(g => g.First().Took).Order().ToList();
        var before = movements.In(phase.StruckAt - Before, phase.StruckAt).Where(w => !w.Wait.InDoubt && w.Wait.To < phase.StruckAt).Select(w => w.Took).DefaultIfEmpty().Max();
        var calls = erp.Book.Between(phase.StruckAt, end);
        var webhooks = balancer.WebhookCalls.Between(phase.StruckAt, end);
        return phase with
        {
            Shops = byShop.Count,
            Orders = free.Select(w => w.Wait.OrderId).Distinct(StringComparer.Ordinal).Count(),
            LongestBeforeSeconds = Seconds(before),
            MovedWithinSeconds = free.Count == 0 ? 0 : Seconds(free[0].Took),
            MedianShopSeconds = byShop.Count == 0 ? 0 : Seconds(byShop[byShop.Count / 2]),
            OpenIntents = doubtful.Count,
            OpenIntentsLongestSeconds = Seconds(doubtful.Select(w => w.Took).DefaultIfEmpty().Max()),
            Stuck = waits.Count(w => w.Wait.To is null),
            Worst = phase.Phase == RecoveryPlan.NameOf(RecoveryKind.Steady) ? [] : [.. free.Take(WorstShown).Select(w => Describe(w.Wait, w.Took, phase.StruckAt))],
            Calls = calls.Calls,
            FailedCalls = calls.Failed,
            LongestCallMs = calls.LongestMs,
            Webhooks = webhooks.Calls,
            FailedWebhooks = webhooks.Failed,
            Failures = [.. calls.Failures, .. webhooks.Failures],
        };
    }

    private static string Describe(OrderWait wait, TimeSpan took, DateTimeOffset struckAt) => string.Create(
        CultureInfo.InvariantCulture,
        $"{Seconds(took):F2} s: {wait.Shop}/{wait.OrderId} from {wait.After} at {(wait.From - struckAt).TotalSeconds:+0.00;-0.00} s to {wait.Next ?? "nothing"}");

    private static double Seconds(TimeSpan time) => time == TimeSpan.MaxValue ? 9999 : Math.Round(time.TotalSeconds, 3);
}
