using System.Collections.Immutable;
using Engine.Domain.LateDispatch;
using Engine.Domain.Orders;
using Engine.Domain.Ports;
using Orleans;
using Orleans.Concurrency;

namespace Engine.Contracts;

/// <summary>What became of a command.</summary>
public enum AskResult
{
    Accepted,

    /// <summary>Already so: success, nothing new was written.</summary>
    AlreadyDone,

    /// <summary>Refused by the order's rules; see the reason.</summary>
    Refused,

    /// <summary>Surely not done (database away, too busy): try again.</summary>
    Unavailable,

    /// <summary>Perhaps done: the connection broke during COMMIT and could not be asked since.</summary>
    Unknown,
}

/// <summary>The order's answer: what became of the command, and the order as it now stands (null when it was never received).</summary>
public sealed record OrderAnswer(AskResult Result, OrderState? Order, RefusalReason? Reason = null, string? Message = null);

/// <param name="Document">Marketplace document (UTF-8 JSON, no recipient) to store with the command, where it changed.</param>
/// <param name="Recipient">Recipient (UTF-8 JSON), seller shipping only; stored encrypted.</param>
/// <param name="ProbablyNew">The asker has not seen this order before: it is not read first, and the append finds out.</param>
/// <param name="StoredVersion">The asker has seen this version stored (0: none): an activation that knows an older one has been overtaken, and reads first.</param>
public sealed record OrderQuestion(
    MerchantId Merchant,
    OrderCommand Command,
    Causation Causation,
    ReadOnlyMemory<byte> Document = default,
    ReadOnlyMemory<byte> Recipient = default,
    IdempotencyRecord? Idempotency = null,
    bool ProbablyNew = false,
    int StoredVersion = 0);

/// <summary>One order: load, decide, append, apply, reply. Key: `shop/order`.</summary>
public interface IOrderGrain : IGrainWithStringKey
{
    Task<Carried<OrderAnswer>> AskAsync(Carried<OrderQuestion> question);

    /// <summary>The order as stored; null when never received.</summary>
    /// <param name="storedVersion">As in <see cref="OrderQuestion"/>.</param>
    Task<Carried<OrderState?>> GetAsync(int storedVersion = 0);
}

/// <summary>Connect a shop: exchange the consent's code, find the account, bind it to the merchant for ever.</summary>
public sealed record ConnectShop(MerchantId Merchant, string AuthCode, string? MarketplaceShopId, Uri? WebhookAddress);

/// <param name="Error">Null when connected; else one sentence that says what to do.</param>
public sealed record ConnectAnswer(ShopRecord? Shop, string? Error);

/// <summary>One connected account: consent, tokens, name. Key: shop.</summary>
public interface IShopGrain : IGrainWithStringKey
{
    Task<Carried<ConnectAnswer>> ConnectAsync(Carried<ConnectShop> request);

    /// <summary>Null when not connected.</summary>
    Task<Carried<ShopAccess?>> GetAccessAsync();

    /// <summary>At most one refresh at a time; answers after the new token is stored. Null when consent has ended.</summary>
    Task<Carried<ShopAccess?>> RefreshAsync(string refusedToken);
}

/// <summary>How far a shop's orders are known to be complete.</summary>
/// <param name="CompleteUpTo">Every order placed and every change made before this business instant is stored here, but for the <paramref name="Missing"/> ones; null before the first sweep.</param>
/// <param name="LastSweepFound">Orders that the last sweep had to bring in because no hint had.</param>
/// <param name="Missing">Orders that the marketplace has and that could not be stored: recorded, and tried again with every sweep.</param>
public sealed record IntakeStatus(DateTimeOffset? CompleteUpTo, DateTimeOffset? LastSweptAt, int LastSweepFound, bool Busy, long Missing = 0);

/// <summary>Brings a shop's orders in. Key: shop.</summary>
public interface IOrderIntakeGrain : IGrainWithStringKey
{
    /// <summary>The marketplace says something changed: search now (at most once per spacing). Answers when noted.</summary>
    Task HintAsync(string? orderId);

    /// <summary>Keep going: sweep and re-read what is due.</summary>
    Task PingAsync();

    /// <summary>One full sweep, whether due or not; answers when it is done.</summary>
    Task<Carried<IntakeStatus>> SweepAsync();

    Task<Carried<IntakeStatus>> GetStatusAsync();
}

/// <summary>Buys a shop's labels: earliest deadline first, inside the budget. Key: shop.</summary>
public interface ILabelDeskGrain : IGrainWithStringKey
{
    /// <summary>There may be work: look. Returns at once.</summary>
    Task PingAsync();
}

/// <summary>Answers a shop's buyers who ask to cancel, before their answer window ends. Key: shop.</summary>
public interface ICancelDeskGrain : IGrainWithStringKey
{
    Task PingAsync();
}

/// <summary>Fetches a shop's label files into the vault. Key: shop.</summary>
public interface IDocumentDeskGrain : IGrainWithStringKey
{
    Task PingAsync();
}

/// <param name="Slots">Instants at which one call each may leave; ascending. By the clock of the host that gave them, as all instants here.</param>
/// <param name="RetryAt">With no slot: when to ask again.</param>
/// <param name="PerSecond">The limit in force.</param>
/// <param name="Pace">The share of it at which slots are given, calls per second: what keeps a late arrival from making a second of the platform's too full.</param>
/// <param name="GivenAt">When it was given: what tells the clocks of two hosts apart.</param>
/// <param name="GivenBy">The host, as long as its process lives.</param>
public sealed record SlotLease(ImmutableArray<DateTimeOffset> Slots, DateTimeOffset RetryAt, double PerSecond, double Pace, DateTimeOffset GivenAt, string GivenBy);

/// <summary>The calls that one app may make for one shop to one API. Key: `app/shop/api`.</summary>
public interface IRateBudgetGrain : IGrainWithStringKey
{
    /// <summary>Up to <paramref name="wanted"/> slots within 250 ms, the first not sooner than <paramref name="lead"/> from now.</summary>
    Task<Carried<SlotLease>> LeaseAsync(int wanted, TimeSpan lead);

    /// <summary>The platform said 429: nothing before <paramref name="until"/> (system time).</summary>
    [OneWay]
    Task PauseAsync(DateTimeOffset until);
}

/// <param name="Position">Up to where in the journal the counters have read.</param>
public sealed record LateDispatchAnswer(LateDispatchReport Settled, LateDispatchReport Live, LateDispatchReport Overall, JournalPosition Position);

/// <summary>A shop's LDR, to the order and the second. Key: shop.</summary>
public interface ILateDispatchGrain : IGrainWithStringKey
{
    Task<Carried<LateDispatchAnswer>> GetAsync();

    /// <summary>The reader has stored new counters of this shop.</summary>
    [OneWay]
    Task RefreshAsync(Carried<JournalPosition> upTo);
}

/// <summary>Holds a shop's orders against the marketplace's incident rules, continuously. Key: shop.</summary>
public interface IQualityAuditGrain : IGrainWithStringKey
{
    /// <summary>There may be something to look at. Returns at once.</summary>
    [AlwaysInterleave]
    Task PingAsync();

    /// <summary>Looks at everything that is due, now; answers when it is recorded.</summary>
    Task AuditAsync();
}

/// <summary>Reads one partition of the journal, keeps the LDR counters, and tells desks and shops what is new. Key: partition.</summary>
public interface IJournalReaderGrain : IGrainWithIntegerKey
{
    /// <summary>There may be something new: read. Returns at once.</summary>
    [AlwaysInterleave]
    Task PingAsync();
}
