using System.Globalization;
using Engine.Sandbox.Http;

namespace Engine.Sandbox.Limits;

/// <summary>Which limits hold for one API of one shop. Rates in calls per second.</summary>
public abstract class LimitProfile
{
    public static LimitProfile Create(string name, Draw draw) => name switch
    {
        "2025" => new Edition2025(),
        "2026" => new Edition2026(draw),
        "dev" => new DevelopmentShop(),
        _ => new Open(),
    };

    /// <summary>Null: this API has no limit of its own.</summary>
    public abstract Limit? For(string shopId, ApiRoute route, double nowMs);

    /// <summary>Calls per hour over all APIs of the shop; null = none.</summary>
    public virtual int? PerShopAndHour => null;

    public readonly record struct Limit(double PerSecond, double Burst);

    /// <summary>The page of 2025-07-02: 50 requests per second for each API, app and shop.</summary>
    private sealed class Edition2025 : LimitProfile
    {
        public override Limit? For(string shopId, ApiRoute route, double nowMs) => new Limit(50, 50);
    }

    /// <summary>After the page of 2026-05, which gives no figures: rates by weight, burst twice that, moving by a seeded plan (figures and plan invented).</summary>
    private sealed class Edition2026(Draw draw) : LimitProfile
    {
        private const double StepMs = 60_000;
        private static readonly double[] Factors = [0.5, 1, 1, 1, 1.5];

        public override Limit? For(string shopId, ApiRoute route, double nowMs)
        {
            var rate = route.Weight switch
            {
                ApiWeight.LightRead => 10.0,
                ApiWeight.Read => 5.0,
                _ => 2.0,
            };
            var step = ((long)(nowMs / StepMs)).ToString(CultureInfo.InvariantCulture);
            rate *= Factors[(int)(draw.Bits(shopId + route.Name, "limit/" + step) % (ulong)Factors.Length)];
            return new Limit(rate, rate * 2);
        }
    }

    /// <summary>Development shops: 1,000 requests per hour (announced 2026-06-15); together with the rate of 2025.</summary>
    private sealed class DevelopmentShop : LimitProfile
    {
        public override Limit? For(string shopId, ApiRoute route, double nowMs) => new Limit(50, 50);

        public override int? PerShopAndHour => 1000;
    }

    private sealed class Open : LimitProfile
    {
        public override Limit? For(string shopId, ApiRoute route, double nowMs) => null;
    }
}
