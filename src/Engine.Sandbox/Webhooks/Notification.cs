namespace Engine.Sandbox.Webhooks;

/// <summary>One notification with all its tries; the body, and with it the notification id, is the same in each.</summary>
public sealed class Notification(string id, int type, string shopId, string? orderId, Uri address, byte[] body, string signature)
{
    private readonly List<Attempt> _attempts = new(1);

    /// <param name="Result">The HTTP status, or 'timeout', 'unreachable'.</param>
    public readonly record struct Attempt(long AtMs, double SystemMs, string Result);

    public string Id { get; } = id;
    public int Type { get; } = type;
    public string ShopId { get; } = shopId;
    public string? OrderId { get; } = orderId;
    public Uri Address { get; } = address;
    public byte[] Body { get; } = body;
    public string Signature { get; } = signature;

    /// <summary>pending, delivered, given_up or lost.</summary>
    public string State { get; set; } = "pending";

    public int Failures { get; set; }

    /// <summary>The fault that changed its way; null = none.</summary>
    public string? Fault { get; set; }

    /// <summary>The same notification once more, with tries of its own.</summary>
    public Notification Copy() => new(Id, Type, ShopId, OrderId, Address, Body, Signature);

    public Attempt[] Attempts()
    {
        lock (_attempts)
        {
            return [.. _attempts];
        }
    }

    public void Record(Attempt attempt)
    {
        lock (_attempts)
        {
            _attempts.Add(attempt);
        }
    }
}
