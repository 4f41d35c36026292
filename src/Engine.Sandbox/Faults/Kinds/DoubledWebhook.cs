using Engine.Sandbox.Webhooks;

namespace Engine.Sandbox.Faults.Kinds;

/// <summary>The same notification, its id included, is sent twice; the second one in the ledger carries the fault.</summary>
public sealed class DoubledWebhook(FaultPlan plan, Marketplace market) : Fault(plan), IWebhookFault
{
    public bool Send(Notification notification, string entity)
    {
        if (Plan.Scope.CoversShop(notification.ShopId) && Plan.Strikes(entity, out _))
        {
            var again = notification.Copy();
            again.Fault = Plan.Kind;
            market.Webhooks.Enqueue(again);
        }

        // The first one goes its way, past the other faults.
        return false;
    }
}
