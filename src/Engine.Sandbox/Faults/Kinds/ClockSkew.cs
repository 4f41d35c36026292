using Engine.Sandbox.Http;

namespace Engine.Sandbox.Faults.Kinds;

/// <summary>
/// The caller's clock and the sandbox's disagree: signatures are judged, and the Date header is written, with a clock that is
/// ahead by skew_ms (negative: behind; the caller's then runs ahead). Whole seconds.
/// </summary>
public sealed class ClockSkew(FaultPlan plan, Marketplace market) : Fault(plan), IClockFault
{
    public bool TakesExpired => false;

    public long AheadSeconds(ApiCall call)
    {
        if (!Plan.Open || !Plan.Scope.CoversShop(market.ShopsByCipher.GetValueOrDefault(call.Query["shop_cipher"] ?? "")?.Id))
        {
            return 0;
        }

        var seconds = Plan.Request.SkewMs!.Value / 1000;
        call.Http.Response.Headers.Date = DateTimeOffset.FromUnixTimeSeconds(market.Clock.SystemWallSeconds + seconds).ToString("R", System.Globalization.CultureInfo.InvariantCulture);
        return seconds;
    }

    public void Mattered(ApiCall call) => Plan.Count(call);
}
