namespace Engine.Sandbox.Faults.Kinds;

/// <summary>
/// The call took effect, its answer ends in the middle: as a whole HTTP answer whose JSON is cut ('body'), or with fewer bytes
/// than declared and then a cut connection ('connection').
/// </summary>
public sealed class TruncatedJson(FaultPlan plan) : Fault(plan), ICallFault
{
    public void Meet(CallFaults call)
    {
        if (call.Group == ApiGroup.Storage || !Plan.Strikes(call, out var hit))
        {
            return;
        }

        call.AfterEffect(() => call.Call.Reshape(whole =>
        {
            // Never the whole, and never nothing: an empty body is another fault.
            var kept = (int)Plan.Between(hit, "cut", 1, whole.Length - 1);
            call.MissingBytes = Plan.Either(Plan.Request.How, hit, "body", "connection") == "connection" ? whole.Length - kept : 0;
            return whole[..kept];
        }));
    }
}
