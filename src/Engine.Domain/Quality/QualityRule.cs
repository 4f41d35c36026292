namespace Engine.Domain.Quality;

/// <summary>The platform's incident rules (tiktok-quality.md 1.1, edition 2025-07-03). "Ours" is what this engine holds. Stored as their numbers: never renumber.</summary>
public enum QualityRule
{
    /// <summary>On hold there, shipped by us: too early. Impossible by design; a case is a bug.</summary>
    R0 = 0,

    /// <summary>Awaiting shipment there, missing here.</summary>
    R1 = 1,

    /// <summary>Partially shipping there, missing here.</summary>
    R2 = 2,

    /// <summary>Awaiting shipment, nothing shipped anywhere, less than a day to the dispatch deadline.</summary>
    R3 = 3,

    /// <summary>Partially shipping, a line shipped nowhere, less than a day to the dispatch deadline.</summary>
    R4 = 4,

    /// <summary>Awaiting shipment there, shipped here.</summary>
    R5 = 5,

    /// <summary>Partially shipping there, a line shipped here that is not shipped there.</summary>
    R6 = 6,

    /// <summary>Awaiting collection with tracking on both sides, dispatch deadline passed.</summary>
    R7 = 7,

    /// <summary>Cancelled by the shipping time-out; was missing here.</summary>
    A1 = 11,

    /// <summary>Cancelled by the shipping time-out; here, but never shipped here.</summary>
    A2 = 12,

    /// <summary>Cancelled by the shipping time-out; shipped here, not there.</summary>
    A3 = 13,

    /// <summary>Cancelled by the shipping time-out although shipped on both sides.</summary>
    A4 = 14,
}
