using Engine.Sandbox.Fulfillment;
using Engine.Sandbox.Http;

namespace Engine.Sandbox.Faults.Kinds;

/// <summary>
/// Breaks A2: an executed purchase is neither visible nor answered 'in progress' for hide_ms of system time (three times V and a
/// second unless told otherwise), and its answer is lost unless "reply": "normal". A repeated purchase meanwhile is sold.
/// </summary>
public sealed class PurchaseStaysInvisible(FaultPlan plan, Marketplace market) : Fault(plan), ICallFault, ISaleFault
{
    public void Meet(CallFaults call)
    {
        if (call.Group == ApiGroup.Purchase && Plan.Draws(call, out _))
        {
            call.Call.HidesSale = this;
        }
    }

    public void Sold(ApiCall call, Package package, long sale)
    {
        if (!ReferenceEquals(call.HidesSale, this))
        {
            return;
        }

        package.IsSecret = true;
        package.HiddenFor = TimeSpan.FromMilliseconds(Plan.Request.HideMs ?? (long)((market.Options.VisibilitySeconds * 3000) + 1000));
        call.Aborted |= Plan.Request.Reply != "normal";
        Plan.Count(call);
    }
}
