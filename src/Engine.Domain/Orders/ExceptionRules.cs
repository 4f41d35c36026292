using Engine.Domain.Cancellations;

namespace Engine.Domain.Orders;

/// <summary>What a person is to do next, as text and as a code that a program can act on.</summary>
public sealed record NextAction(string Code, string Text);

/// <summary>The exceptions queue: why, until when and what to do; all of it follows from the order's state.</summary>
public static class ExceptionRules
{
    /// <summary>When it becomes too late: the end of the answer window for a buyer's request, else the first deadline of the order that is still to come by.</summary>
    public static DateTimeOffset? DeadlineOf(OrderState order, FulfillmentPolicy policy) => order switch
    {
        { ParkedReason: ParkReason.CancellationAsked, Cancellation: { End: null } request } =>
            request.AnswerBy - policy.CancellationOf(order.Key.Shop).DecideBeforeEnd,
        { ParkedReason: ParkReason.CancellationRefused, Cancellation: { End: null } request } => request.AnswerBy,
        _ => order.Deadlines.LabelBy ?? order.Deadlines.DispatchBy ?? order.Deadlines.CancelledIfUnlabelledAt,
    };

    /// <summary>By the stored reason; a reason of a newer engine is shown with the general advice.</summary>
    public static NextAction ActionFor(string reason) => reason switch
    {
        ParkReason.NoMeasure => new("set_parcel_profile", "Set a parcel profile for the order's SKUs, then resume the order."),
        ParkReason.FixData => new("fix_data_then_resume", "Correct what the marketplace asks for, then resume the order."),
        ParkReason.PurchaseInDoubt => new("check_label_then_resume", "Look in Seller Center whether a label was bought for this order, then resume: what is there is taken over."),
        ParkReason.ForeignPackage => new("choose_package_then_resume", "Decide in Seller Center which package is right, then resume the order."),
        ParkReason.CancellationAsked => new("answer_cancellation", "Approve or reject the buyer's request."),
        ParkReason.CancellationRefused => new("answer_cancellation_in_seller_center", "Answer the buyer's request in Seller Center, then resume the order."),
        ParkReason.Untranslatable or ParkReason.Unstorable => new("handle_in_seller_center", "Handle the order in Seller Center and report it to the engine's makers; it goes on by itself once it can be read."),
        ParkReason.Bug => new("report_bug", "Report this to the engine's makers; handle the order in Seller Center, then resume it."),
        _ => new("look_then_resume", "Look at the order in Seller Center, then resume it."),
    };
}
