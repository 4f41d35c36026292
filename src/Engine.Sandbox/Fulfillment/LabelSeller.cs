using System.Globalization;
using Engine.Sandbox.Http;
using Engine.Sandbox.Orders;
using Engine.Sandbox.Shops;

namespace Engine.Sandbox.Fulfillment;

/// <summary>Sells a label, whoever asks: the API, or somebody in Seller Center. What may be sold is decided before.</summary>
public sealed class LabelSeller(Marketplace market)
{
    /// <summary>Inside the shop's lock.</summary>
    /// <param name="call">The purchase that buys it; null: somebody in Seller Center.</param>
    public Package Sell(IReadOnlyList<Order> orders, IReadOnlyList<LineItem> lines, ShippingService service, Measure weight, Size size, ApiCall? call)
    {
        var nowMs = market.Clock.NowMs;
        var key = orders[0].Id + "/" + orders[0].Purchases.ToString(CultureInfo.InvariantCulture);
        var package = new Package
        {
            Id = market.Draw.Id("115", 19, key, "package"),
            Shop = orders[0].Shop,
            Orders = orders,
            Lines = lines,
            ShippingType = "TIKTOK",
            TrackingNumber = market.Draw.Id("9200190", 22, key, "tracking"),
            Carrier = service.Carrier,
            Service = service,
            Weight = weight,
            Size = size,
            PriceCents = service.PriceCents(weight.Grams),
            CreateTime = nowMs / 1000,
            CreatedAtMs = nowMs,
            DocumentReadyAtMs = nowMs + DocumentDelayMs(key),
            Tag = orders.Count > 1 ? "COMBINE" : lines.Count < orders[0].Lines.Length ? "SPLIT" : "DEFAULT",
            BoughtInSellerCenter = call is null,
        };
        var sale = market.Lifecycle.RegisterSale(package);
        if (call is not null)
        {
            call.Sold = package.Sale;
            market.Faults.Sold(call, package, sale);
        }

        var hidden = package.HiddenFor ?? HiddenBySetting(call);
        if (hidden > TimeSpan.Zero)
        {
            market.Delays.After(hidden, () =>
            {
                lock (package.Shop.Gate)
                {
                    market.Lifecycle.Reveal(package, market.Clock.NowMs);
                }
            });
        }
        else
        {
            market.Lifecycle.Reveal(package, nowMs);
        }

        return package;
    }

    /// <summary>
    /// System time, because the engine's waiting time before a read-back is system time too. V counts from the arrival of the call,
    /// so that an effect delayed within V is visible within V. A purchase in Seller Center is visible at once.
    /// </summary>
    private TimeSpan HiddenBySetting(ApiCall? call) => call is null ? TimeSpan.Zero
        : TimeSpan.FromSeconds(market.Options.VisibilitySeconds) - (call.IsLate ? TimeSpan.FromMilliseconds(market.Clock.SystemNowPreciseMs - call.ArrivedMs) : TimeSpan.Zero);

    private long DocumentDelayMs(string key) =>
        market.Options.DocumentDelaySeconds > 0 && market.Draw.Chance(key, "document-late", 0.2)
            ? market.Draw.Between(key, "document-delay", 1000, market.Options.DocumentDelaySeconds * 1000L)
            : 0;
}
