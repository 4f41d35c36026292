using System.Globalization;
using Engine.Sandbox.Orders;
using Engine.Sandbox.Shops;
using NodaTime;

namespace Engine.Sandbox.Scenario;

/// <summary>
/// Real orders again (design 5, replay rule): one order per (order, seller), one shop per seller, paid when placed, deadline the
/// latest ship_by. Nothing happens that the file does not tell: no auto-cancel, no other buyer cancellations, no FBT, no faults.
/// </summary>
public static class Replay
{
    private const long CancelAfterMs = 30 * 60_000;
    private const int RtsHeadStartSeconds = 6 * 3600;
    private static readonly DateTimeZone SaoPaulo = DateTimeZoneProviders.Tzdb["America/Sao_Paulo"];

    public static (List<Shop> Shops, int Orders) Prepare(Marketplace market, List<HistoryRow> rows)
    {
        market.AutoCancel = false;
        var orders = rows.GroupBy(static r => (r.OrderId, r.SellerId)).Select(static g => g.OrderBy(r => r.Line).ToList()).ToList();
        if (orders.Count > 0)
        {
            var first = orders.Min(static o => Ms(o[0].PurchasedAt));
            if (!(market.Clock.StartAtWasGiven && market.Clock.BusinessAnchorMs <= first) && !market.Clock.TrySetAnchor(first - 60_000))
            {
                throw new BadHttpRequestException("A replay has to be prepared before the clock is started.");
            }
        }

        var shops = new Dictionary<string, Shop>(StringComparer.Ordinal);
        foreach (var seller in rows.Select(static r => r.SellerId).Distinct(StringComparer.Ordinal))
        {
            shops[seller] = market.AddShop(ShopId(market.Draw, seller), "Seller " + seller, "BR", "BRL");
        }

        market.Tallies.Plan(orders.Count);
        foreach (var lines in orders)
        {
            var shop = shops[lines[0].SellerId];
            var units = lines.Select(l => SkuOf(market.Draw, shop, l)).ToList();
            market.Events.Schedule(Ms(lines[0].PurchasedAt), at => Place(market, shop, lines, units, at));
        }

        return ([.. shops.Values], orders.Count);
    }

    /// <summary>The shop of a seller; the seed takes no part, so that a plain script can name it as well: 7495 and 15 digits of the seller's id read as a number.</summary>
    private static string ShopId(Draw draw, string seller) =>
        seller.Length >= 15 && ulong.TryParse(seller.AsSpan(0, 12), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var n)
            ? "7495" + n.ToString("D15", CultureInfo.InvariantCulture)
            : draw.Id("7495", 19, seller, "shop");

    private static Sku SkuOf(Draw draw, Shop shop, HistoryRow line)
    {
        var cents = (long)(line.Price * 100);
        var key = shop.Id + "/" + line.Sku + "/" + cents.ToString(CultureInfo.InvariantCulture);
        var id = draw.Id("1729", 19, key, "sku");
        return shop.Skus.TryGetValue(id, out var known) ? known : shop.AddSku(draw, shop.AddProduct(draw, key, "Product " + line.Sku[..8]), key, line.Sku, "Default", cents);
    }

    private static void Place(Marketplace market, Shop shop, List<HistoryRow> lines, List<Sku> units, long atMs)
    {
        var first = lines[0];
        var key = first.OrderId + "/" + first.SellerId;
        var shipBy = lines.Max(static l => Ms(l.ShipBy)) / 1000;
        var handOver = lines.Max(static l => l.HandedToCarrierAt) is { } handed ? Ms(handed) : (long?)null;
        var cancelled = first.Status == "canceled";
        var plan = new OrderPlan(key, units, IsFbt: false, "TIKTOK", market.Options.HoldSeconds * 1000L,
            Buyer.InBrazil(market.Draw, key, first.BuyerState, first.BuyerZip),
            new Deadlines(shipBy - RtsHeadStartSeconds, shipBy, 0, 0, 0),
            new CarrierScript(handOver, cancelled && handOver is not null),
            Unfinishable: handOver is null && !cancelled ? $"never handed to a carrier in the file (final status {first.Status})" : null,
            CancelAfterMs: cancelled && handOver is null ? CancelAfterMs : null,
            WasPlanned: true);
        market.Lifecycle.Place(shop, plan, atMs);
    }

    private static long Ms(DateTime local) =>
        SaoPaulo.AtLeniently(LocalDateTime.FromDateTime(local)).ToInstant().ToUnixTimeMilliseconds();
}
