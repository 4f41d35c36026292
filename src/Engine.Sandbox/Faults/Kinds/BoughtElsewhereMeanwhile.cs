namespace Engine.Sandbox.Faults.Kinds;

/// <summary>
/// Breaks A3: our purchase is cut without effect, and while its outcome is unknown to us a person buys the same lines in Seller
/// Center (after delay_min_ms to delay_max_ms of system time). With RepeatPurchase=charge a second purchase of ours would be sold.
/// </summary>
public sealed class BoughtElsewhereMeanwhile(FaultPlan plan, Marketplace market) : Fault(plan), ICallFault
{
    public void Meet(CallFaults call)
    {
        var orders = call.Orders.ToList();
        if (call.Group != ApiGroup.Purchase || orders.Count == 0 || !Plan.Strikes(call, out var hit))
        {
            return;
        }

        call.Call.Aborted = true;
        call.End();
        market.Delays.After(TimeSpan.FromMilliseconds(Plan.Delay(hit, 0, 500)), () =>
        {
            foreach (var order in orders)
            {
                market.SellerCenter.Buy(order, order.Lines.Length > 1 && Plan.Request.Lines == "part", refusesRepeat: Plan.Request.Protected ?? false);
            }
        });
    }
}
