using Engine.Domain.Orders;

namespace Engine.Domain.Tests.PurchaseModel;

/// <summary>What may go wrong in one exploration, and how often: every combination within it is visited.</summary>
/// <remarks>Time is counted in ticks of a second. The platform's window, skew, execution time and visibility are one tick each, the shortest
/// that keep them apart; the engine's policy says the same, unless a twin is told otherwise.</remarks>
internal sealed record ModelScope(string Name)
{
    public const int SignatureWindow = 1;
    public const int Skew = 1;

    /// <summary>Ticks after its acceptance by which a purchase has taken effect.</summary>
    public const int ExecutesWithin = 1;

    /// <summary>V: ticks after its effect by which a sale is visible to reads.</summary>
    public const int VisibleWithin = 1;

    /// <summary>Age of a signature from which nothing that carries it takes effect any more.</summary>
    public const int Fence = SignatureWindow + Skew + ExecutesWithin;

    public static readonly FulfillmentPolicy Policy = new()
    {
        SignatureWindow = TimeSpan.FromSeconds(SignatureWindow),
        RequestTimeout = TimeSpan.FromSeconds(ExecutesWithin),
        ClockSkewBound = TimeSpan.FromSeconds(Skew),
        VisibilityBound = TimeSpan.FromSeconds(VisibleWithin),
        MaxReadAge = TimeSpan.FromSeconds(1),
        ParkUnknownAfter = TimeSpan.FromSeconds(1),
        FailedReadBacksMax = 1,
        ReplansMax = 1,
    };

    /// <summary>A1: the platform refuses what was signed too long ago.</summary>
    public bool SignaturesExpire { get; init; } = true;

    /// <summary>A2: a sale is visible within V.</summary>
    public bool SalesBecomeVisible { get; init; } = true;

    /// <summary>A3: nobody else buys the same lines.</summary>
    public bool NobodyElseBuys { get; init; } = true;

    /// <summary>Crashes, second activations, refusals, failing reads and writes, all together.</summary>
    public int FaultsMax { get; init; } = 1;

    /// <summary>What buyers and persons do, all together: ask to cancel, withdraw, cancel, resume a parked order.</summary>
    public int ChangesMax { get; init; } = 1;

    public bool AssumptionsHold => SignaturesExpire && SalesBecomeVisible && NobodyElseBuys;
}
