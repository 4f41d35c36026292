namespace Engine.Host.Demo;

/// <summary>One host that is started again whenever it dies, until it is told to stop.</summary>
internal sealed class HostProcess : IAsyncDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    /// <summary>A host that lives shorter than this counts as failing to start; so many in a row end the run.</summary>
    private static readonly TimeSpan ShortLife = TimeSpan.FromSeconds(10);
    private readonly int shortLivesMax;

    private readonly Func<ChildProcess> start;
    private readonly CancellationTokenSource stop = new();
    private readonly TaskCompletionSource gaveUp = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task watch;
    private ChildProcess current;
    private volatile TaskCompletionSource? heldDown;

    /// <param name="shortLivesMax">More where the database is taken away on purpose, without which no host starts.</param>
    public HostProcess(int number, Func<ChildProcess> start, int shortLivesMax)
    {
        Number = number;
        this.shortLivesMax = shortLivesMax;
        this.start = start;
        current = start();
        watch = WatchAsync();
    }

    public int Number { get; }

    public int Restarts { get; private set; }

    public int ProcessId => current.Id;

    /// <summary>Timestamp of the system's clock at which the present process was started.</summary>
    public long StartedAt { get; private set; } = TimeProvider.System.GetTimestamp();

    /// <summary>Fails when the host dies again and again.</summary>
    public Task GaveUp => gaveUp.Task;

    /// <summary>Raised with the new process id after a restart.</summary>
    public event Action<HostProcess>? Restarted;

    public bool IsFrozen => current.IsFrozen;

    /// <returns>False when it had ended already.</returns>
    public bool Kill() => current.Kill();

    /// <summary>SIGSTOP. What is returned lets this very process go on (SIGCONT), if it still lives.</summary>
    public Action Freeze()
    {
        var frozen = current;
        frozen.Freeze();
        return frozen.Wake;
    }

    /// <summary>SIGTERM; it is started again when it has ended.</summary>
    public void Terminate() => current.Terminate();

    /// <summary>From now on it is not started again when it ends, until <see cref="LetUp"/>.</summary>
    public void HoldDown() => heldDown = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    public void LetUp()
    {
        heldDown?.TrySetResult();
        heldDown = null;
    }

    public void Wake() => current.Wake();

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await watch;
        await current.DisposeAsync();
        stop.Dispose();
    }

    private async Task WatchAsync()
    {
        var shortLives = 0;
        try
        {
            while (true)
            {
                var started = TimeProvider.System.GetTimestamp();
                await current.WaitForExitAsync(stop.Token);
                var exit = current.ExitCode;
                shortLives = TimeProvider.System.GetElapsedTime(started) < ShortLife && exit is not 137 and not 9 ? shortLives + 1 : 0;
                if (shortLives >= shortLivesMax)
                {
                    gaveUp.TrySetException(new InvalidOperationException($"Host {Number} ended {shortLives} times soon after its start (exit code {exit}): see its log."));
                    return;
                }

                await Task.Delay(Pause, TimeProvider.System, stop.Token);
                await (heldDown?.Task ?? Task.CompletedTask).WaitAsync(stop.Token);
                await current.DisposeAsync();
                current = start();
                StartedAt = TimeProvider.System.GetTimestamp();
                Restarts++;
                Restarted?.Invoke(this);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // Told to stop.
        }
    }
}
