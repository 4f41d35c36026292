using Engine.Sandbox.Cancellations;

namespace Engine.Sandbox.Faults.Kinds;

/// <summary>The buyer asks for a cancellation at the worst moment: just when a call about the order arrives, before its effect or after it.</summary>
public sealed class BuyerCancels(FaultPlan plan, Marketplace market) : Fault(plan), ICallFault
{
    public void Meet(CallFaults call)
    {
        if (!call.Orders.Any(o => Plan.Scope.CoversOrder(o) && o.PendingCancel is null) || !Plan.Draws(call, out var hit))
        {
            return;
        }

        if (Plan.Either(Plan.Request.Moment, hit, "before", "after") == "before")
        {
            Cancel(call);
        }
        else
        {
            call.AfterEffect(() => Cancel(call));
        }
    }

    private void Cancel(CallFaults call)
    {
        var asked = false;
        foreach (var order in call.Orders.Where(Plan.Scope.CoversOrder))
        {
            asked |= market.Desk.BuyerCancels(order, market.Clock.NowMs) is BuyerCancelOutcome.Requested or BuyerCancelOutcome.CancelledAtOnce;
        }

        if (asked)
        {
            Plan.Count(call.Call);
        }
    }
}
