using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Engine.Host.Tests;

/// <summary>The real program, with settings of the test's own and nothing of the machine's.</summary>
internal sealed class HostUnderTest : IAsyncDisposable
{
    public const string Ready = "listens on";

    /// <summary>Only ends a test that would hang; no test waits for it.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    private readonly Process process;
    private readonly TaskCompletionSource<bool> ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<string> output = [];

    private HostUnderTest(Process process) => this.process = process;

    public int ProcessId => process.Id;

    public string Output
    {
        get
        {
            lock (output)
            {
                return string.Join('\n', output);
            }
        }
    }

    public static int FreePort()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }

    public static Dictionary<string, string?> Settings(string folder, int port) => new()
    {
        ["ENGINE_DATA"] = folder,
        ["ENGINE_HTTP"] = $"http://127.0.0.1:{port}",
        ["ENGINE_SILO_PORT"] = "0",
        ["ENGINE_GATEWAY_PORT"] = "0",
        ["FrontDoor__DrainTime"] = "00:00:00",
        ["TikTok__AppKey"] = "test-app",
        ["TikTok__AppSecret"] = "test-secret",
    };

    public static HostUnderTest Start(IReadOnlyDictionary<string, string?> settings, params string[] arguments)
    {
        var start = new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, "Engine.Host"))
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = AppContext.BaseDirectory,
        };
        foreach (var inherited in start.Environment.Keys.Where(k => k.StartsWith("ENGINE_", StringComparison.Ordinal) || k.Contains("__", StringComparison.Ordinal)).ToList())
        {
            start.Environment.Remove(inherited);
        }

        foreach (var (key, value) in settings)
        {
            start.Environment[key] = value;
        }

        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        var host = new HostUnderTest(Process.Start(start)!);
        host.process.OutputDataReceived += host.Take;
        host.process.ErrorDataReceived += host.Take;
        host.process.BeginOutputReadLine();
        host.process.BeginErrorReadLine();
        return host;
    }

    /// <summary>When it has said that it listens; fails when it ends instead.</summary>
    public async Task ReadyAsync()
    {
        var ended = process.WaitForExitAsync();
        if (await Task.WhenAny(ready.Task, ended).WaitAsync(Patience) == ended)
        {
            Assert.Fail($"The host ended with {process.ExitCode} instead of becoming ready:\n{Output}");
        }
    }

    public async Task<int> ExitAsync()
    {
        await process.WaitForExitAsync().WaitAsync(Patience);
        return process.ExitCode;
    }

    public async Task KillAsync()
    {
        process.Kill();
        await ExitAsync();
    }

    public async Task<int> StopAsync()
    {
        using var kill = Process.Start("kill", ["-TERM", process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
        return await ExitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited)
        {
            await StopAsync();
        }

        process.Dispose();
    }

    private void Take(object sender, DataReceivedEventArgs line)
    {
        if (line.Data is not { } text)
        {
            return;
        }

        lock (output)
        {
            output.Add(text);
        }

        if (text.StartsWith("Engine ", StringComparison.Ordinal) && text.Contains(Ready, StringComparison.Ordinal))
        {
            ready.TrySetResult(true);
        }
    }
}
