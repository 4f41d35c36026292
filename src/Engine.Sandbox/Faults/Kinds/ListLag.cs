using Engine.Sandbox.Http;

namespace Engine.Sandbox.Faults.Kinds;

/// <summary>
/// Searches lag behind writes (business time, 30 s unless told otherwise): by update time they lack what changed since, by
/// creation time what was created since. Details do not lag.
/// </summary>
public sealed class ListLag(FaultPlan plan, Marketplace market) : Fault(plan), IListFault
{
    public void Shape(CallFaults call, Paging paging)
    {
        if (!Plan.Draws(call, out _))
        {
            return;
        }

        var counted = false;
        paging.HideAfter((market.Clock.NowMs - (Plan.Request.LagMs ?? 30_000)) / 1000, () =>
        {
            if (!counted)
            {
                counted = true;
                Plan.Count(call.Call);
            }
        });
    }
}
