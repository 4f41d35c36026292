namespace Engine.Sandbox.Faults.Kinds;

/// <summary>
/// 500 and 503 with a body that is no JSON, or the platform's own 'internal error' (36009003; in HTTP 200 unless told otherwise);
/// before the effect, after it, or either. What an answer of these means for the effect is not documented: nothing.
/// </summary>
public sealed class ServerError(FaultPlan plan, string kind) : Fault(plan), ICallFault
{
    public void Meet(CallFaults call)
    {
        if (!Plan.Strikes(call, out var hit))
        {
            return;
        }

        if (Plan.Either(Plan.Request.Effect, hit, "before", "after") == "before")
        {
            Answer(call);
            call.End();
        }
        else
        {
            call.AfterEffect(() => Answer(call));
        }
    }

    private void Answer(CallFaults call)
    {
        switch (kind)
        {
            case "http-500":
                call.Call.AnswerRaw(500, "text/html", "<html><body><h1>500 Internal Server Error</h1></body></html>");
                break;
            case "http-503":
                call.Call.AnswerRaw(503, "text/html", "<html><body><h1>503 Service Temporarily Unavailable</h1></body></html>");
                break;
            default:
                call.Call.Fail(36009003, "Internal error.", Plan.Request.Http ?? 200);
                break;
        }
    }
}
