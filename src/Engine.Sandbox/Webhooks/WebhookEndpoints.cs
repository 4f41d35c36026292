using Engine.Sandbox.Http;
using Engine.Sandbox.Shops;

namespace Engine.Sandbox.Webhooks;

/// <summary>Per-shop webhook settings (tiktok-shop-api.md 11.3). The platform wants https and a host name; plain http is taken here.</summary>
public sealed class WebhookEndpoints(Marketplace market)
{
    private const string Path = "/event/202309/webhooks";
    private const int AddressLength = 255;

    public void Register(RouteTable routes)
    {
        routes.Add("GET", Path, "seller.authorization.info", ApiWeight.LightRead, List);
        routes.Add("PUT", Path, "seller.authorization.info", ApiWeight.Write, Put);
        routes.Add("DELETE", Path, "seller.authorization.info", ApiWeight.Write, Delete);
    }

    private static void List(ApiCall call)
    {
        lock (call.Shop.Gate)
        {
            var json = call.Data();
            json.WriteStartObject();
            json.WriteNumber("total_count"u8, call.Shop.Subscriptions.Count);
            json.WriteStartArray("webhooks"u8);
            foreach (var subscription in call.Shop.Subscriptions.Values)
            {
                json.WriteStartObject();
                json.WriteString("event_type"u8, subscription.EventType);
                json.WriteString("address"u8, subscription.Address);
                json.WriteNumber("create_time"u8, subscription.CreateTime);
                json.WriteNumber("update_time"u8, subscription.UpdateTime);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }
    }

    private void Put(ApiCall call)
    {
        using var body = RequestBody.Read(call, 36009004);
        if (body is null || !TryReadEvent(body, out var eventType) || !body.Text("address", out var address))
        {
            return;
        }

        if (address is not { Length: > 0 and <= AddressLength } || !Uri.TryCreate(address, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https"))
        {
            body.Refuse("address", "must be an address of at most 255 characters");
            return;
        }

        lock (call.Shop.Gate)
        {
            var now = market.Clock.NowSeconds;
            var created = call.Shop.Subscriptions.TryGetValue(eventType, out var before) ? before.CreateTime : now;
            call.Shop.Subscriptions[eventType] = new WebhookSubscription(eventType, address, created, now);
        }

        call.EmptyData();
    }

    private static void Delete(ApiCall call)
    {
        using var body = RequestBody.Read(call, 36009004);
        if (body is null || !TryReadEvent(body, out var eventType))
        {
            return;
        }

        lock (call.Shop.Gate)
        {
            call.Shop.Subscriptions.Remove(eventType);
        }

        call.EmptyData();
    }

    private static bool TryReadEvent(RequestBody body, out string eventType)
    {
        var ok = body.Text("event_type", out var given);
        eventType = given ?? "";
        return ok && (WebhookBodies.EventTypes.Contains(eventType) || body.Refuse("event_type", "is unknown"));
    }
}
