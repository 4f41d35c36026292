namespace Engine.Sandbox.Faults.Kinds;

/// <summary>The carrier is still producing the label (11034037).</summary>
public sealed class DocumentNotReady(FaultPlan plan) : Fault(plan), ICallFault
{
    public void Meet(CallFaults call)
    {
        if (call.Group == ApiGroup.Document && Plan.Strikes(call, out _))
        {
            call.Call.Fail(11034037, "The carrier is still producing the document.");
            call.End();
        }
    }
}
