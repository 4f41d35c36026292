using System.Collections.Concurrent;
using System.Globalization;
using Engine.Sandbox.Http;
using Engine.Sandbox.Shops;

namespace Engine.Sandbox.Faults.Kinds;

/// <summary>
/// A drawn access token is answered 105002 though its announced end has not come, from a drawn age on (business time; at once
/// unless told otherwise) and for ever; its refresh token works.
/// </summary>
public sealed class TokenExpiredEarly(FaultPlan plan, Marketplace market) : Fault(plan), ITokenFault
{
    private readonly ConcurrentDictionary<string, bool> _expired = new(StringComparer.Ordinal);

    public TokenRefusal? Refuse(TokenPair pair, ApiCall call, bool refreshing)
    {
        if (refreshing || !Plan.Scope.CoversShop(pair.Shop.Id))
        {
            return null;
        }

        var entity = pair.Shop.Id + "/token/" + pair.Generation.ToString(CultureInfo.InvariantCulture);
        if (!_expired.ContainsKey(entity))
        {
            var ageMs = market.Clock.NowMs - (pair.IssuedAt * 1000);
            if (!Plan.Chooses(entity) || ageMs < Plan.Delay(entity, 0, 0))
            {
                return null;
            }

            _expired[entity] = true;
            Plan.CountOnce(entity);
        }

        call.Name(Plan.Kind);
        return new TokenRefusal(105002, "The access token is expired.");
    }
}
