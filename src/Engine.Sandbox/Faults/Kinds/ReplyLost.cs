namespace Engine.Sandbox.Faults.Kinds;

/// <summary>The call took effect, its answer never arrives: the connection is cut.</summary>
public sealed class ReplyLost(FaultPlan plan) : Fault(plan), ICallFault
{
    public void Meet(CallFaults call)
    {
        if (Plan.Strikes(call, out _))
        {
            call.AfterEffect(() => call.Call.Aborted = true);
        }
    }
}
