using System.Collections.Concurrent;
using System.Globalization;
using Engine.Storage.Embedded;
using Npgsql;

namespace Engine.Host.Demo.Chaos;

/// <summary>Does what the schedule says, to living processes, and heals all of it at the end.</summary>
internal sealed class ChaosRun(
    DemoOptions options,
    SandboxControl sandbox,
    EmbeddedPostgres postgres,
    IReadOnlyList<HostProcess> hosts,
    IReadOnlyList<FrontDoorClient> doors,
    ChaosSellers sellers,
    SmallDisk? disk,
    HostNetworks? networks)
{
    private static readonly TimeSpan RestartEvery = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan RestartPatience = TimeSpan.FromSeconds(60);

    /// <summary>In which every host has a batch under way and others waiting behind it.</summary>
    private static readonly TimeSpan PileUp = TimeSpan.FromSeconds(1.5);
    private const int LockPatienceMs = 2000;

    /// <summary>For hosts that were struck last to be ready again, and then for their share of the work.</summary>
    private static readonly TimeSpan ReadyPatience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan AtWork = TimeSpan.FromSeconds(4);

    private readonly ChaosDraw draw = new(options.Seed);
    private readonly ConcurrentDictionary<ChaosKind, int> done = new();
    private readonly ConcurrentDictionary<string, string> impossible = new();
    private readonly SemaphoreSlim database = new(1, 1);
    private int killed;

    public IReadOnlyList<ChaosStep> Schedule { get; } = ChaosSchedule.Of(options.Seed, options.Chaos!.Value, options.Hosts, TimeSpan.FromSeconds(Fence.Of(options).ClockSkew));

    /// <summary>SIGKILLs of hosts; those by the sandbox are counted when they struck.</summary>
    public int Killed => killed;

    /// <summary>What was done, by kind.</summary>
    public IReadOnlyDictionary<string, int> Done => done.ToDictionary(d => Words(d.Key), d => d.Value, StringComparer.Ordinal);

    /// <summary>What could not be done on this machine, and why.</summary>
    public IReadOnlyDictionary<string, string> Impossible => impossible;

    /// <summary>From the start of the orders until everything is healed.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        var steps = Schedule.Select(step => StepAsync(step, stop)).ToList();
        try
        {
            await Task.WhenAll(steps);
        }
        finally
        {
            await HealAsync();
        }
    }

    private async Task StepAsync(ChaosStep step, CancellationToken stop)
    {
        await Task.Delay(step.At, TimeProvider.System, stop);
        Console.WriteLine($"  chaos {step}");
        var counted = step.Kind switch
        {
            ChaosKind.KillHost => Kill(hosts[step.Host - 1]),
            ChaosKind.KillAllHosts => hosts.Sum(Kill),
            ChaosKind.KillAfterSale => await KillAfterSaleAsync(step, stop),
            ChaosKind.FreezeHost => await FreezeAsync(hosts[step.Host - 1], step, stop),
            ChaosKind.FreezeMidWrite => await FreezeMidWriteAsync(step, stop),
            ChaosKind.CrashDatabase => await CrashDatabaseAsync(step, stop),
            ChaosKind.KillBackends => await KillBackendsAsync(step, stop),
            ChaosKind.FillDisk => await FillDiskAsync(step, stop),
            ChaosKind.CutNetwork => await CutAsync(step, stop),
            ChaosKind.Storm => await FaultAsync(step, new { Kind = "storm", step.Id, Intensity = step.Strength }, stop),
            ChaosKind.PoisonOrders => await FaultAsync(step, new { Kind = "poison-order", step.Id, Probability = step.Strength }, stop),
            ChaosKind.SkewClock => 1, // It was started so.
            ChaosKind.LoseWebhooks => await LoseWebhooksAsync(step, stop),
            ChaosKind.DeauthoriseShops => await DeauthoriseAsync(step, stop),
            _ => throw new InvalidOperationException($"Nothing is known about {step.Kind}."),
        };
        done.AddOrUpdate(step.Kind, counted, (_, before) => before + counted);
    }

    /// <returns>1, or 0 where it was dead already.</returns>
    private int Kill(HostProcess host)
    {
        if (!host.Kill())
        {
            return 0;
        }

        Interlocked.Increment(ref killed);
        return 1;
    }

    /// <summary>Whichever host had sent the purchase, its answer finds nobody. The sandbox counts whom it killed.</summary>
    private async Task<int> KillAfterSaleAsync(ChaosStep step, CancellationToken stop)
    {
        var sale = (await sandbox.ProgressAsync(stop)).LabelsSold + 2;
        foreach (var host in hosts)
        {
            await sandbox.ArmAsync(new { Kind = "kill-after-sale", Id = $"{step.Id}-host-{host.Number}", Sale = sale, Pid = host.ProcessId }, stop);
        }

        // Armed for a moment only: a process id may be somebody else's later.
        await Task.Delay(TimeSpan.FromSeconds(2), TimeProvider.System, stop);
        var struck = 0;
        foreach (var host in hosts)
        {
            struck += (int)await sandbox.InjectedAsync($"{step.Id}-host-{host.Number}", stop);
            await sandbox.HealAsync($"{step.Id}-host-{host.Number}", stop);
        }

        Interlocked.Add(ref killed, struck);
        return struck;
    }

    private static async Task<int> FreezeAsync(HostProcess host, ChaosStep step, CancellationToken stop)
    {
        var thaw = host.Freeze();
        try
        {
            await Task.Delay(step.Length, TimeProvider.System, stop);
        }
        finally
        {
            thaw();
        }

        return 1;
    }

    /// <summary>The host that has lived longest: one that joined the others late has few of their orders, for those stay where they are. The table is let go as
    /// soon as it stands still, so that only its own writes wait.</summary>
    private async Task<int> FreezeMidWriteAsync(ChaosStep step, CancellationToken stop)
    {
        await AllReadyAsync(stop);
        await Task.Delay(AtWork, TimeProvider.System, stop);
        Task<int> frozen;
        await database.WaitAsync(stop);
        try
        {
            // A connection of its own: pooled ones may have been ended by an earlier step.
            await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(postgres.ConnectionString) { Pooling = false }.ConnectionString);
            await connection.OpenAsync(stop);
            await using var transaction = await connection.BeginTransactionAsync(stop);
            await using (var locked = new NpgsqlCommand($"set local lock_timeout = {LockPatienceMs}; lock table orders in share mode", connection, transaction))
            {
                await locked.ExecuteNonQueryAsync(stop);
            }

            await Task.Delay(PileUp, TimeProvider.System, stop);
            var longest = hosts.MinBy(h => h.StartedAt)!;
            Console.WriteLine($"  {step.Id} stops host {longest.Number}");
            frozen = FreezeAsync(longest, step, stop);
            await transaction.RollbackAsync(CancellationToken.None);
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.LockNotAvailable)
        {
            // A host that already stands still has the table within a transaction: everybody else would wait for it behind us.
            Console.WriteLine($"  {step.Id} is left out: the table is in use for longer than {LockPatienceMs} ms");
            return 0;
        }
        finally
        {
            database.Release();
        }

        return await frozen;
    }

    /// <summary>A host that only starts has nothing to write.</summary>
    private async Task AllReadyAsync(CancellationToken stop)
    {
        var started = TimeProvider.System.GetTimestamp();
        var ready = 0;
        foreach (var (host, door) in hosts.Zip(doors))
        {
            ready += await door.BecomesReadyAsync(ReadyPatience - TimeProvider.System.GetElapsedTime(started), () => host.GaveUp.IsFaulted, stop) ? 1 : 0;
        }

        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {ready} of {hosts.Count} hosts are ready after {TimeProvider.System.GetElapsedTime(started).TotalSeconds:F1} s"));
    }

    private async Task<int> CrashDatabaseAsync(ChaosStep step, CancellationToken stop)
    {
        await database.WaitAsync(stop);
        try
        {
            await postgres.CrashAsync();
            await Task.Delay(step.Length, TimeProvider.System, stop);
        }
        finally
        {
            await RestartDatabaseAsync();
            database.Release();
        }

        return 1;
    }

    private async Task<int> KillBackendsAsync(ChaosStep step, CancellationToken stop)
    {
        await database.WaitAsync(stop);
        try
        {
            await using var connection = new NpgsqlConnection(postgres.AdminConnectionString);
            await connection.OpenAsync(stop);
            await using var list = new NpgsqlCommand("select pid from pg_stat_activity where usename = 'engine' and application_name <> 'engine-demo-watch' order by pid", connection);
            var backends = new List<int>();
            await using (var reader = await list.ExecuteReaderAsync(stop))
            {
                while (await reader.ReadAsync(stop))
                {
                    backends.Add(reader.GetInt32(0));
                }
            }

            var chosen = backends.Where((_, i) => draw.Unit(step.Id, $"backend {i}") < 0.5).ToArray();
            await using var end = new NpgsqlCommand("select count(*) from unnest($1) as p (pid) where pg_terminate_backend(pid)", connection) { Parameters = { new() { Value = chosen } } };
            return (int)(long)(await end.ExecuteScalarAsync(stop))!;
        }
        finally
        {
            database.Release();
        }
    }

    private async Task<int> FillDiskAsync(ChaosStep step, CancellationToken stop)
    {
        if (disk is null)
        {
            return Not("disk-full", "this user may not mount a small disk");
        }

        await database.WaitAsync(stop);
        try
        {
            disk.Fill();
            await Task.Delay(step.Length, TimeProvider.System, stop);
        }
        finally
        {
            disk.Free();
            await RestartDatabaseAsync();
            database.Release();
        }

        return 1;
    }

    private async Task<int> CutAsync(ChaosStep step, CancellationToken stop)
    {
        if (networks is null)
        {
            return Not("network-cut", "this machine gives us no network namespaces");
        }

        await networks.CutAsync(step.Host);
        try
        {
            await Task.Delay(step.Length, TimeProvider.System, stop);
        }
        finally
        {
            await networks.JoinAsync(step.Host);
        }

        return 1;
    }

    private async Task<int> FaultAsync(ChaosStep step, object plan, CancellationToken stop)
    {
        await sandbox.ArmAsync(plan, stop);
        await Task.Delay(step.Length, TimeProvider.System, stop);
        await sandbox.HealAsync(step.Id, CancellationToken.None);
        return 1;
    }

    private async Task<int> LoseWebhooksAsync(ChaosStep step, CancellationToken stop)
    {
        var lists = $"{step.Id}-lists";
        var orders = $"{step.Id}-orders";
        await sandbox.ArmAsync(new { Kind = "list-lag", Id = lists }, stop);
        await sandbox.ArmAsync(
            new { Kind = "list-lag", Id = orders, Api = "POST /order/202309/orders/search", LagMs = (long)ChaosSchedule.ListLag(options.Speed ?? 1).TotalMilliseconds }, stop);
        await FaultAsync(step, new { Kind = "webhook-lost", step.Id }, stop);
        await sandbox.HealAsync(lists, CancellationToken.None);
        await sandbox.HealAsync(orders, CancellationToken.None);
        return 1;
    }

    private async Task<int> DeauthoriseAsync(ChaosStep step, CancellationToken stop)
    {
        var seller = sellers.Choose(draw.Unit(step.Id, "shop"));
        await FaultAsync(step, new { Kind = "shop-deauthorised", step.Id, Shops = new[] { seller.Key } }, stop);
        await sellers.ConsentAgainAsync(seller, stop);
        return 1;
    }

    private int Not(string what, string why)
    {
        impossible[what] = why;
        return 0;
    }

    /// <summary>A server that died of its full disk, or whose old process is not reaped yet, takes several tries.</summary>
    private async Task RestartDatabaseAsync()
    {
        var started = TimeProvider.System.GetTimestamp();
        while (true)
        {
            try
            {
                await postgres.RestartAsync(CancellationToken.None);
                return;
            }
            catch (EmbeddedPostgresException) when (TimeProvider.System.GetElapsedTime(started) < RestartPatience)
            {
                await Task.Delay(RestartEvery, TimeProvider.System, CancellationToken.None);
            }
        }
    }

    private async Task HealAsync()
    {
        await sandbox.HealAllAsync(CancellationToken.None);
        if (networks is not null)
        {
            foreach (var host in hosts)
            {
                await networks.JoinAsync(host.Number);
            }
        }

        await RestartDatabaseAsync();
    }

    /// <summary>`KillHost` -> `kill-host`.</summary>
    private static string Words(ChaosKind kind) =>
        string.Concat(kind.ToString().Select((c, i) => i > 0 && char.IsUpper(c) ? $"-{char.ToLowerInvariant(c)}" : char.ToLower(c, CultureInfo.InvariantCulture).ToString()));
}
