using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Engine.Testing;

namespace Engine.LoadTests.Recovery;

/// <summary>Three hosts under load: one killed, all killed, one frozen, one stopped, a rolling restart; and left alone at full load, where nobody may be declared dead.</summary>
/// <remarks>What happens in a run, and how it is measured, is in `Engine.Host/Demo/Recovery`; this is the one that starts the two runs and judges. The hosts are built
/// by `deploy/build.sh --whole`: after the death of all of them, what the JIT compiler still has to do is most of the way back.</remarks>
public sealed class RecoveryScenario : IScenario
{
    private const int FirstPort = 24100;
    private const string Faults = "kill-one,kill-all,freeze-one,stop-one,rolling";

    public string Name => "recovery";

    public string Summary => $"hosts struck under load, then --minutes of full load  [--phases {Faults}] [--rate 40] [--minutes 1] [--full-rate 150] [--shops 24] [--ramp 60] [--seed 1]";

    public async Task<int> RunAsync(ScenarioArguments arguments, CancellationToken ct)
    {
        var result = new Dictionary<string, object?>(StringComparer.Ordinal);
        var missed = new List<string>();
        var phases = arguments.Text("phases") ?? Faults;
        if (phases != "none")
        {
            missed.AddRange(Judge(await RunAsync(arguments, phases, arguments.Number("rate", 40), ct), result));
        }

        if (arguments.Number("minutes", 1) is > 0 and var minutes)
        {
            missed.AddRange(Judge(await RunAsync(arguments, $"steady:{minutes * 60}", arguments.Number("full-rate", 150), ct), result));
        }

        foreach (var miss in missed)
        {
            Console.WriteLine($"MISSED {miss}");
        }

        await FlatJson.WriteAsync(arguments, result, ct);
        return missed.Count == 0 ? 0 : 1;
    }

    /// <returns>The run's own summary; null when it left none.</returns>
    private static async Task<JsonElement?> RunAsync(ScenarioArguments arguments, string phases, int rate, CancellationToken ct)
    {
        var folder = RunFolder.Create("engine-recovery-");
        var json = Path.Combine(folder.FullName, "summary.json");
        string[] options =
        [
            "--whole", "--hosts", "3", "--shops", Text(arguments.Number("shops", 24)), "--rate", Text(rate), "--ramp", Text(arguments.Number("ramp", 60)), "--recovery", phases,
            "--seed", Text(arguments.Number("seed", 1)), "--until-done", "--timeout", Text(arguments.Number("patience", 600) + (arguments.Number("minutes", 1) * 60)),
            "--port", Text(FirstPort), "--sandbox-port", Text(FirstPort + 5), "--data", Path.Combine(folder.FullName, "run"), "--json", json,
        ];
        var start = new ProcessStartInfo(RepositoryFiles.Path("deploy", "up.sh"), options);
        using var run = Process.Start(start) ?? throw new InvalidOperationException($"{start.FileName} did not start.");
        await run.WaitForExitAsync(ct);
        if (!File.Exists(json))
        {
            Console.WriteLine($"The run left no summary; its logs are in {folder.FullName}.");
            return null;
        }

        var summary = JsonDocument.Parse(await File.ReadAllTextAsync(json, ct)).RootElement;
        if (run.ExitCode == 0)
        {
            folder.Delete(recursive: true);
        }
        else
        {
            Console.WriteLine($"Not all is well: logs and database are in {folder.FullName}.");
        }

        return summary;
    }

    /// <summary>Flattens the figures and says which of issue 3's are missed.</summary>
    private static IEnumerable<string> Judge(JsonElement? summary, Dictionary<string, object?> result)
    {
        if (summary is not { } run)
        {
            yield return "a run broke off";
            yield break;
        }

        foreach (var phase in run.GetProperty("recovery").GetProperty("phases").EnumerateArray())
        {
            var name = phase.GetProperty("phase").GetString()!;
            double Figure(string of) => phase.GetProperty(of).ValueKind == JsonValueKind.Number ? phase.GetProperty(of).GetDouble() : 0;
            foreach (var figure in phase.EnumerateObject().Where(f => f.Value.ValueKind == JsonValueKind.Number))
            {
                result[$"{name.Replace('-', '_')}_{figure.Name}"] = figure.Value.GetDouble();
            }

            double? bound = name switch { "kill-one" => 3, "kill-all" => 10, _ => null };
            if (bound is { } most && Figure("moved_within_s") > most)
            {
                yield return $"{name}: all orders moved within {Figure("moved_within_s")} s, not {most} s";
            }

            if (name is "stop-one" or "rolling" && Figure("failed_calls") + Figure("failed_webhooks") > 0)
            {
                yield return $"{name}: {Figure("failed_calls")} calls and {Figure("failed_webhooks")} webhooks failed";
            }

            if (Figure("false_evictions") > 0)
            {
                yield return $"{name}: {Figure("false_evictions")} hosts declared dead that were not struck";
            }

            if (name != "steady" && Figure("orders") < 1)
            {
                yield return $"{name}: the orders had ended before it began, the machine was too busy";
            }

            if (Figure("stuck") > 0)
            {
                yield return $"{name}: {Figure("stuck")} orders never went on";
            }
        }

        var clean = run.GetProperty("finished").GetBoolean() && run.GetProperty("invariants").EnumerateArray().All(i => i.GetProperty("ok").GetBoolean());
        foreach (var count in (string[])["labels_charged_twice", "packages_without_order", "orders_placed", "orders_imported", "labels_bought"])
        {
            result[count] = run.GetProperty(count).GetInt64() + (result.TryGetValue(count, out var before) ? (long)before! : 0);
        }

        result["invariants_ok"] = clean && (!result.TryGetValue("invariants_ok", out var ok) || (bool)ok!);
        if (!clean || run.GetProperty("labels_charged_twice").GetInt64() + run.GetProperty("packages_without_order").GetInt64() > 0)
        {
            yield return "the books: see the findings above";
        }
    }

    private static string Text(int value) => value.ToString(CultureInfo.InvariantCulture);
}
