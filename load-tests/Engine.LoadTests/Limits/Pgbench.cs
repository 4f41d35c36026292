using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Engine.Storage.Embedded;
using Npgsql;

namespace Engine.LoadTests.Limits;

/// <summary>How many tiny transactions (two bigints inserted) the disk and the server commit per second, by PostgreSQL's own tool.</summary>
public static partial class Pgbench
{
    /// <returns>Null with the reason when pgbench is not on this machine.</returns>
    public static async Task<(double? PerSecond, string? Why)> TinyCommitsAsync(BenchDatabase database, int clients, TimeSpan duration, CancellationToken ct)
    {
        var program = Directory.Exists("/usr/lib/postgresql")
            ? Directory.EnumerateFiles("/usr/lib/postgresql", "pgbench", SearchOption.AllDirectories).Order().LastOrDefault()
            : null;
        if (program is null)
        {
            return (null, "pgbench was not found");
        }

        await database.ExecuteAsync("drop table if exists tiny; create table tiny (a bigint, b bigint)", ct);
        var script = Path.GetTempFileName();
        await File.WriteAllTextAsync(script, "insert into tiny values (1, 2);\n", ct);
        var target = new NpgsqlConnectionStringBuilder(database.ConnectionString);
        var start = new ProcessStartInfo(program)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = "/",
            ArgumentList =
            {
                "--no-vacuum", "--protocol=prepared", "--jobs=2", $"--client={clients}", $"--time={(int)duration.TotalSeconds}",
                $"--file={script}", $"--host={target.Host}", $"--port={target.Port}", $"--username={target.Username}", target.Database!,
            },
        };
        start.Environment["PGPASSWORD"] = target.Password;
        using var process = Process.Start(start)!;
        var output = await process.StandardOutput.ReadToEndAsync(ct);
        var error = await process.StandardError.ReadToEndAsync(ct);
        await process.WaitForExitAsync(ct);
        File.Delete(script);
        var rate = Rate().Match(output);
        return rate.Success
            ? (double.Parse(rate.Groups[1].Value, CultureInfo.InvariantCulture), null)
            : (null, $"pgbench exited with {process.ExitCode}: {error.Trim()}");
    }

    [GeneratedRegex(@"tps = ([0-9.]+)")]
    private static partial Regex Rate();
}
