using Engine.Sandbox.Fulfillment;
using Engine.Sandbox.Orders;
using Engine.Sandbox.Shops;
using Engine.Sandbox.Webhooks;

namespace Engine.Sandbox.Ledger;

/// <summary>A label that was sold.</summary>
public sealed class LabelSale(Package package, long soldAtMs, double soldSystemMs, string[] liveBefore)
{
    public Package Package { get; } = package;
    public long SoldAtMs { get; } = soldAtMs;
    public double SoldSystemMs { get; } = soldSystemMs;

    /// <summary>Live packages that held any of its lines when it was sold.</summary>
    public string[] LiveBefore { get; } = liveBefore;

    /// <summary>Any of its lines was already in a live package.</summary>
    public bool ChargedAgain => LiveBefore.Length > 0;

    /// <summary>Ledger sequence of the purchase call that bought it; 0 = bought in Seller Center, or the call is still being answered.</summary>
    public int CallSequence { get; set; }
    public long? ScannedAtMs { get; set; }
}

/// <summary>A call on TikTok's paths.</summary>
/// <param name="LimitInForce">Calls per second (per hour for a development shop); 0 = none applied.</param>
public readonly record struct CallRecord(string AppKey, string? ShopId, string Api, int Http, long Code, double ArrivedSystemMs, long BusinessMs,
    double TookMs, double LimitInForce, bool Limited, CallNote? Note = null);

/// <summary>What faults did to a call.</summary>
public sealed class CallNote
{
    private readonly Lock _gate = new();
    private int _sequence;
    private LabelSale? _late;

    /// <summary>Kinds, joined by '+' in the order in which they struck.</summary>
    public string Fault { get; set; } = "";

    /// <summary>done, refused (by the endpoint), none (the endpoint did not run) or late.</summary>
    public string Effect { get; set; } = "none";

    /// <summary>What a late execution came to; null before it.</summary>
    public long? LateCode { get; set; }
    public double? LateSystemMs { get; set; }

    /// <summary>The call was written; a label that it bought late is its own.</summary>
    public void Written(int sequence)
    {
        lock (_gate)
        {
            _sequence = sequence;
            if (_late is not null)
            {
                _late.CallSequence = sequence;
            }
        }
    }

    public void Bought(LabelSale? late)
    {
        lock (_gate)
        {
            _late = late;
            if (late is not null && _sequence > 0)
            {
                late.CallSequence = _sequence;
            }
        }
    }
}

/// <summary>Everything that happened, as the other side of the engine's own books.</summary>
public sealed class LedgerBook
{
    public AppendLog<LabelSale> Labels { get; } = new();
    public AppendLog<CallRecord> Calls { get; } = new();
    public AppendLog<Notification> Webhooks { get; } = new();
    public AppendLog<Order> Orders { get; } = new();
    public AppendLog<TokenPair> Tokens { get; } = new();
}
