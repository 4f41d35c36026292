namespace Engine.Sandbox.Faults.Kinds;

/// <summary>Kills a process once, when a purchase has arrived and nothing of it is done; it is never executed.</summary>
public sealed class KillBeforeSale(FaultPlan plan) : Fault(plan), ICallFault
{
    private int _struck;

    public void Meet(CallFaults call)
    {
        if (_struck != 0 || !Plan.Strikes(call, out _) || Interlocked.Exchange(ref _struck, 1) != 0)
        {
            return;
        }

        call.Call.Aborted = true;
        call.End();
        HostKill.Try(Plan.Request.Pid!.Value);
    }
}
