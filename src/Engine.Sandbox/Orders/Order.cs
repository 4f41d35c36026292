using Engine.Sandbox.Cancellations;
using Engine.Sandbox.Clock;
using Engine.Sandbox.Fulfillment;
using Engine.Sandbox.Shops;

namespace Engine.Sandbox.Orders;

/// <summary>One order. Everything that changes is guarded by <see cref="Shop.Gate"/>. Times ending in Ms are Unix milliseconds, the others Unix seconds.</summary>
public sealed class Order(Shop shop, string id, long number, Buyer buyer, bool isFbt, string shippingType) : IIndexed
{
    public Shop Shop { get; } = shop;
    public string Id { get; } = id;

    /// <summary>Order of placement in the run, from 1; the ledger's seq.</summary>
    public long Number { get; } = number;
    public Buyer Buyer { get; set; } = buyer;
    public bool AddressWasChanged { get; set; }
    public bool IsFbt { get; } = isFbt;

    /// <summary>TIKTOK (label from TikTok) or SELLER.</summary>
    public string ShippingType { get; } = shippingType;
    public LineItem[] Lines { get; set; } = [];
    public string Status { get; set; } = OrderStatus.OnHold;
    public OrderTally Tally { get; set; } = OrderTally.None;
    public long CreateTime { get; set; }
    public long UpdateTime { get; set; }
    public long IndexedSequence { get; set; }
    public long PlacedAtMs { get; set; }
    public long? ShippableAtMs { get; set; }
    public double? ShippableSystemMs { get; set; }
    public long? ScannedAtMs { get; set; }
    public long? CancelledAtMs { get; set; }
    public Deadlines Deadlines { get; set; }

    /// <summary>Deadlines given from outside (replay, tests) instead of the calendar's.</summary>
    public Deadlines? GivenDeadlines { get; init; }
    public long RtsTime { get; set; }
    public long DeliveryTime { get; set; }
    public long RequestCancelTime { get; set; }
    public string? CancelReason { get; set; }
    public string? CancelInitiator { get; set; }

    /// <summary>Packages that can be seen, live and cancelled.</summary>
    public List<Package> Packages { get; } = [];
    public Cancellation? PendingCancel { get; set; }
    public SimEvent? AutoCancel { get; set; }
    public SimEvent? Release { get; set; }
    public string? SplitOrCombineTag { get; set; }
    public int Purchases { get; set; }

    /// <summary>Why the order can never be finished; null for all that can.</summary>
    public string? Unfinishable { get; set; }

    /// <summary>What a replayed file says about the carrier; null in generated orders.</summary>
    public CarrierScript? Script { get; init; }

    /// <summary>Another warehouse than the shop's first; set when the platform switched it.</summary>
    public string? WarehouseId { get; set; }

    /// <summary>How lists and details of it are spoiled; null = not.</summary>
    public Faults.OrderPoison? Poison { get; set; }

    public bool IsPacked => Lines.All(static l => l.Package is { IsVisible: true });

    public LineItem? Line(string id)
    {
        foreach (var line in Lines)
        {
            if (string.Equals(line.Id, id, StringComparison.Ordinal))
            {
                return line;
            }
        }

        return null;
    }
}

/// <summary>Hand-over as recorded in real data.</summary>
/// <param name="HandOverAtMs">When the carrier took the parcel; null = never.</param>
/// <param name="CancelAfterScan">The order ended cancelled although the carrier had it.</param>
public sealed record CarrierScript(long? HandOverAtMs, bool CancelAfterScan);

/// <summary>One unit of one SKU (tiktok-shop-api.md 6.6).</summary>
public sealed class LineItem(string id, Sku sku)
{
    public string Id { get; } = id;
    public Sku Sku { get; } = sku;

    /// <summary>The newest live package that holds this line, visible or still hidden.</summary>
    public Package? Package { get; set; }
}

/// <summary>Deadlines in Unix seconds; 0 = none.</summary>
public readonly record struct Deadlines(long RtsSla, long TtsSla, long ShippingDue, long CollectionDue, long DeliverySla);

/// <summary>Under which count of GET /sandbox/progress an order stands.</summary>
public enum OrderTally
{
    None,
    Fbt,
    OnHold,
    ShippableUnlabelled,
    LabelledUnscanned,
    Scanned,
    Cancelled,
}
