namespace Engine.Domain.Budgets;

/// <summary>How many calls may have arrived, or may still arrive, within one window of a platform that counts arrivals. We only know when a call left and when it
/// was answered: a process, a network or a platform that stood still for a moment delivers at once what left evenly. A call whose answer took longer than the
/// fastest of late may have been late on its way, and keeps its place for as much longer.</summary>
/// <remarks>Answers are taken for those of the calls that left first: how many are under way is exact, which ones matters little. Not safe for use by several threads.</remarks>
/// <param name="limit">Calls permitted in a window; 1 or more.</param>
/// <param name="doubtMax">For how much longer than a window a call keeps its place at most: an answer that was lost must not close the gate for the whole time-out.</param>
public sealed class DepartureWindow(int limit, TimeSpan doubtMax)
{
    /// <summary>Answers whose fastest says how long the way takes (invented: some seconds' worth at a usual limit, more than a standstill holds up at once). Until there
    /// were so many, it counts as nothing: in a process that has just started the first answers are the slowest.</summary>
    private const int Block = 256;

    /// <summary>How soon to look again when only calls without an answer are in the way.</summary>
    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(10);

    private readonly Queue<TimeSpan> underWay = new();
    private readonly PriorityQueue<TimeSpan, TimeSpan> answered = new();
    private TimeSpan fastest = TimeSpan.Zero;
    private TimeSpan fastestOfBlock = TimeSpan.MaxValue;
    private TimeSpan fastestOfLastBlock = TimeSpan.MaxValue;
    private int inBlock;

    /// <summary>Notes a call as leaving now, where there is room.</summary>
    /// <param name="now">Time since some fixed instant; never goes back.</param>
    /// <param name="window">In what time the limit may leave.</param>
    /// <returns>Zero: it may leave. Else how long to wait before asking again.</returns>
    public TimeSpan TryLeave(TimeSpan now, TimeSpan window)
    {
        while (answered.TryPeek(out var place, out _) && place + window <= now)
        {
            answered.Dequeue();
        }

        while (underWay.TryPeek(out var left) && left + window + doubtMax <= now)
        {
            underWay.Dequeue();
        }

        if (underWay.Count + answered.Count < limit)
        {
            underWay.Enqueue(now);
            return TimeSpan.Zero;
        }

        var wait = answered.TryPeek(out var first, out _) ? first + window - now : TimeSpan.MaxValue;
        if (underWay.TryPeek(out var oldest))
        {
            var unanswered = oldest + window - now;
            wait = Least(wait, unanswered > LookAgain ? unanswered : LookAgain);
        }

        return wait;
    }

    /// <summary>A call was answered, or is known to have been given up.</summary>
    /// <param name="now">As for <see cref="TryLeave"/>.</param>
    public void Answered(TimeSpan now)
    {
        if (!underWay.TryDequeue(out var left))
        {
            return;
        }

        var trip = now - left;
        fastest = Least(fastest, trip);
        var place = left + Least(trip - fastest, doubtMax);
        answered.Enqueue(place, place);
        Learn(trip);
    }

    /// <summary>The fastest of this block and the last: a way that has become longer is learned within two.</summary>
    private void Learn(TimeSpan trip)
    {
        fastestOfBlock = Least(fastestOfBlock, trip);
        if (++inBlock < Block)
        {
            return;
        }

        fastest = Least(fastestOfBlock, fastestOfLastBlock);
        (fastestOfLastBlock, fastestOfBlock, inBlock) = (fastestOfBlock, TimeSpan.MaxValue, 0);
    }

    private static TimeSpan Least(TimeSpan a, TimeSpan b) => a < b ? a : b;
}
