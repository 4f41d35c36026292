using Engine.Sandbox.Http;
using Engine.Sandbox.Shops;
using Engine.Sandbox.Webhooks;

namespace Engine.Sandbox.Faults.Kinds;

/// <summary>
/// The seller took the app's authorization away: webhook of type 6, then auth errors (tiktok-shop-api.md 3.3; which codes is not
/// documented: an invalid token for calls, a dead refresh token for refreshes). Healing gives the same tokens back (invented; at
/// TikTok the seller consents anew).
/// </summary>
public sealed class ShopDeauthorised(FaultPlan plan, Marketplace market) : Fault(plan), ITokenFault
{
    public override void Armed()
    {
        foreach (var shop in market.Shops.Values)
        {
            if (Applies(shop))
            {
                Announce(shop);
            }
        }
    }

    public TokenRefusal? Refuse(TokenPair pair, ApiCall call, bool refreshing)
    {
        if (!Applies(pair.Shop))
        {
            return null;
        }

        Announce(pair.Shop);
        call.Name(Plan.Kind);
        return refreshing ? new TokenRefusal(36004001, "refresh_token is invalid or expired.") : new TokenRefusal(36009004, "x-tts-access-token header is invalid.");
    }

    private bool Applies(Shop shop) => Plan.Scope.CoversShop(shop.Id) && Plan.Chooses(shop.Id);

    private void Announce(Shop shop)
    {
        if (!Plan.CountOnce(shop.Id))
        {
            return;
        }

        lock (shop.Gate)
        {
            market.Notify(shop, WebhookBodies.SellerDeauthorization, 6, null, static json => json.WriteString("message"u8, "The seller has withdrawn the authorization."u8));
        }
    }
}
