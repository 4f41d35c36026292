using Engine.Sandbox.Clock;
using Engine.Sandbox.Ledger;
using Engine.Sandbox.Orders;
using Engine.Sandbox.Shops;

namespace Engine.Sandbox.Fulfillment;

/// <summary>A parcel: a bought label, or a tracking number that the seller gave. Guarded by the shop's lock.</summary>
public sealed class Package : IIndexed
{
    public required string Id { get; init; }
    public required Shop Shop { get; init; }
    public required IReadOnlyList<Order> Orders { get; init; }
    public required IReadOnlyList<LineItem> Lines { get; init; }
    public required string ShippingType { get; init; }
    public required string TrackingNumber { get; set; }
    public required Carrier Carrier { get; init; }
    public ShippingService? Service { get; init; }
    public Measure Weight { get; init; }
    public Size Size { get; init; }
    public long PriceCents { get; init; }
    public string Status { get; set; } = PackageStatus.Processing;
    public required long CreateTime { get; init; }
    public long UpdateTime { get; set; }
    public long IndexedSequence { get; set; }
    public required long CreatedAtMs { get; init; }

    /// <summary>False while a sale is still invisible to reads (setting VisibilitySeconds).</summary>
    public bool IsVisible { get; set; }

    /// <summary>From when the carrier has produced the label file.</summary>
    public long DocumentReadyAtMs { get; init; }
    public string Tag { get; init; } = "DEFAULT";
    public SimEvent? Scan { get; set; }

    /// <summary>Neither shown nor answered 'in progress' while hidden (fault).</summary>
    public bool IsSecret { get; set; }

    /// <summary>System time of hiding that a fault wants; null = setting VisibilitySeconds.</summary>
    public TimeSpan? HiddenFor { get; set; }

    /// <summary>A repeated purchase of its lines is refused even where RepeatPurchase=charge.</summary>
    public bool RefusesRepeat { get; set; }

    /// <summary>Bought by a person at TikTok's own desk, not through the API.</summary>
    public bool BoughtInSellerCenter { get; init; }

    /// <summary>The warehouse that really fulfils; null = the order's.</summary>
    public string? WarehouseId { get; set; }
    public LabelSale? Sale { get; set; }
    public bool IsLive => Status != PackageStatus.Cancelled;
}

/// <summary>A weight as it was sent, and in grams.</summary>
public readonly record struct Measure(string Value, string Unit, int Grams);

/// <summary>Lengths as they were sent.</summary>
public readonly record struct Size(string Length, string Width, string Height, string Unit);
