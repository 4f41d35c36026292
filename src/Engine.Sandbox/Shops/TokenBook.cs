using System.Collections.Concurrent;
using System.Globalization;
using Engine.Sandbox.Clock;

namespace Engine.Sandbox.Shops;

/// <summary>Tokens of one shop's authorization. Times are Unix seconds of business time.</summary>
public sealed record TokenPair(Shop Shop, string AccessToken, long AccessExpiresAt, string RefreshToken, long RefreshExpiresAt, int Generation, long IssuedAt);

/// <summary>Authorization codes and tokens (tiktok-shop-api.md 3). Every shop here has granted all scopes to the one app.</summary>
public sealed class TokenBook(Marketplace market)
{
    public static readonly string[] Scopes =
        ["seller.authorization.info", "seller.shop.info", "seller.order.info", "seller.fulfillment.basic", "seller.logistics", "seller.product.basic", "seller.return_refund.basic"];

    private const long AuthCodeLifeSeconds = 1800;
    private readonly ConcurrentDictionary<string, (Shop Shop, long ExpiresAt)> _codes = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, TokenPair> _access = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, TokenPair> _refresh = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, int> _generations = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, string> _replaced = new(StringComparer.Ordinal);
    private readonly Lock _gate = new();
    private int _unsettled;

    private BusinessClock Clock => market.Clock;

    public string IssueCode(Shop shop)
    {
        var code = "TTP_c" + market.Draw.Bits(shop.Id, "auth-code").ToString("x16", CultureInfo.InvariantCulture);
        _codes[code] = (shop, Clock.NowSeconds + AuthCodeLifeSeconds);
        return code;
    }

    /// <summary>Null: the code is unknown, used or expired (36004004).</summary>
    public TokenPair? Redeem(string code) =>
        _codes.TryRemove(code, out var found) && found.ExpiresAt > Clock.NowSeconds ? Issue(found.Shop) : null;

    /// <summary>Null: the refresh token is unknown, replaced or expired (36004001).</summary>
    /// <remarks>
    /// Whether the old refresh token dies at once is unknown (3.2). Here it lives until a token of the new pair is first used, so
    /// that a lost answer does not lose the authorization (invented).
    /// </remarks>
    public TokenPair? Refresh(string refreshToken)
    {
        lock (_gate)
        {
            if (!_refresh.TryGetValue(refreshToken, out var old) || old.RefreshExpiresAt <= Clock.NowSeconds)
            {
                return null;
            }

            RetireReplaced(refreshToken);
            var fresh = Issue(old.Shop);
            _replaced[fresh.AccessToken] = refreshToken;
            _replaced[fresh.RefreshToken] = refreshToken;
            Volatile.Write(ref _unsettled, _replaced.Count);
            return fresh;
        }
    }

    /// <summary>The pair whose refresh token this is, without using it.</summary>
    public TokenPair? PeekRefresh(string refreshToken) => _refresh.GetValueOrDefault(refreshToken);

    public TokenPair? Find(string accessToken)
    {
        var pair = _access.GetValueOrDefault(accessToken);
        if (pair is not null && Volatile.Read(ref _unsettled) > 0)
        {
            RetireReplaced(accessToken);
        }

        return pair;
    }

    private void RetireReplaced(string usedToken)
    {
        if (_replaced.TryRemove(usedToken, out var old))
        {
            _refresh.TryRemove(old, out _);
        }
    }

    private TokenPair Issue(Shop shop)
    {
        var generation = _generations.AddOrUpdate(shop.Id, 1, static (_, n) => n + 1);
        var key = shop.Id + "/" + generation.ToString(CultureInfo.InvariantCulture);
        var now = Clock.NowSeconds;
        var pair = new TokenPair(shop, "TTP_a" + market.Draw.Bits(key, "access").ToString("x16", CultureInfo.InvariantCulture) + market.Draw.Bits(key, "access2").ToString("x16", CultureInfo.InvariantCulture),
            now + market.Options.AccessTokenSeconds,
            "TTP_r" + market.Draw.Bits(key, "refresh").ToString("x16", CultureInfo.InvariantCulture) + market.Draw.Bits(key, "refresh2").ToString("x16", CultureInfo.InvariantCulture),
            now + market.Options.RefreshTokenSeconds, generation, now);
        _access[pair.AccessToken] = pair;
        _refresh[pair.RefreshToken] = pair;
        market.Ledger.Tokens.Add(pair);
        return pair;
    }
}
