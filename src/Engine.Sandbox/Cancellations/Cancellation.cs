using Engine.Sandbox.Clock;
using Engine.Sandbox.Orders;

namespace Engine.Sandbox.Cancellations;

/// <summary>A cancellation or a buyer's request for one (tiktok-shop-api.md 10.2). Always of the whole order here.</summary>
public sealed class Cancellation(string id, Order order, string type, string role, string reason) : IIndexed
{
    public const string Pending = "CANCELLATION_REQUEST_PENDING";
    public const string Success = "CANCELLATION_REQUEST_SUCCESS";
    public const string Complete = "CANCELLATION_REQUEST_COMPLETE";

    /// <summary>Withdrawn, rejected or closed; filters spell it without the last two letters (10.2).</summary>
    public const string Closed = "CANCELLATION_REQUEST_CANCELLED";

    public string Id { get; } = id;
    public Order Order { get; } = order;

    /// <summary>CANCEL, or BUYER_CANCEL when the seller had to answer.</summary>
    public string Type { get; } = type;
    public string Role { get; } = role;
    public string Reason { get; } = reason;
    public string Status { get; set; } = Pending;
    public long CreateTime { get; set; }
    public long UpdateTime { get; set; }
    public long IndexedSequence { get; set; }
    public long? DeadlineSeconds { get; set; }
    public SimEvent? AutoApproval { get; set; }
    public bool RejectedBySeller { get; set; }

    /// <summary>Answers that took effect, by their idempotency key: the same again is answered the same. Kept for the life of the sandbox (invented).</summary>
    public Dictionary<string, bool> AnsweredByKey { get; } = new(StringComparer.Ordinal);
}
