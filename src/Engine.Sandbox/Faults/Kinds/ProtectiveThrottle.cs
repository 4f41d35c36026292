using System.Globalization;

namespace Engine.Sandbox.Faults.Kinds;

/// <summary>429 and 36009002 though the limit was kept: the platform protects itself. The ledger does not call it limited.</summary>
public sealed class ProtectiveThrottle(FaultPlan plan) : Fault(plan), ICallFault
{
    public void Meet(CallFaults call)
    {
        if (!Plan.Strikes(call, out _))
        {
            return;
        }

        call.Call.Fail(36009002, "Too many requests.", 429);
        if (Plan.Request.RetryAfterSeconds is { } seconds)
        {
            call.Call.Http.Response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
        }

        call.End();
    }
}
