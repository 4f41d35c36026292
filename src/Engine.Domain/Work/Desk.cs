using System.Collections.Immutable;
using Engine.Domain.Cancellations;
using Engine.Domain.Orders;

namespace Engine.Domain.Work;

/// <summary>Who does what an order needs: one of each per shop.</summary>
public enum Desk
{
    Labels,
    Documents,
    Cancellations,
}

public static class DeskRules
{
    /// <summary>Null: no desk; others look for such rows by themselves, or a person does.</summary>
    public static Desk? DoneBy(WorkKind kind) => kind switch
    {
        WorkKind.BuyLabel or WorkKind.SendTracking or WorkKind.ReadBack or WorkKind.Allocate or WorkKind.WatchScan => Desk.Labels,
        WorkKind.FetchDocument => Desk.Documents,
        WorkKind.SettleCancellation => Desk.Cancellations,
        _ => null,
    };

    public static ImmutableArray<WorkKind> KindsOf(Desk desk) => [.. Enum.GetValues<WorkKind>().Where(k => DoneBy(k) == desk)];

    /// <summary>Who may have work that is due at once when this was stored; null = nobody. What falls due later is found by its due time.</summary>
    public static Desk? ToldOf(OrderEvent stored) => stored switch
    {
        LabelPurchased or LabelAdopted => Desk.Documents,
        CancellationRequested or CancellationAnswerOrdered => Desk.Cancellations,
        OrderReleased or OrderAllocated or OrderUpdated or OrderResumed or CancellationWithdrawn or PurchaseNotApplied or PurchaseUnknown
            or PurchaseCleared or PurchaseRejected or TrackingSubmitted => Desk.Labels,
        _ => null,
    };
}
