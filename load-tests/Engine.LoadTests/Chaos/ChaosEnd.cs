namespace Engine.LoadTests.Chaos;

/// <summary>What became of a run of chaos.</summary>
internal enum ChaosEnd
{
    /// <summary>All done, nothing lost, nothing bought twice, every invariant ok.</summary>
    Survived,

    /// <summary>An invariant was violated.</summary>
    Violation,

    /// <summary>It broke off, or was not done in time; what it could look at was in order.</summary>
    Unfinished,
}
