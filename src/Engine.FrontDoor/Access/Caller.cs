using Engine.Domain.Orders;
using Engine.Domain.Ports;
using Engine.FrontDoor.Problems;
using Microsoft.AspNetCore.Http;

namespace Engine.FrontDoor.Access;

/// <summary>Who asks. The tenant comes from here and from nowhere else.</summary>
internal sealed record Caller(ApiKeyRecord Key)
{
    public MerchantId Merchant => Key.Merchant;

    /// <summary>For the audit of what this request causes.</summary>
    public string Actor => $"key:{Key.KeyId}";

    public bool MaySee(ShopRecord shop) => shop.Merchant == Merchant && Covers(shop.Shop);

    public bool Covers(ShopId shop) => Key.Shops.IsEmpty || Key.Shops.Contains(shop);
}

internal static class CallerOfRequest
{
    public static Caller Caller(this HttpContext http) =>
        http.Features.Get<Caller>() ?? throw new InvalidOperationException("The endpoint was reached without a caller: it lacks a RequiredScope.");

    /// <summary>The shop of a path or query, if there is one and the caller may see it: another tenant's is as absent as none.</summary>
    /// <exception cref="ProblemException">404.</exception>
    public static async ValueTask<ShopRecord> ShopAsync(this HttpContext http, Shops.ShopDirectory shops, string id)
    {
        if (ShopId.IsValid(id) && await shops.FindAsync(new ShopId(id)) is { } shop && http.Caller().MaySee(shop))
        {
            return shop;
        }

        throw new ProblemException(Problem.NotFound("shop_not_found", "There is no such shop."));
    }
}
