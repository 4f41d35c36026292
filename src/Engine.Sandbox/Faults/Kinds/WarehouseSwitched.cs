using Engine.Sandbox.Fulfillment;
using Engine.Sandbox.Http;
using Engine.Sandbox.Orders;

namespace Engine.Sandbox.Faults.Kinds;

/// <summary>
/// TikTok switches the warehouse after the order was placed: the package shows another one than the order (tiktok-shop-api.md
/// 7.9, 'package'), or the order itself shows it some business time after it became shippable ('order').
/// </summary>
public sealed class WarehouseSwitched(FaultPlan plan, Marketplace market) : Fault(plan), ISaleFault, IOrderFault
{
    public void Sold(ApiCall call, Package package, long sale)
    {
        var order = package.Orders[0];
        if (Chosen(order, "package"))
        {
            package.WarehouseId = order.Shop.UseSecondWarehouse(market.Draw);
            Plan.CountOnce(order.Id);
            call.Name(Plan.Kind);
        }
    }

    public void Shippable(Order order, long atMs)
    {
        if (!Chosen(order, "order"))
        {
            return;
        }

        market.Events.Schedule(atMs + Plan.Delay(order.Id, 0, 60_000), at =>
        {
            lock (order.Shop.Gate)
            {
                if (Plan.Open && order.Status is OrderStatus.AwaitingShipment or OrderStatus.PartiallyShipping && Plan.CountOnce(order.Id))
                {
                    order.WarehouseId = order.Shop.UseSecondWarehouse(market.Draw);
                    market.Lifecycle.Touch(order, at);
                }
            }
        });
    }

    private bool Chosen(Order order, string where) =>
        !order.IsFbt && Plan.Scope.CoversOrder(order) && Plan.Chooses(order.Id) && Plan.Either(Plan.Request.How, order.Id, "package", "order") == where;
}
