using Engine.Sandbox.Http;

namespace Engine.Sandbox.Shops;

/// <summary>Get Authorized Shops, and the token host's two paths (tiktok-shop-api.md 3).</summary>
public sealed class AuthorizationEndpoints(Marketplace market)
{
    public const string TokenGet = "/api/v2/token/get";
    public const string TokenRefresh = "/api/v2/token/refresh";

    public void Register(RouteTable routes) =>
        routes.Add("GET", "/authorization/202309/shops", "seller.authorization.info", ApiWeight.LightRead, AuthorizedShops, CipherRule.Refused);

    /// <summary>Unsigned; the secret travels in the query.</summary>
    public void Token(ApiCall call, string path)
    {
        var query = call.Query;
        call.AppKey = query["app_key"] ?? "";
        if (call.AppKey != market.Options.AppKey || !Signing.RequestSignature.Matches(market.Options.AppSecret, query["app_secret"] ?? ""))
        {
            call.Fail(36009004, "Invalid app_key or app_secret.", 401);
            return;
        }

        var refresh = path == TokenRefresh;
        var expected = refresh ? "refresh_token" : "authorized_code";
        if (query["grant_type"] != expected)
        {
            call.Fail(36009004, "Invalid grant_type, expected " + expected + ".", 400);
            return;
        }

        if (refresh && market.Tokens.PeekRefresh(query["refresh_token"] ?? "") is { } used && market.Faults.RefuseToken(used, call, refreshing: true) is { } refusal)
        {
            call.Fail(refusal.Code, refusal.Message);
            return;
        }

        var pair = refresh ? market.Tokens.Refresh(query["refresh_token"] ?? "") : market.Tokens.Redeem(query["auth_code"] ?? "");
        if (pair is null)
        {
            call.Fail(refresh ? 36004001 : 36004004, refresh ? "refresh_token is invalid or expired." : "auth_code is invalid, used or expired.");
            return;
        }

        call.Shop = pair.Shop;
        call.HasShop = true;
        var json = call.Data();
        json.WriteStartObject();
        json.WriteString("access_token"u8, pair.AccessToken);
        json.WriteNumber("access_token_expire_in"u8, pair.AccessExpiresAt);
        json.WriteString("refresh_token"u8, pair.RefreshToken);
        json.WriteNumber("refresh_token_expire_in"u8, pair.RefreshExpiresAt);
        json.WriteString("open_id"u8, market.Draw.Id("70", 19, pair.Shop.Id, "open-id"));
        json.WriteString("seller_name"u8, pair.Shop.Name);
        json.WriteString("seller_base_region"u8, pair.Shop.Region);
        json.WriteNumber("user_type"u8, 0);
        json.WriteStrings("granted_scopes"u8, TokenBook.Scopes);
        json.WriteEndObject();
    }

    private static void AuthorizedShops(ApiCall call)
    {
        var shop = call.Shop;
        var json = call.Data();
        json.WriteStartObject();
        json.WriteStartArray("shops"u8);
        json.WriteStartObject();
        json.WriteString("id"u8, shop.Id);
        json.WriteString("name"u8, shop.Name);
        json.WriteString("region"u8, shop.Region);
        json.WriteString("seller_type"u8, "LOCAL"u8);
        json.WriteString("cipher"u8, shop.Cipher);
        json.WriteString("code"u8, shop.Code);
        json.WriteEndObject();
        json.WriteEndArray();
        json.WriteEndObject();
    }
}
