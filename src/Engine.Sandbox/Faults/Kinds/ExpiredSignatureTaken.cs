using Engine.Sandbox.Http;

namespace Engine.Sandbox.Faults.Kinds;

/// <summary>Breaks A1: signatures older than the window are accepted.</summary>
public sealed class ExpiredSignatureTaken(FaultPlan plan) : Fault(plan), IClockFault
{
    public bool TakesExpired => Plan.Open;

    public long AheadSeconds(ApiCall call) => 0;

    public void Mattered(ApiCall call) => Plan.Count(call);
}
