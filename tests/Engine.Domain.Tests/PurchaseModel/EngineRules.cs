using Engine.Domain.Orders;
using Engine.Domain.Ports;

namespace Engine.Domain.Tests.PurchaseModel;

/// <summary>The engine's rules as the model runs them: the real ones, or a twin of them with one bug.</summary>
internal sealed record EngineRules(string Name)
{
    public static readonly EngineRules Real = new("real");

    public FulfillmentPolicy Policy { get; init; } = ModelScope.Policy;

    /// <summary>The intent is stored before the call may leave.</summary>
    public bool IntentIsDurable { get; init; } = true;

    /// <summary>The journal refuses what was decided on another version than the stored one.</summary>
    public bool VersionIsChecked { get; init; } = true;

    /// <summary>A request carries the intent's own time, however late it leaves.</summary>
    public bool SignedOnce { get; init; } = true;

    /// <summary>What the engine takes an answer for.</summary>
    public Func<CallOutcome<PurchasedLabel>, CallOutcome<PurchasedLabel>> Understood { get; init; } = outcome => outcome;

    /// <summary>What comes of a decided event: itself, or what a twin makes of it.</summary>
    public Func<OrderState, OrderCommand, OrderEvent, IEnumerable<OrderEvent>> Happens { get; init; } = (_, _, happened) => [happened];

    public Decision Decide(OrderState order, OrderCommand command) => OrderDecider.Decide(order, command, Policy) switch
    {
        Decision.Accepted accepted => new Decision.Accepted([.. accepted.Events.SelectMany(e => Happens(order, command, e))]),
        var other => other,
    };
}
