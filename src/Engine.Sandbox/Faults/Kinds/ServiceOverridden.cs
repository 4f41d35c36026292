using Engine.Sandbox.Http;
using Engine.Sandbox.Orders;
using Engine.Sandbox.Shops;

namespace Engine.Sandbox.Faults.Kinds;

/// <summary>Label allocation: TikTok picks another service and carrier than the one asked for, and the answer shows it (tiktok-shop-api.md 7.2).</summary>
public sealed class ServiceOverridden(FaultPlan plan) : Fault(plan), ISaleFault
{
    public ShippingService? Override(ApiCall call, Order order, ShippingService asked, int grams)
    {
        var others = order.Shop.Services.Where(s => s.Carrier.Id != asked.Carrier.Id && grams <= s.MaxGrams).ToList();
        if (others.Count == 0 || !Plan.Scope.CoversOrder(order) || !Plan.Strikes(order.Id, out var hit))
        {
            return null;
        }

        call.Name(Plan.Kind);
        return others[(int)Plan.Between(hit, "service", 0, others.Count - 1)];
    }
}
