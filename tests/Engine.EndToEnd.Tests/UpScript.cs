using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Engine.Testing;

namespace Engine.EndToEnd.Tests;

/// <summary>The run that `deploy/up.sh` starts, with real processes, on ports and in a folder of its own.</summary>
internal static class UpScript
{
    /// <summary>Only ends a run that would hang; the run itself says when it is done.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(4);

    public static async Task<JsonElement> RunAsync(params string[] arguments)
    {
        var folder = Directory.CreateTempSubdirectory("engine-e2e-");
        if (!OperatingSystem.IsWindows())
        {
            // The database's own user must get through.
            folder.UnixFileMode |= UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;
        }

        var json = Path.Combine(folder.FullName, "summary.json");
        var start = new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, "Engine.Host"))
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var argument in (string[])
        [
            "demo", "--until-done", "--timeout", "200", "--json", json, "--data", Path.Combine(folder.FullName, "run"), "--port", $"{FreePort()}",
            "--sandbox-port", $"{FreePort()}", "--sandbox-program", Path.Combine(AppContext.BaseDirectory, "Engine.Sandbox"), .. arguments,
        ])
        {
            start.ArgumentList.Add(argument);
        }

        using var run = Process.Start(start)!;
        var output = run.StandardOutput.ReadToEndAsync();
        var error = run.StandardError.ReadToEndAsync();
        await run.WaitForExitAsync().WaitAsync(Patience);
        var said = await output + await error;
        Assert.True(run.ExitCode == 0, $"Exit code {run.ExitCode}; everything is in {folder.FullName}:\n{said}");
        using var summary = JsonDocument.Parse(await File.ReadAllBytesAsync(json));
        var result = summary.RootElement.Clone();
        folder.Delete(recursive: true);
        return result;
    }

    public static long Number(this JsonElement summary, string name) => summary.GetProperty(name).GetInt64();

    public static void AllInvariantsHold(this JsonElement summary)
    {
        var invariants = summary.GetProperty("invariants").EnumerateArray().ToList();
        Assert.NotEmpty(invariants);
        Assert.All(invariants, i => Assert.True(i.GetProperty("ok").GetBoolean(), i.ToString()));
    }

    private static int FreePort()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }
}
