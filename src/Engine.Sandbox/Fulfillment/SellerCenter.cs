using Engine.Sandbox.Orders;

namespace Engine.Sandbox.Fulfillment;

/// <summary>A person of the seller at TikTok's own desk, who sees the same orders as the engine.</summary>
public sealed class SellerCenter(Marketplace market)
{
    /// <summary>Buys the default label for an order's lines that have none; of several lines only the first half when <paramref name="part"/>.</summary>
    /// <param name="refusesRepeat">A later purchase of these lines is refused even where RepeatPurchase=charge.</param>
    /// <returns>Null: the order cannot be bought (any more).</returns>
    public Package? Buy(Order order, bool part, bool refusesRepeat)
    {
        lock (order.Shop.Gate)
        {
            var lines = order.Lines.Where(static l => l.Package is not { IsLive: true }).ToList();
            if (order.Status is not (OrderStatus.AwaitingShipment or OrderStatus.PartiallyShipping) || lines.Count == 0)
            {
                return null;
            }

            var package = BuyLines(order, part && lines.Count > 1 ? lines[..(lines.Count / 2)] : lines);
            if (package is not null)
            {
                package.RefusesRepeat = refusesRepeat;
            }

            return package;
        }
    }

    /// <summary>Buys the label of the whole order. Nothing prevents a second one: that is what it is for.</summary>
    /// <returns>Null: on hold or cancelled, or no label of the platform's fits.</returns>
    public Package? BuyWhole(Order order)
    {
        lock (order.Shop.Gate)
        {
            return order.Status is OrderStatus.OnHold or OrderStatus.Cancelled ? null : BuyLines(order, order.Lines);
        }
    }

    private Package? BuyLines(Order order, IReadOnlyList<LineItem> lines)
    {
        var (weight, size) = ParcelMeasures.FromProducts(lines);
        if (order.IsFbt || order.ShippingType != "TIKTOK" || order.Shop.Services.FirstOrDefault(s => weight.Grams <= s.MaxGrams) is not { } service)
        {
            return null;
        }

        var package = market.Seller.Sell([order], lines, service, weight, size, call: null);
        if (package.Tag == "DEFAULT")
        {
            // A split tells by itself. What a whole order's package from Seller Center is called is not documented: FULFILL_UNCOMBINE (invented).
            market.Lifecycle.TellPackage(package, "FULFILL_UNCOMBINE");
        }

        return package;
    }
}
