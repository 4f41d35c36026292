using Engine.Domain.Ports;

namespace Engine.Domain.Budgets;

/// <summary>How far ahead slots are given, and for how long whoever comes after must be silent so that the two never give the same second twice. A host that is
/// cut off from the others goes on until it reads that they have declared it dead; so a giver counts from when it was last proven that it is the only one.</summary>
/// <param name="Max">How long after the proof the last slot may lie.</param>
/// <param name="LeadMax">By how much later still, where slots are asked for ahead of time.</param>
/// <param name="Tolerance">By how much a slot may be missed and still be used.</param>
public readonly record struct LeaseTerm(TimeSpan Max, TimeSpan LeadMax, TimeSpan Tolerance)
{
    /// <summary>By how much a slot may be missed where nothing else is said (design 3.5); system time.</summary>
    public static readonly TimeSpan UsualTolerance = TimeSpan.FromMilliseconds(100);

    /// <summary>Only purchases and shipments ask ahead: their intents must be durable when the slot comes.</summary>
    public static LeaseTerm Of(MarketplaceApi api, TimeSpan max, TimeSpan tolerance) => new(
        max, api is MarketplaceApi.BuyLabel or MarketplaceApi.BuyCombinedLabel or MarketplaceApi.MarkShipped ? max : TimeSpan.Zero, tolerance);

    /// <summary>What a new giver waits: until no slot of another can be used any more.</summary>
    public TimeSpan Silence => Max + LeadMax + Tolerance;

    /// <summary>The slots that may be given now lie in [From, Horizon); in none where the proof is too old.</summary>
    /// <param name="provenAgo">How long ago the giver was the only one; zero or more.</param>
    /// <param name="lead">How far ahead the first slot is wanted; what is beyond <see cref="LeadMax"/> or negative is left out.</param>
    public (DateTimeOffset From, DateTimeOffset Horizon) Window(DateTimeOffset now, TimeSpan provenAgo, TimeSpan lead)
    {
        var ahead = lead > LeadMax ? LeadMax : lead > TimeSpan.Zero ? lead : TimeSpan.Zero;
        return (now + ahead, now - provenAgo + Max + ahead);
    }
}
