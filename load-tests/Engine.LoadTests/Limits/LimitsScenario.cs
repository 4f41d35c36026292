using System.Diagnostics;
using System.Globalization;
using Engine.Storage;

namespace Engine.LoadTests.Limits;

/// <summary>The physical limit, measured beside the engine: who makes how many order lives durable per second.</summary>
public sealed class LimitsScenario : IScenario
{
    /// <summary>At which the ratios are taken.</summary>
    private const int RatioInFlight = 256;

    public string Name => "limits";

    public string Summary => "durable order lives per second, by contender  [--quick] [--seconds 10] [--rounds 3] [--only NAME,..] [--in-flight N,..] [--connection STRING]";

    public async Task<int> RunAsync(ScenarioArguments arguments, CancellationToken ct)
    {
        var quick = arguments.Has("quick");
        var seconds = TimeSpan.FromSeconds(arguments.Number("seconds", 10));
        var rounds = arguments.Number("rounds", 3);
        int[] inFlights = arguments.Text("in-flight") is { } asked
            ? [.. asked.Split(',').Select(n => int.Parse(n, CultureInfo.InvariantCulture))]
            : quick ? [RatioInFlight] : [64, RatioInFlight, 1024];

        await using var database = await BenchDatabase.StartAsync(arguments, ct);
        await using (var sources = database.Open())
        {
            var server = await ServerReport.ReadAsync(sources.Pool, ct);
            Console.WriteLine(server);
            if (!server.IsDurable)
            {
                Console.Error.WriteLine("This server does not make durable what it acknowledges; the figures would mean nothing.");
                return 1;
            }
        }

        var (tiny, why) = await Pgbench.TinyCommitsAsync(database, 64, TimeSpan.FromSeconds(Math.Min(6, seconds.TotalSeconds)), ct);
        Console.WriteLine($"pgbench, tiny commits, 64 clients: {(tiny is { } rate ? $"{rate:N0}/s" : why)}");
        Console.WriteLine($"{Environment.ProcessorCount} cores, server GC {System.Runtime.GCSettings.IsServerGC}; one order life = 1 insert + 4 updates, each durable\n");

        var contenders = Contenders(database, quick);
        if (arguments.Text("only") is { } only)
        {
            var names = only.Split(',');
            contenders.RemoveAll(c => !names.Contains(c.Name));
        }

        var runs = new Dictionary<(string Name, int InFlight), List<RunResult>>();
        try
        {
            for (var round = 1; round <= rounds; round++)
            {
                foreach (var inFlight in inFlights)
                {
                    foreach (var contender in contenders)
                    {
                        await contender.PrepareAsync(ct);
                        await contender.RunAsync(inFlight, TimeSpan.FromSeconds(2), ct);
                        await database.CheckpointAsync(ct);
                        var cpu = Process.GetCurrentProcess().TotalProcessorTime;
                        var result = await contender.RunAsync(inFlight, seconds, ct);
                        cpu = Process.GetCurrentProcess().TotalProcessorTime - cpu;
                        if (!runs.TryGetValue((contender.Name, inFlight), out var list))
                        {
                            runs[(contender.Name, inFlight)] = list = [];
                        }

                        list.Add(result);
                        var batch = contender is RawSqlContender raw ? $", {raw.MeanBatch:N0} units a transaction" : "";
                        Console.WriteLine(
                            $"round {round}  {contender.Name,-14} {inFlight,5} in flight  {result.PerSecond,9:N0} orders/s  p50 {result.Quantile(0.5) * 1000,7:N1} ms  p99 {result.Quantile(0.99) * 1000,7:N1} ms  .NET {cpu / seconds,5:P0} of a core{batch}");
                        await contender.DisposeAsync();
                    }
                }
            }
        }
        finally
        {
            foreach (var contender in contenders)
            {
                await contender.DisposeAsync();
            }
        }

        var json = Report(runs, contenders, inFlights, tiny);
        await FlatJson.WriteAsync(arguments, json, ct);
        return 0;
    }

    private static List<IContender> Contenders(BenchDatabase database, bool quick)
    {
        List<IContender> all =
        [
            new GrainsContender(database, withEvents: true),
            new GrainsContender(database, withEvents: false),
            new RawSqlContender(database),
            new AdoNetContender(database, withEvents: false),
            new NpgsqlContender(database, withEvents: false),
        ];
        if (!quick)
        {
            all.Add(new AdoNetContender(database, withEvents: true));
            all.Add(new NpgsqlContender(database, withEvents: true));
        }

        return all;
    }

    private static Dictionary<string, object?> Report(
        Dictionary<(string Name, int InFlight), List<RunResult>> runs, List<IContender> contenders, int[] inFlights, double? tiny)
    {
        Console.WriteLine($"\nmedian orders/s (lowest to highest)\n{"",-14}{string.Concat(inFlights.Select(n => $"{n + " in flight",30}"))}");
        var json = new Dictionary<string, object?>(StringComparer.Ordinal);
        foreach (var contender in contenders)
        {
            Console.Write($"{contender.Name,-14}");
            foreach (var inFlight in inFlights)
            {
                var rates = runs[(contender.Name, inFlight)].Select(r => r.PerSecond).Order().ToArray();
                Console.Write($"{$"{rates[rates.Length / 2]:N0} ({rates[0]:N0} to {rates[^1]:N0})",30}");
                json[$"{contender.Name}_per_s_{inFlight}"] = Math.Round(rates[rates.Length / 2], 1);
                json[$"{contender.Name}_spread_{inFlight}"] = Math.Round((rates[^1] - rates[0]) / rates[rates.Length / 2], 3);
            }

            Console.WriteLine();
            json[$"{contender.Name}_per_s"] = json.GetValueOrDefault($"{contender.Name}_per_s_{RatioInFlight}");
        }

        // The raw contender writes an event with every step; the others write state only.
        Ratio(json, "ratio_raw", "grains_events_per_s", "raw_sql_per_s");
        Ratio(json, "ratio_adonet", "grains_per_s", "adonet_per_s");
        Ratio(json, "ratio_npgsql", "grains_per_s", "npgsql_per_s");
        json["pgbench_tiny_commits_per_s"] = tiny;
        return json;
    }

    private static void Ratio(Dictionary<string, object?> json, string name, string numerator, string denominator)
    {
        if (json.GetValueOrDefault(numerator) is double grains && json.GetValueOrDefault(denominator) is double other)
        {
            json[name] = Math.Round(grains / other, 3);
            Console.WriteLine($"{name} = {grains / other:N2}");
        }
    }
}
