using Engine.Contracts;
using Engine.Domain.Orders;
using Engine.Domain.Ports;
using Engine.FrontDoor.Access;
using Engine.FrontDoor.Problems;
using Engine.FrontDoor.Wire;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;
using Orleans;

namespace Engine.FrontDoor.Shops;

/// <summary>`/v1/shops`.</summary>
internal sealed class ShopApi(IShopRegistry registry, ShopDirectory shops, IGrainFactory grains, IOptions<FrontDoorOptions> options)
{
    /// <summary>Longest webhook address that the platform takes (tiktok-shop-api.md, limits).</summary>
    private const int AddressLengthMax = 255;

    public async Task<IResult> ListAsync(HttpContext http, CancellationToken ct)
    {
        var caller = http.Caller();
        var all = await registry.ListAsync(ct);
        return Answer.Ok(new ShopList(
            [.. all.Where(caller.MaySee).OrderBy(s => s.Shop.Value, StringComparer.Ordinal).Select(View)]));
    }

    public async Task<IResult> GetAsync(HttpContext http, string id)
    {
        var shop = View(await http.ShopAsync(shops, id));
        var intake = (await grains.Intake(new ShopId(shop.Shop)).GetStatusAsync()).Value;
        return Answer.Ok(new ShopDetail(
            shop.Shop, shop.Channel, shop.MarketplaceShopId, shop.Name, shop.Region, shop.Zone, shop.Active, shop.ConnectedAt, View(intake)));
    }

    public async Task<IResult> ReconcileAsync(HttpContext http, string id)
    {
        var shop = await http.ShopAsync(shops, id);
        return Answer.Ok(View((await grains.Intake(shop.Shop).SweepAsync()).Value));
    }

    public async Task<IResult> ConnectAsync(HttpContext http)
    {
        var request = await JsonBody.ReadAsync<ConnectRequest>(http, options.Value.JsonBodyMaxBytes);
        var address = Check(request);
        var caller = http.Caller();
        var id = new ShopId(request.Shop);
        if (!caller.Covers(id))
        {
            return new Problem(StatusCodes.Status403Forbidden, "shop_not_allowed", "This key is bound to other shops.");
        }

        await shops.ReadAsync();
        var before = shops.All.FirstOrDefault(s => s.Shop == id);
        var account = request.MarketplaceShopId is { } named ? shops.ByAccount(named) : null;
        if ((before is not null && before.Merchant != caller.Merchant) || (account is not null && account.Merchant != caller.Merchant))
        {
            return Taken();
        }

        var answer = (await grains.Shop(id).ConnectAsync(
            new ConnectShop(caller.Merchant, request.AuthCode, request.MarketplaceShopId, address))).Value;
        await shops.ReadAsync();
        if (answer.Shop is not { } shop)
        {
            return Refused(caller, answer.Error);
        }

        http.Response.Headers.Location = $"/v1/shops/{shop.Shop}";
        return new Answer<ShopView>(View(shop), before is null ? StatusCodes.Status201Created : StatusCodes.Status200OK);
    }

    private static Problem Taken() => new(
        StatusCodes.Status409Conflict, "shop_taken", "This shop id or this account cannot be used: ids and accounts are bound once and for ever.");

    /// <summary>The grain's sentence may say to what an account is bound: not to somebody else.</summary>
    private Problem Refused(Caller caller, string? error) =>
        error is null || shops.All.Any(s => !caller.MaySee(s) && (error.Contains(s.Shop.Value, StringComparison.Ordinal)
            || (s.Merchant != caller.Merchant && error.Contains(s.Merchant.Value, StringComparison.Ordinal))))
            ? Taken()
            : new Problem(StatusCodes.Status422UnprocessableEntity, "connect_refused", error);

    private static Uri? Check(ConnectRequest request)
    {
        var wrong = new List<FieldProblem>();
        if (!ShopId.IsValid(request.Shop))
        {
            wrong.Add(new FieldProblem("shop", "1 to 40 of a-z, 0-9 and '-'."));
        }

        if (request.AuthCode is not { Length: > 0 and <= 2048 })
        {
            wrong.Add(new FieldProblem("auth_code", "Required: the code that the consent page gave."));
        }

        if (request.MarketplaceShopId is { } account && (account.Length is 0 or > 64 || !account.All(char.IsAsciiLetterOrDigit)))
        {
            wrong.Add(new FieldProblem("marketplace_shop_id", "The account's id as the marketplace writes it, or left out."));
        }

        Uri? address = null;
        if (request.WebhookAddress is { } text
            && (text.Length > AddressLengthMax || !Uri.TryCreate(text, UriKind.Absolute, out address) || address.Scheme is not ("https" or "http")))
        {
            wrong.Add(new FieldProblem("webhook_address", $"An absolute http(s) address of at most {AddressLengthMax} characters, or left out."));
        }

        return wrong.Count == 0 ? address : throw new ProblemException(Problem.Invalid("Some members are not as documented.", wrong));
    }

    private ShopView View(ShopRecord s) => new(
        s.Shop.Value, s.Channel, s.MarketplaceShopId, s.Name, s.Region, options.Value.ZoneByRegion.GetValueOrDefault(s.Region), s.Active, s.ConnectedAt);

    private static IntakeView View(IntakeStatus s) => new(s.CompleteUpTo, s.LastSweptAt, s.LastSweepFound, s.Busy, s.Missing);
}
