using Engine.Domain.Ports;

namespace Engine.Domain.Labels;

/// <summary>Which label to buy next.</summary>
/// <remarks>First what can still be in time, earliest deadline first; what is late already comes behind, but keeps a floor of one in
/// <see cref="LateFloor"/>, so that it is never starved.</remarks>
public static class PurchasePlanner
{
    public const int LateFloor = 5;

    public static List<DueWork> Order(IEnumerable<DueWork> due, DateTimeOffset now)
    {
        var inTime = new Queue<DueWork>();
        var late = new Queue<DueWork>();
        foreach (var work in due.OrderBy(w => w.DeadlineAt ?? DateTimeOffset.MaxValue).ThenBy(w => w.Order.OrderId, StringComparer.Ordinal))
        {
            (work.DeadlineAt is { } by && by < now ? late : inTime).Enqueue(work);
        }

        var plan = new List<DueWork>(inTime.Count + late.Count);
        while (inTime.Count + late.Count > 0)
        {
            var lateTurn = late.Count > 0 && (inTime.Count == 0 || plan.Count % LateFloor == LateFloor - 1);
            plan.Add(lateTurn ? late.Dequeue() : inTime.Dequeue());
        }

        return plan;
    }
}
