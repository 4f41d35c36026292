using System.Globalization;
using Engine.Sandbox.Http;
using Engine.Sandbox.Orders;
using Engine.Sandbox.Shops;

namespace Engine.Sandbox.Fulfillment;

/// <summary>What a sold label consists of, whoever buys it.</summary>
public sealed record LabelOrder(IReadOnlyList<Order> Orders, IReadOnlyList<LineItem> Lines, ShippingService Service, Measure Weight, Size Size);

/// <summary>Makes a package of a label order and puts it on sale's books. Inside the shop's lock.</summary>
public sealed class LabelCounter(Marketplace market)
{
    /// <param name="call">The purchase that buys it; null: a person in Seller Center.</param>
    public Package Sell(LabelOrder wanted, ApiCall? call)
    {
        var (orders, lines) = (wanted.Orders, wanted.Lines);
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
            Carrier = wanted.Service.Carrier,
            Service = wanted.Service,
            Weight = wanted.Weight,
            Size = wanted.Size,
            PriceCents = wanted.Service.PriceCents(wanted.Weight.Grams),
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

        var hidden = package.HiddenFor ?? VisibleAfter(call);
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
    private TimeSpan VisibleAfter(ApiCall? call) => call is null ? TimeSpan.Zero
        : TimeSpan.FromSeconds(market.Options.VisibilitySeconds) - (call.IsLate ? TimeSpan.FromMilliseconds(market.Clock.SystemNowPreciseMs - call.ArrivedMs) : TimeSpan.Zero);

    private long DocumentDelayMs(string key) =>
        market.Options.DocumentDelaySeconds > 0 && market.Draw.Chance(key, "document-late", 0.2)
            ? market.Draw.Between(key, "document-delay", 1000, market.Options.DocumentDelaySeconds * 1000L)
            : 0;
}
