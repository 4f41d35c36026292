using System.Globalization;
using Engine.Sandbox.Cancellations;
using Engine.Sandbox.Fulfillment;
using Engine.Sandbox.Limits;
using Engine.Sandbox.Orders;

namespace Engine.Sandbox.Shops;

public sealed record Sku(string Id, Product Product, string SellerSku, string Name, long PriceCents);

/// <summary>Weight in grams and size in centimetres of the product's package.</summary>
public sealed record Product(string Id, string Title, int WeightGrams, int LengthCm, int WidthCm, int HeightCm, long CreateTime)
{
    public List<Sku> Skus { get; } = [];
}

public sealed record Carrier(string Id, string Name);

public sealed record ShippingService(string Id, string Name, Carrier Carrier, int EarliestDays, int LatestDays, int MaxGrams, long BaseCents, long CentsPerKilogram)
{
    public long PriceCents(int grams) => BaseCents + (CentsPerKilogram * Math.Max(grams, 1) / 1000);
}

public sealed record WebhookSubscription(string EventType, string Address, long CreateTime, long UpdateTime);

/// <summary>One shop with its catalogue, orders and packages. <see cref="Gate"/> guards everything that changes.</summary>
public sealed class Shop
{
    private long _sequence;

    public Shop(Draw draw, string id, string name, string region, string currency, long nowSeconds)
    {
        Id = id;
        Name = name;
        Region = region;
        Currency = currency;
        Cipher = "TTP_" + draw.Id("", 12, id, "cipher") + "Cq+" + draw.Id("", 6, id, "cipher2");
        Code = region + "LC" + draw.Id("", 6, id, "code");
        WarehouseId = draw.Id("7", 19, id, "warehouse");
        WarehouseEntityId = draw.Id("7", 19, id, "warehouse-entity");
        TikTokDeliveryOptionId = draw.Id("70", 19, id, "option-tiktok");
        SellerDeliveryOptionId = draw.Id("70", 19, id, "option-seller");
        var usps = new Carrier(draw.Id("71", 19, id, "usps"), "USPS");
        var ups = new Carrier(draw.Id("71", 19, id, "ups"), "UPS");
        var fedex = new Carrier(draw.Id("71", 19, id, "fedex"), "FedEx");
        Carriers = [usps, ups, fedex];
        Services =
        [
            new(draw.Id("72", 19, id, "ground-advantage"), "USPS Ground Advantage", usps, 2, 5, 31_751, 395, 180),
            new(draw.Id("72", 19, id, "ups-ground"), "UPS Ground", ups, 1, 5, 68_038, 720, 140),
            new(draw.Id("72", 19, id, "fedex-home"), "FedEx Home Delivery", fedex, 1, 4, 68_038, 790, 150),
        ];
        CreatedAt = nowSeconds;
    }

    public Lock Gate { get; } = new();
    public string Id { get; }
    public string Name { get; }
    public string Region { get; }
    public string Currency { get; }
    public string Cipher { get; }
    public string Code { get; }
    public string WarehouseId { get; }
    public string WarehouseEntityId { get; }

    /// <summary>A warehouse to which the platform has switched orders; null = none yet.</summary>
    public string? SecondWarehouseId { get; private set; }
    public string TikTokDeliveryOptionId { get; }
    public string SellerDeliveryOptionId { get; }
    public long CreatedAt { get; }
    public IReadOnlyList<Carrier> Carriers { get; }

    /// <summary>What can be bought; the first is the default.</summary>
    public IReadOnlyList<ShippingService> Services { get; }
    public List<Product> Products { get; } = [];
    public Dictionary<string, Sku> Skus { get; } = new(StringComparer.Ordinal);
    public TimeIndex<Order> OrdersByUpdate { get; } = new(itemsMove: true);
    public TimeIndex<Order> OrdersByCreation { get; } = new(itemsMove: false);
    public TimeIndex<Package> PackagesByUpdate { get; } = new(itemsMove: true);
    public TimeIndex<Package> PackagesByCreation { get; } = new(itemsMove: false);
    public TimeIndex<Cancellation> CancellationsByUpdate { get; } = new(itemsMove: true);
    public TimeIndex<Cancellation> CancellationsByCreation { get; } = new(itemsMove: false);
    public Dictionary<string, WebhookSubscription> Subscriptions { get; } = new(StringComparer.Ordinal);
    public ShopLimiters Limiters { get; set; } = null!;

    /// <summary>Orders by the tracking number that the seller gave them.</summary>
    public Dictionary<string, List<Order>> TrackingNumbers { get; } = new(StringComparer.Ordinal);
    public int ShippableUnlabelled { get; set; }

    public long NextSequence() => ++_sequence;

    public string UseSecondWarehouse(Draw draw) => SecondWarehouseId ??= draw.Id("7", 19, Id, "second-warehouse");

    /// <summary>A catalogue of a dozen products with one to three SKUs each.</summary>
    public void Stock(Draw draw)
    {
        string[] things = ["Trail socks", "Steel bottle", "Desk lamp", "Yoga mat", "Phone stand", "Candle set", "Dog leash", "Beanie", "Notebook", "Travel pouch", "Coffee scale", "Wall clock"];
        string[] variants = ["Red", "Blue", "Black"];
        for (var i = 0; i < things.Length; i++)
        {
            var key = Id + "/" + i.ToString(CultureInfo.InvariantCulture);
            var product = AddProduct(draw, key, things[i]);
            var count = (int)draw.Between(key, "skus", 1, 3);
            for (var v = 0; v < count; v++)
            {
                AddSku(draw, product, key + "/" + variants[v], things[i].ToUpperInvariant().Replace(' ', '-') + "-" + variants[v].ToUpperInvariant(),
                    variants[v], draw.Between(key, "price", 599, 8999));
            }
        }
    }

    public Product AddProduct(Draw draw, string key, string title)
    {
        var product = new Product(draw.Id("1729", 19, key, "product"), title, (int)draw.Between(key, "weight", 60, 2400),
            (int)draw.Between(key, "length", 12, 45), (int)draw.Between(key, "width", 8, 30), (int)draw.Between(key, "height", 2, 20), CreatedAt);
        Products.Add(product);
        return product;
    }

    public Sku AddSku(Draw draw, Product product, string key, string sellerSku, string name, long priceCents)
    {
        var sku = new Sku(draw.Id("1729", 19, key, "sku"), product, sellerSku, name, priceCents);
        product.Skus.Add(sku);
        Skus[sku.Id] = sku;
        return sku;
    }
}
