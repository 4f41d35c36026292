using System.Collections.Concurrent;
using System.Diagnostics;
using Engine.Domain.Orders;
using Engine.Domain.Ports;
using Engine.Domain.Work;
using Engine.Testing.Orders;
using Engine.Testing.Postgres;

namespace Engine.LoadTests.Journal;

/// <summary>The journal's promises at scale: projections and desks started in the middle of writing equal a recount, and two hosts share parcels without a deadlock.</summary>
public sealed class JournalScenario : IScenario
{
    public string Name => "journal";

    public string Summary => "projections and desks started mid-write, parcels of two hosts  [--projections 1000] [--parcels 10000] [--connection STRING]";

    public async Task<int> RunAsync(ScenarioArguments arguments, CancellationToken ct)
    {
        await using var database = await BenchDatabase.StartAsync(arguments, ct);
        await using var one = new TestStorage(database.ConnectionString);
        await using var two = new TestStorage(database.ConnectionString);
        var started = Stopwatch.GetTimestamp();
        var parcels = await ParcelsAsync(one, two, arguments.Number("parcels", 10_000));
        var parcelSeconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        Console.WriteLine($"{parcels.Units} units of overlapping parcels from two hosts, {parcels.Conflicts} conflicts answered, no deadlock seen, {parcelSeconds:N0} s");

        started = Stopwatch.GetTimestamp();
        var projections = arguments.Number("projections", 1_000);
        var (wrong, commits) = await ProjectionsAsync(one, two, projections, ct);
        var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        Console.WriteLine($"{projections} projections and label desks started in the middle of {commits / seconds:N0} decisions/s: {wrong} differ from a recount, {seconds:N0} s");

        var report = await one.Verifier.VerifyAsync(quiet: false, ct);
        foreach (var invariant in report.Invariants.Where(i => i.Name is "fold" or "journal"))
        {
            Console.WriteLine($"verify {invariant.Name}: {invariant.Checked} checked, {invariant.Violations} wrong {string.Join("; ", invariant.Findings.Take(3))}");
        }

        await FlatJson.WriteAsync(
            arguments,
            new Dictionary<string, object?>
            {
                ["parcel_units"] = parcels.Units,
                ["parcel_conflicts"] = parcels.Conflicts,
                ["projections"] = projections,
                ["projections_wrong"] = wrong,
                ["decisions_per_s"] = Math.Round(commits / seconds, 1),
                ["invariants_ok"] = report["fold"].Ok && report["journal"].Ok,
            },
            ct);
        return wrong == 0 && report["fold"].Ok && report["journal"].Ok ? 0 : 1;
    }

    private static async Task<(int Units, int Conflicts)> ParcelsAsync(TestStorage one, TestStorage two, int units)
    {
        const int orders = 60;
        const int writers = 16;
        for (var i = 0; i < orders; i++)
        {
            await one.Journal.AppendAsync(new Journey("parcels", $"shared-{i}").Receive(), CancellationToken.None);
        }

        var results = await Task.WhenAll(Enumerable.Range(0, writers).Select(
            i => OverlappingParcels.CommitAsync(i % 2 == 0 ? one : two, "parcels", "shared-", orders, units / writers, seed: i)));
        return (results.Sum(r => r.Units), results.Sum(r => r.Conflicts));
    }

    private static async Task<(int Wrong, long Commits)> ProjectionsAsync(TestStorage one, TestStorage two, int projections, CancellationToken ct)
    {
        long commits = 0;
        long name = 0;
        var shop = "projected";
        var wrong = 0;

        // Rounds: the recount is compared while nothing is written, the start happens while everything is.
        for (var run = 0; run < projections && !ct.IsCancellationRequested; run++)
        {
            await one.ExecuteAsync("delete from reader_cursors");
            shop = $"projected-{run % 50}";
            var go = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            var begun = 0;
            var last = new ConcurrentDictionary<OrderKey, OrderAppend>();
            var writing = Enumerable.Range(0, 32).Select(i => Task.Run(
                async () =>
                {
                    var order = new Journey(shop, $"{Interlocked.Increment(ref name)}");
                    List<AppendUnit> units = [order.Receive(), order.Release(), order.Allocate()];
                    if (i % 4 != 0)
                    {
                        units.Add(i % 3 == 0 ? order.Cancel() : order.Scan(i % 2 == 0 ? null : order.DispatchBy.AddHours(1)));
                    }

                    foreach (var unit in units)
                    {
                        var answer = await (i % 2 == 0 ? one : two).Journal.AppendAsync(unit, CancellationToken.None);
                        if (answer.Result != AppendResult.Accepted)
                        {
                            throw new InvalidOperationException($"{order.Key}: {answer}");
                        }

                        Interlocked.Increment(ref commits);
                        if (Interlocked.Increment(ref begun) == 32)
                        {
                            go.TrySetResult();
                        }
                    }

                    last[order.Key] = units[^1].Orders[0];
                },
                ct)).ToList();
            await go.Task;
            var partition = one.Feed.PartitionOf(new ShopId(shop));
            var lease = await two.LateDispatch.StartAsync(partition, ct);
            var desk = new TestDesk(two, new ShopId(shop), Desk.Labels, Journey.Start.AddDays(1));
            await desk.LoadAsync();
            await Task.WhenAll(writing);
            await TestReader.CatchUpAsync(two, lease, desk);
            if (desk.Missing(last.Values).ToList() is { Count: > 0 } missing)
            {
                wrong++;
                Console.WriteLine($"desk {run}: the label desk of {shop} does not know of {string.Join(", ", missing)}");
            }

            var stored = await one.LateDispatch.ReadAsync(new ShopId(shop), ct);
            var counted = await one.LateDispatch.RecountAsync(new ShopId(shop), ct);
            if (!stored.Due.SequenceEqual(counted.Due) || !stored.Dispatched.SequenceEqual(counted.Dispatched))
            {
                wrong++;
                Console.WriteLine($"projection {run}: the counters of {shop} differ from a recount");
            }
        }

        return (wrong, commits);
    }
}
