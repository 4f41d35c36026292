using System.Diagnostics;

namespace Engine.LoadTests.Limits;

/// <summary>One way to make order lives durable: an insert and four updates each, every one of the five acknowledged only when it is on disk.</summary>
public interface IContender : IAsyncDisposable
{
    /// <summary>In tables, and (with `_per_s`) in the JSON.</summary>
    string Name { get; }

    /// <summary>Before every run: empty tables, connections open. Not measured.</summary>
    Task PrepareAsync(CancellationToken ct);

    /// <summary>Keeps that many lives under way for that long.</summary>
    Task<RunResult> RunAsync(int inFlight, TimeSpan duration, CancellationToken ct);
}

/// <param name="Orders">Lives completed within the duration.</param>
/// <param name="LifeSeconds">How long each took, ascending.</param>
public sealed record RunResult(long Orders, double Seconds, double[] LifeSeconds)
{
    public double PerSecond => Orders / Seconds;

    public double Quantile(double q) => LifeSeconds.Length == 0 ? double.NaN : LifeSeconds[(int)Math.Min(LifeSeconds.Length - 1, q * LifeSeconds.Length)];
}

/// <summary>A fixed number of workers, each living one order after the other.</summary>
public static class ClosedLoop
{
    /// <param name="life">Gets a number that no other life of the process has.</param>
    public static async Task<RunResult> RunAsync(int inFlight, TimeSpan duration, Func<long, Task> life, CancellationToken ct)
    {
        var started = Stopwatch.GetTimestamp();
        var workers = new Task<List<double>>[inFlight];
        for (var i = 0; i < inFlight; i++)
        {
            workers[i] = Task.Run(
                async () =>
                {
                    var took = new List<double>();
                    while (Stopwatch.GetElapsedTime(started) < duration && !ct.IsCancellationRequested)
                    {
                        var began = Stopwatch.GetTimestamp();
                        await life(Interlocked.Increment(ref lives)).ConfigureAwait(false);
                        if (Stopwatch.GetElapsedTime(started) <= duration)
                        {
                            took.Add(Stopwatch.GetElapsedTime(began).TotalSeconds);
                        }
                    }

                    return took;
                },
                ct);
        }

        var all = (await Task.WhenAll(workers)).SelectMany(w => w).ToArray();
        Array.Sort(all);
        return new RunResult(all.Length, duration.TotalSeconds, all);
    }

    private static long lives;
}
