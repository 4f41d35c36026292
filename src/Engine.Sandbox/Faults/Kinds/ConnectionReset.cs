namespace Engine.Sandbox.Faults.Kinds;

/// <summary>The connection is cut before anything happened.</summary>
public sealed class ConnectionReset(FaultPlan plan) : Fault(plan), ICallFault
{
    public void Meet(CallFaults call)
    {
        if (Plan.Strikes(call, out _))
        {
            call.Call.Aborted = true;
            call.End();
        }
    }
}
