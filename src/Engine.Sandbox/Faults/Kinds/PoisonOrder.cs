using Engine.Sandbox.Orders;

namespace Engine.Sandbox.Faults.Kinds;

/// <summary>
/// An order whose lists and details break a reader's mapping until the plan is healed: 'unknown-enum' (status and line status),
/// 'oversized' (a buyer's message of size_bytes), 'missing-member' (line_items, or the one named) or 'wrong-type' (update_time as
/// a sentence). Which orders: those named, else drawn when they are placed.
/// </summary>
public sealed class PoisonOrder(FaultPlan plan, Marketplace market) : Fault(plan), IOrderFault
{
    public override void Armed()
    {
        foreach (var id in Plan.Scope.Orders)
        {
            if (market.Orders.TryGetValue(id, out var order))
            {
                lock (order.Shop.Gate)
                {
                    Placed(order);
                }
            }
        }
    }

    public override void Healed()
    {
        foreach (var order in market.Orders.Values.Where(o => o.Poison?.PlanId == Plan.Id))
        {
            lock (order.Shop.Gate)
            {
                order.Poison = null;
                market.Lifecycle.Touch(order, market.Clock.NowMs);
            }
        }
    }

    public void Placed(Order order)
    {
        if (!Plan.Scope.CoversOrder(order) || !Plan.Chooses(order.Id) || !Plan.CountOnce(order.Id))
        {
            return;
        }

        var way = Plan.Request.How ?? OrderPoison.Ways[(int)Plan.Between(order.Id, "way", 0, OrderPoison.Ways.Length - 1)];
        order.Poison = new OrderPoison(Plan.Id, way, Plan.Request.Member ?? "line_items", Plan.Request.SizeBytes ?? 2_000_000);
    }
}
