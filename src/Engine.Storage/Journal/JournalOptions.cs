namespace Engine.Storage.Journal;

public sealed record JournalOptions
{
    /// <summary>Connections that write, each with its own queue; a shop is always in the same. More than two did not help on two cores.</summary>
    public int Lanes { get; init; } = 2;

    /// <summary>Units gathered into one transaction at most. 1 to 2,000.</summary>
    public int BatchUnits { get; init; } = 500;

    /// <summary>Units that may wait in a lane; beyond it a unit is answered 'not applied' at once.</summary>
    public int QueueUnits { get; init; } = 20_000;

    /// <summary>Largest unit, in bytes of events, document and recipient. A larger one is refused before the database sees it.</summary>
    public int UnitBytes { get; init; } = 4 * 1024 * 1024;

    /// <summary>Bytes of one batch after which nothing more is gathered into it.</summary>
    public int BatchBytes { get; init; } = 16 * 1024 * 1024;

    /// <summary>Tries of a batch that lost a deadlock.</summary>
    public int DeadlockTries { get; init; } = 10;

    /// <summary>Orders loaded by one query at most.</summary>
    public int LoadOrders { get; init; } = 200;

    /// <summary>For the load test that compares with persistence that has no events: units come without theirs. Never for orders that anybody needs.</summary>
    internal bool EventsLeftOutToMeasure { get; init; }
}
