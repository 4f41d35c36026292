using Engine.Sandbox.Fulfillment;
using Engine.Sandbox.Orders;
using Engine.Sandbox.Shops;
using Engine.Sandbox.Webhooks;

namespace Engine.Sandbox.Ledger;

/// <summary>A label that was sold.</summary>
public sealed class LabelSale(Package package, long soldAtMs, double soldSystemMs, bool chargedAgain)
{
    public Package Package { get; } = package;
    public long SoldAtMs { get; } = soldAtMs;
    public double SoldSystemMs { get; } = soldSystemMs;

    /// <summary>Any of its lines was already in a live package.</summary>
    public bool ChargedAgain { get; } = chargedAgain;
    public long? ScannedAtMs { get; set; }
}

/// <summary>A call on TikTok's paths.</summary>
/// <param name="LimitInForce">Calls per second (per hour for a development shop); 0 = none applied.</param>
public readonly record struct CallRecord(string AppKey, string? ShopId, string Api, int Http, long Code, double ArrivedSystemMs, long BusinessMs,
    double TookMs, double LimitInForce, bool Limited);

/// <summary>Everything that happened, as the other side of the engine's own books.</summary>
public sealed class LedgerBook
{
    public AppendLog<LabelSale> Labels { get; } = new();
    public AppendLog<CallRecord> Calls { get; } = new();
    public AppendLog<Notification> Webhooks { get; } = new();
    public AppendLog<Order> Orders { get; } = new();
    public AppendLog<TokenPair> Tokens { get; } = new();
}
