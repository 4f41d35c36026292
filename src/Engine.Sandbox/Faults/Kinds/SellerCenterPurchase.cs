using Engine.Sandbox.Orders;

namespace Engine.Sandbox.Faults.Kinds;

/// <summary>
/// A person buys the label of an order's lines in Seller Center: some business time after it became shippable ('shippable'), or
/// just when our purchase arrives ('before-purchase'). Our own purchase of the same lines is then refused as documented, also
/// where RepeatPurchase=charge, unless the plan says "protected": false.
/// </summary>
public sealed class SellerCenterPurchase(FaultPlan plan, Marketplace market) : Fault(plan), ICallFault, IOrderFault
{
    public void Meet(CallFaults call)
    {
        if (call.Group != ApiGroup.Purchase || !call.Orders.Any(Wanted) || !Plan.Draws(call, out var hit)
            || Plan.Either(Plan.Request.Moment, hit, "shippable", "before-purchase") != "before-purchase")
        {
            return;
        }

        foreach (var order in call.Orders.Where(Wanted))
        {
            Buy(order, hit, call);
        }
    }

    public void Shippable(Order order, long atMs)
    {
        if (!Wanted(order) || !Plan.Chooses(order.Id) || Plan.Either(Plan.Request.Moment, order.Id, "shippable", "before-purchase") != "shippable")
        {
            return;
        }

        market.Events.Schedule(atMs + Plan.Delay(order.Id, 0, 60_000), _ =>
        {
            if (Plan.Open)
            {
                Buy(order, order.Id, call: null);
            }
        });
    }

    private bool Wanted(Order order) => Plan.Scope.CoversOrder(order) && !order.IsFbt && order.ShippingType == "TIKTOK";

    private void Buy(Order order, string hit, CallFaults? call)
    {
        var part = order.Lines.Length > 1 && Plan.Either(Plan.Request.Lines, hit, "same", "part") == "part";
        if (market.SellerCenter.Buy(order, part, Plan.Request.Protected ?? true) is not null)
        {
            Plan.Count(call?.Call);
        }
    }
}
