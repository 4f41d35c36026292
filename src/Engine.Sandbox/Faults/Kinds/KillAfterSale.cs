using Engine.Sandbox.Fulfillment;
using Engine.Sandbox.Http;

namespace Engine.Sandbox.Faults.Kinds;

/// <summary>Kills a process once, after the n-th label of the run (from 1) was sold through the API and before the answer leaves.</summary>
public sealed class KillAfterSale(FaultPlan plan) : Fault(plan), ISaleFault
{
    private int _struck;

    public void Sold(ApiCall call, Package package, long sale)
    {
        if (sale != Plan.Request.Sale || Interlocked.Exchange(ref _struck, 1) != 0)
        {
            return;
        }

        call.Aborted = true;
        if (HostKill.Try(Plan.Request.Pid!.Value))
        {
            Plan.Count(call);
        }
    }
}
