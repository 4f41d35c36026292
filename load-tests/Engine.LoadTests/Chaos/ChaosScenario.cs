using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Engine.Testing;

namespace Engine.LoadTests.Chaos;

/// <summary>Real processes put through a schedule drawn from a seed, one seed after the other; every run is healed, brought to its end and verified.</summary>
/// <remarks>What happens in a run is in `Engine.Host/Demo/Chaos`; this is the one that repeats, counts and judges.</remarks>
public sealed class ChaosScenario : IScenario
{
    private const int OrdersPerSecond = 10;
    private const int FirstPort = 19100;

    public string Name => "chaos";

    public string Summary => "kills, freezes, crashes, cuts and marketplace faults by seed  [--seeds 3] [--first-seed 1] [--seconds 60] [--hosts 3] [--until-violation] [--host-program FILE --sandbox-program FILE]";

    public async Task<int> RunAsync(ScenarioArguments arguments, CancellationToken ct)
    {
        var seeds = arguments.Number("seeds", 3);
        var first = arguments.Number("first-seed", 1);
        var seconds = arguments.Number("seconds", 60);
        var totals = new ChaosTotals();
        var folder = RunFolder.Create("engine-chaos-");
        for (var seed = first; seed < first + seeds; seed++)
        {
            var run = Path.Combine(folder.FullName, $"seed-{seed}");
            var summary = await RunAsync(arguments, seed, seconds, run, ct);
            var end = totals.Add(summary);
            Console.WriteLine($"seed {seed}: {end.ToString().ToUpperInvariant()}; {Describe(summary)}");
            if (end == ChaosEnd.Survived)
            {
                Directory.Delete(run, recursive: true);
                File.Delete(run + ".log");
                continue;
            }

            Console.WriteLine($"  repeat: dotnet run -c Release --project load-tests/Engine.LoadTests -- chaos --seeds 1 --first-seed {seed} --seconds {seconds}{(arguments.Text("hosts") is { } hosts ? $" --hosts {hosts}" : "")}");
            Console.WriteLine($"  what was printed: {run}.log; logs of every process: {run}/logs; the marketplace's ledger: {run}/ledger-*.ndjson; the database as it was: {run}/postgres-kept");
            foreach (var finding in FindingsOf(summary))
            {
                Console.WriteLine($"  {finding}");
            }

            if (end == ChaosEnd.Violation && arguments.Has("until-violation"))
            {
                break;
            }
        }

        totals.Print();
        await FlatJson.WriteAsync(arguments, totals.Flat(), ct);
        if (totals.ExitCode == 0)
        {
            folder.Delete(recursive: true);
        }

        return totals.ExitCode;
    }

    /// <returns>The run's own summary; null when it left none.</returns>
    private static async Task<JsonElement?> RunAsync(ScenarioArguments arguments, int seed, int seconds, string run, CancellationToken ct)
    {
        var json = run + ".json";
        var port = FirstPort + (seed % 500 * 10);
        List<string> options =
        [
            "--chaos", Text(seconds), "--seed", Text(seed), "--orders", Text(seconds * OrdersPerSecond), "--shops", "4", "--speed", "600",
            "--hosts", Text(arguments.Number("hosts", 3)), "--until-done", "--timeout", Text(arguments.Number("patience", 120)),
            "--port", Text(port), "--sandbox-port", Text(port + 5), "--data", run, "--json", json,
        ];
        var program = RepositoryFiles.Path("deploy", "up.sh");
        if (arguments.Text("host-program") is { } host)
        {
            program = host;
            options.Insert(0, "demo");
        }

        if (arguments.Text("sandbox-program") is { } sandbox)
        {
            options.AddRange(["--sandbox-program", sandbox]);
        }

        var start = new ProcessStartInfo(program, options) { RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start) ?? throw new InvalidOperationException($"{program} did not start.");
        await using var log = new StreamWriter(run + ".log");
        var gate = new Lock();
        void Keep(object sender, DataReceivedEventArgs line)
        {
            lock (gate)
            {
                log.WriteLine(line.Data);
            }
        }

        process.OutputDataReceived += Keep;
        process.ErrorDataReceived += Keep;
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        await process.WaitForExitAsync(ct);
        return File.Exists(json) ? JsonDocument.Parse(await File.ReadAllTextAsync(json, ct)).RootElement : null;
    }

    private static string Describe(JsonElement? summary) => summary is not { } s
        ? "the run broke off"
        : string.Create(
            CultureInfo.InvariantCulture,
            $"{s.GetProperty("chaos").GetProperty("kills")} kills, {ChaosTotals.FaultsOf(s)} faults, {s.GetProperty("orders_imported")} of {s.GetProperty("orders_placed")} orders, {s.GetProperty("labels_bought")} labels, {s.GetProperty("labels_charged_twice")} charged twice, {s.GetProperty("packages_without_order")} orphans, {ChaosTotals.LateOf(s)} late, finished {s.GetProperty("finished")}, {s.GetProperty("wall_s").GetDouble():F0} s");

    private static IEnumerable<string> FindingsOf(JsonElement? summary) => summary is { } s
        ? s.GetProperty("invariants").EnumerateArray().Where(i => !i.GetProperty("ok").GetBoolean())
            .Select(i => $"{i.GetProperty("name").GetString()}: {i.GetProperty("detail").GetString()}")
            .Concat(s.GetProperty("unfinished_orders").EnumerateArray().Take(5).Select(o => $"unfinished: {o.GetString()}"))
        : ["no summary: the end of what it printed says why"];

    private static string Text(int value) => value.ToString(CultureInfo.InvariantCulture);
}
