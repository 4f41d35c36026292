using System.Collections.Concurrent;

namespace Engine.Host.Demo.Recovery;

/// <summary>A call that the client must call failed: no answer, an answer of 500 or more, or nobody to send it to.</summary>
/// <param name="At">System instant at which the call was meant to be made.</param>
/// <param name="Host">0: none was ready.</param>
internal sealed record FailedCall(DateTimeOffset At, string What, int Host, string Why);

/// <summary>Calls made to the front door, and those that failed.</summary>
internal sealed class CallBook
{
    private readonly ConcurrentQueue<FailedCall> failed = new();
    private readonly ConcurrentQueue<(DateTimeOffset At, double Ms)> answered = new();

    public void Answered(DateTimeOffset at, TimeSpan took) => answered.Enqueue((at, took.TotalMilliseconds));

    public void Failed(FailedCall call) => failed.Enqueue(call);

    public CallFigures Between(DateTimeOffset from, DateTimeOffset to)
    {
        var wrong = failed.Where(f => f.At >= from && f.At < to).ToList();
        var right = answered.Where(a => a.At >= from && a.At < to).Select(a => a.Ms).ToList();
        return new CallFigures(right.Count + wrong.Count, wrong.Count, right.Count == 0 ? 0 : Math.Round(right.Max()), [.. wrong.Take(5).Select(f => $"{f.What} to host {f.Host} at {f.At:HH:mm:ss.fff}: {f.Why}")]);
    }
}

/// <param name="LongestMs">Of those that were answered.</param>
internal sealed record CallFigures(int Calls, int Failed, double LongestMs, IReadOnlyList<string> Failures);
