using Engine.Sandbox.Webhooks;

namespace Engine.Sandbox.Faults.Kinds;

/// <summary>The notification is never sent, and no ladder is climbed for it.</summary>
public sealed class LostWebhook(FaultPlan plan, Marketplace market) : Fault(plan), IWebhookFault
{
    public bool Send(Notification notification, string entity)
    {
        if (!Plan.Scope.CoversShop(notification.ShopId) || !Plan.Strikes(entity, out _))
        {
            return false;
        }

        notification.Fault = Plan.Kind;
        market.Webhooks.Lose(notification);
        return true;
    }
}
