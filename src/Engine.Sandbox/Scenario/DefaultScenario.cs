using System.Globalization;
using Engine.Sandbox.Control;
using Engine.Sandbox.Orders;
using Engine.Sandbox.Shops;

namespace Engine.Sandbox.Scenario;

/// <summary>Generated shops and orders: who orders what and when is drawn once for each order's number.</summary>
public static class DefaultScenario
{
    /// <summary>One sentence on what is wrong with a request; null when nothing is.</summary>
    public static string? Problem(ScenarioRequest request) =>
        request.Shops is < 1 or > 5000 ? "shops must be from 1 to 5000."
        : request.Orders is < 0 or > 20_000_000 ? "orders must be from 0 to 20000000."
        : request.OverSeconds < 0 ? "over_seconds must be 0 or more."
        : request.Arrivals is not ("spread" or "open_loop") ? "arrivals must be spread or open_loop."
        : request.Arrivals == "open_loop" && request.RatePerSecond is not > 0 ? "open_loop needs rate_per_second above 0."
        : request.RampSeconds < 0 ? "ramp_seconds must be 0 or more."
        : request.ScanLagMinSeconds < 0 || request.ScanLagMaxSeconds < request.ScanLagMinSeconds ? "scan_lag_min_seconds must be 0 or more and not above scan_lag_max_seconds."
        : null;

    public static List<Shop> Prepare(Marketplace market, OpenLoopArrivals openLoop, ScenarioRequest request)
    {
        var shops = new List<Shop>(request.Shops);
        for (var i = 1; i <= request.Shops; i++)
        {
            var name = string.Create(CultureInfo.InvariantCulture, $"Sandbox Shop {i}");
            var shop = market.AddShop(market.Draw.Id("7495", 19, name, "shop"), name, "US", "USD");
            shop.Stock(market.Draw);
            shops.Add(shop);
        }

        market.ScanLagMinMs = (long)(request.ScanLagMinSeconds * 1000);
        market.ScanLagMaxMs = (long)(request.ScanLagMaxSeconds * 1000);
        market.Deliver = request.Deliver;
        market.Tallies.Plan(request.Orders);
        if (request.Arrivals == "open_loop")
        {
            openLoop.Prepare(request.Orders, request.RatePerSecond!.Value, request.RampSeconds, (i, at) => Place(market, shops, request, i, at));
        }
        else
        {
            var start = market.Clock.NowMs;
            for (var i = 0; i < request.Orders; i++)
            {
                var number = i;
                var offset = (long)(market.Draw.Unit(Key(number), "arrival") * request.OverSeconds * 1000);
                market.Events.Schedule(start + offset, at => Place(market, shops, request, number, at));
            }
        }

        return shops;
    }

    private static string Key(int number) => "order/" + number.ToString(CultureInfo.InvariantCulture);

    private static void Place(Marketplace market, List<Shop> shops, ScenarioRequest request, int number, long atMs)
    {
        var draw = market.Draw;
        var key = Key(number);
        var shop = shops[number % shops.Count];
        var kinds = draw.Unit(key, "kinds");
        var units = new List<Sku>();
        foreach (var index in Enumerable.Range(0, kinds < 0.7 ? 1 : kinds < 0.92 ? 2 : 3))
        {
            var line = key + "/" + index.ToString(CultureInfo.InvariantCulture);
            var product = draw.Pick(line, "product", shop.Products);
            var sku = draw.Pick(line, "sku", product.Skus);
            units.AddRange(Enumerable.Repeat(sku, draw.Chance(line, "twice", 0.15) ? 2 : 1));
        }

        var holdMs = market.Options.HoldSeconds * 1000L;
        var fbt = draw.Chance(key, "fbt", request.FbtRatio);
        var seller = !fbt && draw.Chance(key, "seller-shipped", request.SellerShippedRatio);
        long? cancelAfter = null;
        if (!fbt && holdMs > 0 && draw.Chance(key, "cancel-in-hold", request.CancelInHoldRatio))
        {
            cancelAfter = draw.Between(key, "cancel-at", 1, Math.Max(1, holdMs - 1));
        }
        else if (!fbt && draw.Chance(key, "cancel-request", request.CancelRequestRatio))
        {
            // Half of them within a minute of the release, when the label is being bought; the rest around the carrier's first scan.
            cancelAfter = holdMs + draw.Between(key, "cancel-at", 1, draw.Chance(key, "cancel-soon", 0.5) ? 60_000 : 6 * 3_600_000);
        }

        market.Lifecycle.Place(shop, new OrderPlan(key, units, fbt, seller ? "SELLER" : "TIKTOK", holdMs, CancelAfterMs: cancelAfter, WasPlanned: true), atMs);
    }
}
