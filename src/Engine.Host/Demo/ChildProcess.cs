using System.Diagnostics;
using Engine.Host.Startup;

namespace Engine.Host.Demo;

/// <summary>A process of the demonstration, its output in a file.</summary>
internal sealed class ChildProcess : IAsyncDisposable
{
    private readonly Process process;
    private readonly StreamWriter log;
    private readonly Lock gate = new();
    private bool disposed;

    private ChildProcess(Process process, StreamWriter log)
    {
        this.process = process;
        this.log = log;
        Id = process.Id;
    }

    /// <summary>Also when it has ended, and even when it was disposed.</summary>
    public int Id { get; }

    public bool HasExited => process.HasExited;

    /// <summary>Of an ended process.</summary>
    public int ExitCode => process.ExitCode;

    public static ChildProcess Start(string program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string> environment, string logFile)
    {
        var start = new ProcessStartInfo(program) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        foreach (var (key, value) in environment)
        {
            start.Environment[key] = value;
        }

        var log = new StreamWriter(new FileStream(logFile, FileMode.Append, FileAccess.Write, FileShare.ReadWrite)) { AutoFlush = true };
        var child = new ChildProcess(Process.Start(start) ?? throw new InvalidOperationException($"'{program}' could not be started."), log);
        child.process.OutputDataReceived += child.Write;
        child.process.ErrorDataReceived += child.Write;
        child.process.StandardInput.Close();
        child.process.BeginOutputReadLine();
        child.process.BeginErrorReadLine();
        return child;
    }

    public Task WaitForExitAsync(CancellationToken ct) => process.WaitForExitAsync(ct);

    /// <summary>It was stopped by SIGSTOP and not woken since (Linux: state T in /proc).</summary>
    public bool IsFrozen
    {
        get
        {
            try
            {
                // The name, in parentheses, may hold anything; the state follows it.
                var stat = File.ReadAllText($"/proc/{Id}/stat");
                return stat[(stat.LastIndexOf(')') + 1)..].TrimStart().StartsWith('T');
            }
            catch (IOException)
            {
                return false;
            }
        }
    }

    /// <summary>SIGTERM: it is to end its work and leave.</summary>
    public void Terminate() => Signal(Signals.Terminate);

    /// <summary>SIGKILL: no handler runs, as at a power loss of this one process.</summary>
    /// <returns>False when it had ended already.</returns>
    public bool Kill() => Signal(Signals.Kill);

    /// <summary>SIGSTOP: the process stands still, with its connections open, until <see cref="Wake"/>.</summary>
    public void Freeze() => Signal(Signals.Stop);

    /// <summary>SIGCONT: nothing to a process that runs.</summary>
    public void Wake() => Signal(Signals.Continue);

    /// <summary>Nothing when it has ended: its id may be another's by now.</summary>
    private bool Signal(int signal)
    {
        lock (gate)
        {
            if (disposed || process.HasExited)
            {
                return false;
            }

            Signals.Send(Id, signal);
            return true;
        }
    }

    /// <summary>SIGTERM, and SIGKILL where that is not obeyed in time.</summary>
    public async Task StopAsync(TimeSpan patience)
    {
        if (process.HasExited)
        {
            return;
        }

        // One that was frozen could not obey.
        Wake();
        Signal(Signals.Terminate);
        using var limit = new CancellationTokenSource(patience, TimeProvider.System);
        try
        {
            await process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            Kill();
            await process.WaitForExitAsync(CancellationToken.None);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync(TimeSpan.FromSeconds(20));
        lock (gate)
        {
            disposed = true;
            process.Dispose();
            log.Dispose();
        }
    }

    private void Write(object sender, DataReceivedEventArgs line)
    {
        lock (gate)
        {
            if (line.Data is { } text && log.BaseStream is { CanWrite: true })
            {
                log.WriteLine(text);
            }
        }
    }
}
