using System.Globalization;
using System.Text.Json;
using Engine.Host.Demo.Chaos;
using Engine.Host.Demo.Recovery;
using Engine.Host.Startup;
using Engine.Host.Verification;
using Engine.Storage;
using Engine.Storage.Embedded;
using Engine.Storage.Migrations;
using Npgsql;

namespace Engine.Host.Demo;

/// <summary>One run of the whole thing: database, sandbox, hosts, orders, progress, sweep, verification, summary.</summary>
internal sealed class DemoRun(DemoOptions asked)
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan ReadyPatience = TimeSpan.FromSeconds(60);
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    private readonly Fence fence = Fence.Of(asked);

    /// <summary>With what the machine gave us for it.</summary>
    private DemoOptions options = asked;

    /// <returns>0 when all was done and every invariant holds (or a run without end was ended by hand), else 1.</returns>
    public async Task<int> RunAsync(CancellationToken stop)
    {
        var folder = DemoFolder.Prepare(options.DataFolder);
        await using var disk = options.Chaos is null ? null : await SmallDisk.TryMountAsync(folder.Postgres);
        await using var networks = options.Chaos is null || options.Hosts < 2 ? null : await HostNetworks.TryMakeAsync(options.Hosts, options.SandboxPort);
        options = options with { HostNetwork = networks?.Prefix };
        await using var postgres = await StartPostgresAsync(folder, disk is not null ? SmallDisk.DatabaseSettings : options.Recovery is not null ? Movements.DatabaseSettings : new Dictionary<string, string>(), stop);
        await using var database = NpgsqlDataSource.Create(WatchConnection(postgres.ConnectionString));
        var processes = new DemoProcesses(options, folder, fence, networks is null ? postgres.ConnectionString : postgres.SocketConnectionString, networks);
        await using var sandboxProcess = processes.StartSandbox();
        using var http = new HttpClient { BaseAddress = options.SandboxAddress, Timeout = TimeSpan.FromMinutes(5) };
        var sandbox = new SandboxControl(http);
        await WaitForSandboxAsync(sandbox, sandboxProcess, folder, stop);

        // Before the hosts: a replay sets the standing clock back to its first order, and a host's clock never goes back.
        var accounts = await PrepareOrdersAsync(sandbox, stop);
        var hosts = Enumerable.Range(1, options.Hosts).Select(processes.StartHost).ToList();
        try
        {
            var key = await DemoShops.MakeKeyAsync(postgres.ConnectionString, stop);
            IReadOnlyList<FrontDoorClient> doors = [.. hosts.Select(h => new FrontDoorClient(options.HostAddress(h.Number), key))];
            var engine = doors[0];
            await WaitForHostsAsync(hosts, doors, folder, stop);
            await using var balancer = await BalancerAsync(stop);
            var shops = await DemoShops.ConnectAsync(engine, accounts.Shops, new Uri(balancer?.Address ?? options.HostAddress(1), "/webhooks/tiktok"), stop);
            Announce(folder, postgres, key, shops.Count);

            var chaos = options.Chaos is null ? null : new ChaosRun(
                options, sandbox, postgres, hosts, doors, new ChaosSellers(sandbox, engine, shops, new Uri(options.HostAddress(1), "/webhooks/tiktok")), disk, networks);
            var claims = chaos is null ? null : new CompletenessClaims(engine, new SandboxLedger(http), new RunDatabase(database), shops);
            var person = chaos is null ? null : new Person(engine);
            using var erp = balancer is null ? null : new ErpCalls(balancer, key, shops.Values);
            var recovery = balancer is null ? null : new RecoveryRun(options, hosts, balancer, erp!, database);
            var watch = new RunWatch(options, sandbox, new RunDatabase(database), hosts, shops.Values, engine, chaos, claims, person, recovery);
            await using var versions = chaos is null ? null : OrderVersions.Watch(database);
            await using var follower = options.ErpFollows ? ErpFeed.Follow(doors) : null;
            var outcome = await watch.UntilEndAsync(stop);
            if (chaos is not null && outcome.Finished)
            {
                // The one that was struck last may be starting still; each is asked for its gauges.
                await WaitForHostsAsync(hosts, doors, folder, stop);
            }

            var summary = await SummariseAsync(outcome, database, sandbox, http, hosts, processes, folder, key, shops);
            if (chaos is not null)
            {
                summary = summary with
                {
                    Chaos = await ReportAsync(chaos, person!, sandbox, new SandboxLedger(http)),
                    Invariants = [.. summary.Invariants, claims!.Check, await versions!.CheckAsync(), person!.Check],
                };
            }

            if (follower is not null)
            {
                summary = summary with { Invariants = [.. summary.Invariants, await follower.CheckAsync(new RunDatabase(database))] };
            }

            if (recovery is not null)
            {
                summary = summary with { Recovery = await recovery.ReportAsync(new SandboxLedger(http), CancellationToken.None) };
            }

            Report(summary);
            if (chaos is not null && !summary.IsGood)
            {
                await KeepAsync(folder, new SandboxLedger(http), disk);
            }

            if (options.Stay && !stop.IsCancellationRequested)
            {
                Console.WriteLine("Everything goes on running; Ctrl-C ends it.");
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }

            return options.UntilDone || options.Json is not null ? (summary.IsGood ? 0 : 1) : 0;
        }
        finally
        {
            await Task.WhenAll(hosts.Select(h => h.DisposeAsync().AsTask()));
        }
    }

    /// <summary>Of our own looking: told apart from the engine's connections, and soon over when the server is gone; at the end it reads everything.</summary>
    private static string WatchConnection(string connectionString) =>
        new NpgsqlConnectionStringBuilder(connectionString) { ApplicationName = "engine-demo-watch", Timeout = 5, Options = EngineDataSources.Patience }.ConnectionString;

    /// <summary>What is needed to find out why a run failed.</summary>
    private static async Task KeepAsync(DemoFolder folder, SandboxLedger ledger, SmallDisk? disk)
    {
        foreach (var kind in (string[])["labels", "calls", "webhooks", "orders"])
        {
            await ledger.KeepAsync(kind, Path.Combine(folder.Path, $"ledger-{kind}.ndjson"), CancellationToken.None);
        }

        if (disk is not null)
        {
            await disk.KeepAsync(Path.Combine(folder.Path, "postgres-kept"));
        }
    }

    private static async Task<ChaosReport> ReportAsync(ChaosRun chaos, Person person, SandboxControl sandbox, SandboxLedger ledger)
    {
        var ct = CancellationToken.None;
        var late = 0L;
        await foreach (var order in ledger.OrdersAsync(ct))
        {
            late += !order.Fbt && order.TtsSlaMs is { } by && (order.ScannedAtMs > by || order.CancelledAtMs > by) ? 1 : 0;
        }

        return new ChaosReport(
            chaos.Killed, chaos.Done, await sandbox.InjectedAsync(ct), chaos.Impossible, person.AskedFor, late, [.. chaos.Schedule.Select(s => s.ToString())]);
    }

    private static async Task<EmbeddedPostgres> StartPostgresAsync(DemoFolder folder, IReadOnlyDictionary<string, string> settings, CancellationToken ct)
    {
        try
        {
            var postgres = await EmbeddedPostgres.StartAsync(
                new EmbeddedPostgresOptions { Folder = folder.Postgres, Ownership = EmbeddedOwnership.External, Settings = settings }, TimeProvider.System, ct);
            await MigrationRunner.MigrateAsync(postgres.ConnectionString, ct);
            return postgres;
        }
        catch (Exception e) when (e is EmbeddedPostgresException or MigrationException)
        {
            throw new StartProblemException([e.Message]);
        }
    }

    private async Task<Balancer?> BalancerAsync(CancellationToken ct)
    {
        if (options.Recovery is null)
        {
            return null;
        }

        var balancer = new Balancer(Enumerable.Range(1, options.Hosts).Select(options.HostAddress));
        await balancer.StartAsync(ct);
        return balancer;
    }

    private static async Task WaitForSandboxAsync(SandboxControl sandbox, ChildProcess process, DemoFolder folder, CancellationToken ct)
    {
        var started = TimeProvider.System.GetTimestamp();
        while (true)
        {
            try
            {
                await sandbox.ProgressAsync(ct);
                return;
            }
            catch (HttpRequestException) when (!process.HasExited && TimeProvider.System.GetElapsedTime(started) < ReadyPatience)
            {
                await Task.Delay(LookEvery, TimeProvider.System, ct);
            }
            catch (HttpRequestException e)
            {
                throw new StartProblemException([$"The sandbox does not answer ({e.Message.TrimEnd('.')}): see '{folder.LogOf("sandbox")}'."]);
            }
        }
    }

    private static async Task WaitForHostsAsync(IEnumerable<HostProcess> hosts, IReadOnlyList<FrontDoorClient> doors, DemoFolder folder, CancellationToken ct)
    {
        foreach (var (host, door) in hosts.Zip(doors))
        {
            if (!await door.BecomesReadyAsync(ReadyPatience, () => host.GaveUp.IsFaulted, ct))
            {
                throw new StartProblemException([$"Host {host.Number} does not become ready: see '{folder.LogOf(DemoProcesses.NameOf(host.Number))}'."]);
            }
        }
    }

    private async Task<SandboxShops> PrepareOrdersAsync(SandboxControl sandbox, CancellationToken ct) => options.Replay is { } csv
        ? await sandbox.PrepareReplayAsync(csv, ct)
        : await sandbox.PrepareScenarioAsync(options, ct);

    private void Announce(DemoFolder folder, EmbeddedPostgres postgres, string key, int shops)
    {
        Console.WriteLine($"Engine    {options.HostAddress(1)}docs  (API, merchant 'demo'), {options.HostAddress(1)}metrics; {options.Hosts} host(s)");
        Console.WriteLine($"API key   {key}");
        Console.WriteLine($"Sandbox   {options.SandboxAddress} plays TikTok Shop, buyers and carriers; {shops} shop(s) connected");
        Console.WriteLine($"Database  private PostgreSQL on 127.0.0.1:{postgres.Port}; everything of this run is in {folder.Path}");
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"Limits    {(options.Rate is null ? $"{DemoProcesses.CallsPerSecond} calls/s for each shop and API, on both sides, on {(options.IsStepped ? "business" : "system")} time" : "none on either side, so that the engine's own rate is seen")}; a second purchase of the same lines is sold"));
        Console.WriteLine($"Fence     {fence}{(options.ShortFence ? " (shortened for the demonstration, on both sides)" : "")}; the sandbox shows a sale {(options.Chaos is null ? "at once" : "within V")}");
        Console.WriteLine($"Time      {(options.IsStepped ? "stepped: the clock moves when nothing is left to do" : $"{options.SpeedText} business seconds per second")}");
    }

    private async Task<RunSummary> SummariseAsync(
        RunOutcome outcome,
        NpgsqlDataSource database,
        SandboxControl sandbox,
        HttpClient ledger,
        IReadOnlyList<HostProcess> hosts,
        DemoProcesses processes,
        DemoFolder folder,
        string key,
        IReadOnlyDictionary<string, string> shops)
    {
        // Also after Ctrl-C: what was done is verified and reported.
        var ct = CancellationToken.None;
        IReadOnlyList<Canary> secrets = [.. processes.Secrets, new Canary("the API key", key)];
        var verifier = new Verifier(database, sellersBuyToo: options.Chaos is not null);
        var report = await verifier.VerifyAsync(options.SandboxAddress, quiet: outcome.Finished, outcome.CompleteUpTo, ct, secrets);
        var canaries = await CanaryList.OfAsync(new SandboxLedger(ledger), secrets, ct);
        var silence = await Silence.CheckAsync(
            folder, hosts.Select(h => options.HostAddress(h.Number)), canaries, report.Checks.First(c => c.Name == Silence.Name), ct);
        return await new SummaryMaker(new RunDatabase(database), sandbox, new SandboxLedger(ledger), database, options.Latencies).MakeAsync(
            outcome, [.. report.Checks.Select(c => c.Name == Silence.Name ? silence : c)], report.NotBuilt, hosts.Sum(h => h.Restarts), shops, ct);
    }

    private void Report(RunSummary summary)
    {
        foreach (var order in summary.UnfinishedOrders.Take(20))
        {
            Console.WriteLine($"  unfinished: {order}");
        }

        foreach (var line in summary.Recovery?.Phases.SelectMany(p => p.Lines()) ?? [])
        {
            Console.WriteLine($"  {line}");
        }

        foreach (var check in summary.Invariants)
        {
            Console.WriteLine($"  {(check.Ok ? "ok  " : "FAIL")} {check.Name}: {check.Detail}");
        }

        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{summary.OrdersImported} of {summary.OrdersPlaced} orders imported, {summary.LabelsBought} labels, {summary.LabelsChargedTwice} charged twice, {summary.PackagesWithoutOrder} without an order; {summary.Dispatched} dispatched, {summary.Late} late; {summary.ApiCalls} calls, {summary.Http429} refused for their rate; {summary.WallSeconds:F1} s{(summary.Steps > 0 ? $", {summary.Steps} steps of {summary.MsPerStep:F2} ms" : "")}."));
        Console.WriteLine(summary.IsGood ? "All is well." : "NOT all is well.");
        if (options.Json is { } file)
        {
            File.WriteAllText(file.FullName, JsonSerializer.Serialize(summary, Indented) + "\n");
        }
    }
}
