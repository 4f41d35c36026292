using System.Collections.Concurrent;
using System.Text;
using Engine.Sandbox.Cancellations;
using Engine.Sandbox.Clock;
using Engine.Sandbox.Control;
using Engine.Sandbox.Faults;
using Engine.Sandbox.Fulfillment;
using Engine.Sandbox.Ledger;
using Engine.Sandbox.Limits;
using Engine.Sandbox.Orders;
using Engine.Sandbox.Shops;
using Engine.Sandbox.Webhooks;

namespace Engine.Sandbox;

/// <summary>All state of the simulated platform, and the parts that act on it.</summary>
public sealed class Marketplace
{
    private readonly WebhookSender _sender;
    private long _notifications;
    private long _orderNumbers;

    public Marketplace(SandboxOptions options, BusinessClock clock, EventQueue events, StepCoordinator steps, LedgerBook ledger, WebhookSender sender)
    {
        Options = options;
        Clock = clock;
        Events = events;
        Steps = steps;
        Ledger = ledger;
        _sender = sender;
        Draw = new Draw(options.Seed);
        Secret = Encoding.UTF8.GetBytes(options.AppSecret);
        Profile = LimitProfile.Create(options.Profile, Draw);
        Tokens = new TokenBook(this);
        Lifecycle = new OrderLifecycle(this);
        Desk = new CancellationDesk(this);
        Faults = new FaultDesk(this);
        Delays = new SystemDelays(clock, steps);
        Seller = new LabelSeller(this);
        SellerCenter = new SellerCenter(this);
    }

    public SandboxOptions Options { get; }
    public BusinessClock Clock { get; }
    public EventQueue Events { get; }
    public StepCoordinator Steps { get; }
    public LedgerBook Ledger { get; }
    public Draw Draw { get; }
    public byte[] Secret { get; }
    public LimitProfile Profile { get; }
    public TokenBook Tokens { get; }
    public OrderLifecycle Lifecycle { get; }
    public CancellationDesk Desk { get; }
    public FaultDesk Faults { get; }
    public SystemDelays Delays { get; }
    public LabelSeller Seller { get; }
    public SellerCenter SellerCenter { get; }
    public Tallies Tallies { get; } = new();
    public WebhookSender Webhooks => _sender;
    public ConcurrentDictionary<string, Shop> Shops { get; } = new(StringComparer.Ordinal);
    public ConcurrentDictionary<string, Shop> ShopsByCipher { get; } = new(StringComparer.Ordinal);
    public ConcurrentDictionary<string, Order> Orders { get; } = new(StringComparer.Ordinal);

    /// <summary>What the Quality Engine was told last of an order: its reason, null without one.</summary>
    public ConcurrentDictionary<string, string?> QualityReports { get; } = new(StringComparer.Ordinal);
    public ConcurrentDictionary<string, Package> Packages { get; } = new(StringComparer.Ordinal);
    public ConcurrentDictionary<string, Cancellation> Cancellations { get; } = new(StringComparer.Ordinal);

    /// <summary>All APIs; set once when the parts are put together.</summary>
    public Http.RouteTable Routes { get; set; } = new();

    /// <summary>Business milliseconds between a parcel's label and its first scan; the default scenario sets them.</summary>
    public long ScanLagMinMs { get; set; } = 3_600_000;
    public long ScanLagMaxMs { get; set; } = 21_600_000;

    /// <summary>Parcels are delivered and orders completed some days after their scan.</summary>
    public bool Deliver { get; set; }

    /// <summary>Off in replays, where only the file decides.</summary>
    public bool AutoCancel { get; set; } = true;

    public long NextOrderNumber() => Interlocked.Increment(ref _orderNumbers);

    /// <summary>Creates a shop without a catalogue; the same name or id gives the same shop in every run of a seed.</summary>
    public Shop AddShop(string? id, string name, string region, string currency)
    {
        id ??= Draw.Id("7495", 19, name, "shop");
        var shop = new Shop(Draw, id, name, region, currency, Clock.NowSeconds);
        shop.Limiters = new ShopLimiters(id, Profile, Routes.All.Count);
        if (!Shops.TryAdd(id, shop))
        {
            throw new InvalidOperationException($"Shop {id} exists already.");
        }

        ShopsByCipher[shop.Cipher] = shop;
        return shop;
    }

    /// <summary>Queues a webhook if the shop subscribed to its event. Call it inside the shop's lock: order of events = order of changes.</summary>
    public void Notify(Shop shop, string eventType, int type, string? orderId, Action<System.Text.Json.Utf8JsonWriter> data)
    {
        if (!shop.Subscriptions.TryGetValue(eventType, out var subscription))
        {
            return;
        }

        var number = Interlocked.Increment(ref _notifications);
        var id = Draw.Id("73", 19, shop.Id + "/" + orderId + "/" + number.ToString(System.Globalization.CultureInfo.InvariantCulture), "notification");
        var body = WebhookBodies.Envelope(type, id, shop.Id, Clock.NowSeconds, data);
        var signature = Signing.WebhookSignature.Compute(Options.AppKey, Secret, body);
        var notification = new Notification(id, type, shop.Id, orderId, new Uri(subscription.Address), body, signature);
        if (!Faults.Send(notification))
        {
            _sender.Enqueue(notification);
        }
    }
}
