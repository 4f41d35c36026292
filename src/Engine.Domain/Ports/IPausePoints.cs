using Engine.Domain.Orders;

namespace Engine.Domain.Ports;

/// <summary>The moments of a purchase at which a crash leaves something different behind (engineering.md 5, P0 to P7).</summary>
/// <remarks>P2 (sent, not executed) and P3 (executed, answer lost) lie at the marketplace: a test stops there.</remarks>
public enum KillPoint
{
    /// <summary>P0.</summary>
    BeforeIntent,

    /// <summary>P1: committed, not sent.</summary>
    IntentStored,

    /// <summary>P1, later: its slot has come and it may leave; only the sender's own deadline is still between it and the socket.</summary>
    Permitted,

    /// <summary>P4: not stored yet.</summary>
    Answered,

    /// <summary>P5: stored, not yet told to any reader by us.</summary>
    OutcomeStored,

    /// <summary>P6: the label is bought, its file is not fetched.</summary>
    BeforeDocument,

    /// <summary>P6, later: in the vault, and the order does not know it.</summary>
    DocumentKept,

    /// <summary>P7: an event of the order has left for an ERP, which has not come back for the next: nobody here knows whether it was heard.</summary>
    ErpTold,
}

/// <summary>Lets a test stop, or end, the process at a named moment.</summary>
public interface IPausePoints
{
    /// <summary>Completed at once everywhere but in such a test.</summary>
    ValueTask ReachAsync(KillPoint point, OrderKey order);
}

/// <summary>The points of every real run: nothing ever waits.</summary>
public sealed class NoPausePoints : IPausePoints
{
    public ValueTask ReachAsync(KillPoint point, OrderKey order) => ValueTask.CompletedTask;
}
