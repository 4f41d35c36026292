using Engine.Domain.Ports;

namespace Engine.Domain.Labels;

/// <summary>Which label to buy next (design 3.5).</summary>
/// <remarks>First what the marketplace would otherwise soon cancel, nearest cancellation first; then what can still be in time, earliest deadline
/// first; what is late already comes behind, but keeps a floor of one in <see cref="LateFloor"/>, so that it is never starved.</remarks>
public static class PurchasePlanner
{
    public const int LateFloor = 5;

    /// <param name="autoCancelMargin">How near the marketplace's own cancellation makes an order urgent; one that has passed unnoticed is urgent too.</param>
    public static List<DueWork> Order(IEnumerable<DueWork> due, DateTimeOffset now, TimeSpan autoCancelMargin)
    {
        var endangered = new List<DueWork>();
        var others = new List<DueWork>();
        foreach (var work in due)
        {
            (work.CancelAt <= now + autoCancelMargin ? endangered : others).Add(work);
        }

        var first = new Queue<DueWork>(endangered.OrderBy(w => w.CancelAt).ThenBy(w => w.Order.OrderId, StringComparer.Ordinal));
        var late = new Queue<DueWork>();
        foreach (var work in others.OrderBy(w => w.DeadlineAt ?? DateTimeOffset.MaxValue).ThenBy(w => w.Order.OrderId, StringComparer.Ordinal))
        {
            (work.DeadlineAt < now ? late : first).Enqueue(work);
        }

        var plan = new List<DueWork>(first.Count + late.Count);
        while (first.Count + late.Count > 0)
        {
            var lateTurn = late.Count > 0 && (first.Count == 0 || plan.Count % LateFloor == LateFloor - 1);
            plan.Add(lateTurn ? late.Dequeue() : first.Dequeue());
        }

        return plan;
    }
}
