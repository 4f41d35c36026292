namespace Engine.Sandbox.Faults.Kinds;

/// <summary>The call takes effect at once, its answer leaves late (system time). The defaults lie above the shortened request time-out of 2 s.</summary>
public sealed class ReplyDelayed(FaultPlan plan) : Fault(plan), ICallFault
{
    public void Meet(CallFaults call)
    {
        if (Plan.Strikes(call, out var hit))
        {
            call.AfterEffect(() => call.HoldMs = Math.Max(call.HoldMs, Plan.Delay(hit, 2_500, 4_000)));
        }
    }
}
