using System.Globalization;
using Engine.Sandbox.Orders;
using Engine.Sandbox.Shops;

namespace Engine.Sandbox.Fulfillment;

/// <summary>Sells a label, whoever asks: the API, or somebody in Seller Center. What may be sold is decided before.</summary>
public sealed class LabelSeller(Marketplace market)
{
    /// <summary>Inside the shop's lock. Returns the package and the sale's number in the run.</summary>
    public (Package Package, long Sale) Sell(IReadOnlyList<Order> orders, IReadOnlyList<LineItem> lines, ShippingService service, Measure weight, Size size)
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
        };
        var sale = market.Lifecycle.RegisterSale(package);
        if (market.Options.VisibilitySeconds > 0)
        {
            HideFor(package, TimeSpan.FromSeconds(market.Options.VisibilitySeconds));
        }
        else
        {
            market.Lifecycle.Reveal(package, nowMs);
        }

        return (package, sale);
    }

    /// <summary>System time, because the engine's waiting time before a read-back is system time too. Stepped time stands meanwhile.</summary>
    private void HideFor(Package package, TimeSpan time)
    {
        market.Steps.Begin();
        var shown = market.Clock.System.CreateTimer(_ =>
        {
            lock (package.Shop.Gate)
            {
                market.Lifecycle.Reveal(package, market.Clock.NowMs);
            }

            market.Steps.End();
        }, null, time, Timeout.InfiniteTimeSpan);
        package.Unveiling = shown;
    }

    private long DocumentDelayMs(string key) =>
        market.Options.DocumentDelaySeconds > 0 && market.Draw.Chance(key, "document-late", 0.2)
            ? market.Draw.Between(key, "document-delay", 1000, market.Options.DocumentDelaySeconds * 1000L)
            : 0;
}
