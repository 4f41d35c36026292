using System.Globalization;
using Engine.Sandbox.Orders;
using Engine.Sandbox.Shops;

namespace Engine.Sandbox.Faults.Kinds;

/// <summary>Label allocation: TikTok picks another service and carrier than the one asked for, and the answer shows it (tiktok-shop-api.md 7.2).</summary>
public sealed class ServiceOverridden(FaultPlan plan) : Fault(plan), ISaleFault
{
    public ShippingService? Override(Order order, ShippingService asked, IReadOnlyList<ShippingService> eligible)
    {
        var others = eligible.Where(s => s.Carrier.Id != asked.Carrier.Id).ToList();
        return others.Count > 0 && Plan.Scope.CoversOrder(order)
            && Plan.Strikes(order.Id + "/" + order.Purchases.ToString(CultureInfo.InvariantCulture), out var hit)
                ? others[(int)Plan.Between(hit, "service", 0, others.Count - 1)]
                : null;
    }
}
