using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Engine.Testing;
using HdrHistogram;

namespace Engine.LoadTests.Peak;

/// <summary>The full way, webhook to stored label, with real processes: orders come at a fixed rate whether or not the engine keeps up.</summary>
/// <remarks>Hold 0 s, budgets opened wide. Latency counts from the instant at which the order was meant to be shippable. Sandbox, load generator,
/// PostgreSQL and the engine share this machine.</remarks>
public sealed class PeakScenario : IScenario
{
    public string Name => "peak";

    public string Summary => "full way at a fixed rate  [--rate 500] [--warm-up 60] [--seconds 30] [--shops 4] [--patience 120]";

    public async Task<int> RunAsync(ScenarioArguments arguments, CancellationToken ct)
    {
        var rate = arguments.Number("rate", 500);
        var seconds = arguments.Number("seconds", 30);
        var warmUp = arguments.Number("warm-up", 60);
        var work = Directory.CreateTempSubdirectory("engine-peak-");
        var json = Path.Combine(work.FullName, "summary.json");
        var raw = Path.Combine(work.FullName, "latencies.txt");
        try
        {
            using var run = Start(work.FullName, rate, warmUp, (rate * warmUp / 2) + (rate * seconds), arguments.Number("shops", 4), arguments.Number("patience", 180), json, raw);
            var cpu = new CpuByProcess(run.Id);
            var output = EchoAsync(run);
            while (!run.HasExited)
            {
                cpu.Sample();
                await Task.WhenAny(run.WaitForExitAsync(ct), Task.Delay(500, ct));
                ct.ThrowIfCancellationRequested();
            }

            await output;
            if (!File.Exists(json))
            {
                Console.Error.WriteLine($"The run left no summary (exit code {run.ExitCode}); its output is above.");
                return 1;
            }

            var result = Report(JsonDocument.Parse(await File.ReadAllTextAsync(json, ct)).RootElement, await File.ReadAllLinesAsync(raw, ct), cpu, rate, warmUp, seconds);
            await FlatJson.WriteAsync(arguments, result, ct);
            return run.ExitCode;
        }
        finally
        {
            work.Delete(recursive: true);
        }
    }

    private static Process Start(string data, int rate, int warmUp, int orders, int shops, int patience, string json, string raw)
    {
        var start = new ProcessStartInfo(RepositoryFiles.Path("deploy", "up.sh")) { RedirectStandardOutput = true, UseShellExecute = false };
        string[] options =
        [
            "--rate", rate.ToString(CultureInfo.InvariantCulture), "--ramp", warmUp.ToString(CultureInfo.InvariantCulture), "--orders", orders.ToString(CultureInfo.InvariantCulture),
            "--shops", shops.ToString(CultureInfo.InvariantCulture), "--until-done", "--timeout", (warmUp + (orders / rate) + patience).ToString(CultureInfo.InvariantCulture),
            "--data", Path.Combine(Path.GetTempPath(), $"engine-peak-run-{Environment.ProcessId}"), "--json", json, "--latencies", raw,
        ];
        foreach (var option in options)
        {
            start.ArgumentList.Add(option);
        }

        start.WorkingDirectory = data;
        return Process.Start(start) ?? throw new InvalidOperationException($"{start.FileName} did not start.");
    }

    private static async Task EchoAsync(Process run)
    {
        while (await run.StandardOutput.ReadLineAsync() is { } line)
        {
            Console.WriteLine(line.Length > 200 ? line[..200] : line);
        }
    }

    private static Dictionary<string, object?> Report(JsonElement summary, string[] raw, CpuByProcess cpu, int rate, int warmUp, int seconds)
    {
        var histogram = new LongHistogram(TimeSpan.FromHours(1).Ticks / TimeSpan.TicksPerMillisecond, 3);
        // In order of release: the first line is the first order.
        var from = raw.Length == 0 ? 0 : double.Parse(raw[0].Split(' ')[0], CultureInfo.InvariantCulture) + (warmUp * 1000);
        var to = from + (seconds * 1000);
        var storedInWindow = 0;
        foreach (var line in raw)
        {
            var parts = line.Split(' ');
            var at = double.Parse(parts[0], CultureInfo.InvariantCulture);
            var latency = double.Parse(parts[1], CultureInfo.InvariantCulture);
            if (at >= from)
            {
                histogram.RecordValue(Math.Max(1, (long)latency));
            }

            storedInWindow += at + latency >= from && at + latency < to ? 1 : 0;
        }

        double Quantile(double percent) => histogram.TotalCount == 0 ? double.NaN : histogram.GetValueAtPercentile(percent);
        var labels = summary.GetProperty("labels_bought").GetInt64();
        var slowest = histogram.TotalCount == 0 ? 0 : histogram.GetMaxValue() / 1000.0;
        var sustained = (double)storedInWindow / seconds;
        var wall = summary.GetProperty("wall_s").GetDouble();
        Console.WriteLine($"\nasked for {rate} orders/s over {seconds} s, after a rise of {warmUp} s; in these {seconds} s {storedInWindow} labels stored, {sustained:N0} orders/s; {labels} in all; shippable to stored p50 {Quantile(50):N0} ms  p99 {Quantile(99):N0} ms  p99.9 {Quantile(99.9):N0} ms  max {slowest:N1} s");
        Console.WriteLine($"where the CPU went in these {seconds} s, of {Environment.ProcessorCount} processors:");
        var result = new Dictionary<string, object?>(StringComparer.Ordinal)
        {
            ["orders_per_s"] = Math.Round(sustained, 1),
            ["p50_ms"] = Quantile(50),
            ["p99_ms"] = Quantile(99),
            ["p999_ms"] = Quantile(99.9),
            ["budget_per_s"] = Math.Round(summary.GetProperty("api_calls").GetInt64() / wall, 1),
        };
        foreach (var (stage, used) in cpu.Between(from, to).OrderByDescending(c => c.Value))
        {
            var share = used * 100 / seconds / Environment.ProcessorCount;
            var anOrder = used * 1000 / Math.Max(1, storedInWindow);
            if (stage is CpuByProcess.Idle or CpuByProcess.Stolen)
            {
                Console.WriteLine($"  {stage,-12} {used,7:N1} s  {share,5:N1} %");
                result[$"cpu_percent_{stage}"] = Math.Round(share, 1);
                continue;
            }

            Console.WriteLine($"  {stage,-12} {used,7:N1} s  {share,5:N1} %  {anOrder,6:N2} ms an order");
            result[$"cpu_ms_per_order_{stage}"] = Math.Round(anOrder, 3);
        }

        return result;
    }
}
