using System.Collections.Concurrent;
using Engine.Sandbox.Clock;
using Engine.Sandbox.Webhooks;

namespace Engine.Sandbox.Faults.Kinds;

/// <summary>
/// The notification is sent later than what happened (business time): by up to two minutes, so that later ones overtake it
/// ('webhook-reordered'), or by hours ('webhook-delayed'). Healing sends at once what is still held back.
/// </summary>
public sealed class LateWebhook(FaultPlan plan, Marketplace market, long minMs, long maxMs) : Fault(plan), IWebhookFault
{
    private readonly ConcurrentDictionary<Notification, SimEvent> _held = new();

    public bool Send(Notification notification, string entity)
    {
        if (!Plan.Scope.CoversShop(notification.ShopId) || !Plan.Strikes(entity, out var hit))
        {
            return false;
        }

        notification.Fault = Plan.Kind;
        market.Webhooks.Announce(notification);
        _held[notification] = market.Events.Schedule(market.Clock.NowMs + Plan.Delay(hit, minMs, maxMs), _ => Release(notification));
        return true;
    }

    public override void Healed()
    {
        foreach (var (notification, planned) in _held)
        {
            planned.Cancel();
            Release(notification);
        }
    }

    private void Release(Notification notification)
    {
        if (_held.TryRemove(notification, out _))
        {
            market.Webhooks.SendNow(notification);
        }
    }
}
