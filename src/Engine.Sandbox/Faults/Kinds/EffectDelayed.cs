using System.Buffers;
using System.Text.Json;
using Engine.Sandbox.Http;

namespace Engine.Sandbox.Faults.Kinds;

/// <summary>
/// The call is taken in and executed some system time later; its caller is cut off at once ('reset') or hangs until after the
/// effect ('timeout'). Only calls with effects. In between the effect is neither visible nor 'in progress'; within V the fence of
/// an attempt still covers it, beyond V it does not (A2).
/// </summary>
public sealed class EffectDelayed(FaultPlan plan, Marketplace market, bool beyond) : Fault(plan), ICallFault
{
    public void Meet(CallFaults call)
    {
        if (!ApiGroups.HasEffect(call.Group) || !Plan.Strikes(call, out var hit))
        {
            return;
        }

        var visibilityMs = (long)(market.Options.VisibilitySeconds * 1000);
        var delay = beyond ? Plan.Delay(hit, visibilityMs + 500, (2 * visibilityMs) + 1_000) : Plan.Delay(hit, visibilityMs / 4, visibilityMs > 0 ? visibilityMs : 1_500);
        var buffer = new ArrayBufferWriter<byte>();
        var late = new ApiCall(call.Call.Http, call.Call.RequestId, buffer, new Utf8JsonWriter(buffer, new JsonWriterOptions { SkipValidation = true }))
        {
            Query = call.Call.Query,
            Body = call.Call.Body,
            PathValues = call.Call.PathValues,
            Route = call.Call.Route,
            AppKey = call.Call.AppKey,
            Shop = call.Call.Shop,
            HasShop = true,
            ArrivedMs = call.Call.ArrivedMs,
            IsLate = true,
            Note = call.Call.Note,
        };
        late.Note!.Effect = "late";
        call.HoldMs = Plan.Either(Plan.Request.Reply, hit, "reset", "timeout") == "timeout" ? delay + 1_000 : 0;
        call.Call.Aborted = true;
        call.End();
        market.Delays.After(TimeSpan.FromMilliseconds(delay), () => Execute(late));
    }

    private void Execute(ApiCall late)
    {
        using (late.Json)
        {
            late.Route!.Handle(late);
        }

        late.Note!.Bought(late.Sold);
        late.Note.LateCode = late.Code;
        late.Note.LateSystemMs = market.Clock.SystemNowPreciseMs;
    }
}
