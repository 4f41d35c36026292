using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Engine.Testing;

namespace Engine.EndToEnd.Tests;

/// <summary>A run of real processes, on ports and in a folder of its own.</summary>
internal sealed class EngineRun : IAsyncDisposable
{
    private static int lastPort = 20_000 + (Environment.ProcessId % 400 * 25);

    private const string Stays = "Everything goes on running";

    /// <summary>Only ends a run that would hang; the run itself says when it is done.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(4);

    private readonly Process process;
    private readonly List<string> output = [];
    private readonly TaskCompletionSource stays = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private bool succeeded;

    private EngineRun(Process process, string folder, int sandboxPort)
    {
        this.process = process;
        Folder = folder;
        Sandbox = new Uri($"http://127.0.0.1:{sandboxPort}");
    }

    /// <summary>Holds the summary, and in `run` what the processes keep.</summary>
    public string Folder { get; }

    public Uri Sandbox { get; }

    public string Data => Path.Combine(Folder, "run");

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

    private static string Program => Path.Combine(AppContext.BaseDirectory, "Engine.Host");

    public static EngineRun Start(params string[] arguments)
    {
        var folder = RunFolder.Create("engine-e2e-");
        var (port, sandboxPort) = (FreePort(), FreePort());
        var run = new EngineRun(
            Process.Start(Command(
            [
                "demo", "--until-done", "--timeout", "200", "--json", Path.Combine(folder.FullName, "summary.json"), "--data", Path.Combine(folder.FullName, "run"),
                "--port", $"{port}", "--sandbox-port", $"{sandboxPort}", "--sandbox-program", Path.Combine(AppContext.BaseDirectory, "Engine.Sandbox"), .. arguments,
            ]))!,
            folder.FullName,
            sandboxPort);
        run.process.OutputDataReceived += run.Take;
        run.process.ErrorDataReceived += run.Take;
        run.process.BeginOutputReadLine();
        run.process.BeginErrorReadLine();
        return run;
    }

    public async Task<int> ExitAsync()
    {
        await process.WaitForExitAsync().WaitAsync(Patience);
        return process.ExitCode;
    }

    /// <summary>A run with `--stay`: when it is done, has told its summary and goes on.</summary>
    public async Task DoneAsync()
    {
        if (await Task.WhenAny(stays.Task, process.WaitForExitAsync()).WaitAsync(Patience) != stays.Task)
        {
            Assert.Fail($"The run ended with {process.ExitCode} instead of staying; everything is in {Folder}:\n{Output}");
        }
    }

    public async Task<JsonElement> SummaryAsync()
    {
        using var summary = JsonDocument.Parse(await File.ReadAllBytesAsync(Path.Combine(Folder, "summary.json")));
        return summary.RootElement.Clone();
    }

    /// <summary>`Engine.Host COMMAND` beside the run, on the run's database.</summary>
    public async Task<(int Exit, string Said)> CommandAsync(params string[] arguments)
    {
        var start = Command(arguments);
        start.Environment["ENGINE_DATA"] = Data;
        using var command = Process.Start(start)!;
        var said = command.StandardOutput.ReadToEndAsync();
        var error = command.StandardError.ReadToEndAsync();
        await command.WaitForExitAsync().WaitAsync(Patience);
        return (command.ExitCode, await said + await error);
    }

    /// <summary>Nobody will want to look into its folder: it goes with the run.</summary>
    public void Succeeded() => succeeded = true;

    /// <summary>Ends it as an operator's `kill` does. Not with SIGINT: whoever starts the tests in the background (`nohup ... &`) has it ignored, and its children inherit that.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited)
        {
            using var kill = Process.Start("kill", ["-TERM", process.Id.ToString(CultureInfo.InvariantCulture)]);
            await kill.WaitForExitAsync();
            await process.WaitForExitAsync().WaitAsync(Patience);
        }

        process.Dispose();
        if (succeeded)
        {
            Directory.Delete(Folder, recursive: true);
        }
    }

    private static ProcessStartInfo Command(IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(Program) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        return start;
    }

    /// <summary>The first of four free ports in a row (a run's hosts follow one another), below those that Linux gives to outgoing connections:
    /// one of these could take a host's port while it starts.</summary>
    private static int FreePort()
    {
        while (true)
        {
            var first = Interlocked.Add(ref lastPort, 5);
            try
            {
                for (var port = first; port < first + 4; port++)
                {
                    using var probe = new TcpListener(IPAddress.Loopback, port);
                    probe.Start();
                }

                return first;
            }
            catch (SocketException)
            {
                // Taken: the next four.
            }
        }
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

        if (text.StartsWith(Stays, StringComparison.Ordinal))
        {
            stays.TrySetResult();
        }
    }
}
