using System.Collections.Immutable;
using Engine.Domain.Labels;
using Engine.Domain.Orders;

namespace Engine.Domain.Parcels;

/// <summary>Life cycle of a parcel; drawn in README.md. Stored as its number: never renumber.</summary>
public enum ParcelStatus
{
    Planned = 0,

    /// <summary>A durable intent exists; at most one attempt of a parcel is open.</summary>
    Intended = 10,

    /// <summary>The attempt's outcome is unknown: read back before anything else.</summary>
    Unknown = 20,

    /// <summary>Label bought by us; its file is not in the vault yet.</summary>
    Purchased = 30,

    /// <summary>Label (or tracking number) bought elsewhere and taken over.</summary>
    Adopted = 31,

    /// <summary>The label file is in the vault; or, seller-shipped, the tracking number is accepted.</summary>
    Ready = 40,

    Scanned = 50,

    /// <summary>Its order was cancelled. A paid label stays known.</summary>
    Cancelled = 90,

    /// <summary>Stands before a person.</summary>
    Parked = 99,
}

/// <summary>Weight in whole grams, lengths in whole millimetres; lengths all given or none.</summary>
public sealed record ParcelMeasure(int WeightGrams, int? LengthMm = null, int? WidthMm = null, int? HeightMm = null);

/// <summary>One open or closed try to buy the parcel's label.</summary>
/// <param name="Number">1 for the first.</param>
/// <param name="RequestHash">SHA-256, hex, of what is asked for: the same for a repeated ask.</param>
/// <param name="SignedAt">System time in the signature; the platform refuses it when older than its window.</param>
/// <param name="ReadAt">System time of the re-read of the order that allowed this try.</param>
public sealed record PurchaseAttempt(int Number, string RequestHash, DateTimeOffset SignedAt, DateTimeOffset ReadAt)
{
    /// <summary>How many read-backs since the attempt showed no package, and when the first and last of them were (system time).</summary>
    public int EmptyReadBacks { get; init; }

    public DateTimeOffset? FirstEmptyReadBackAt { get; init; }

    public DateTimeOffset? LastEmptyReadBackAt { get; init; }
}

/// <summary>What is bought: lines of one order (or, combined, of several) in one box with one label.</summary>
public sealed record Parcel
{
    public required ParcelId Id { get; init; }

    public required ParcelStatus Status { get; init; }

    public required ImmutableArray<string> LineIds { get; init; }

    /// <summary>Null for a parcel whose size and weight nobody knows yet.</summary>
    public ParcelMeasure? Measure { get; init; }

    /// <summary>The latest attempt; null before the first. Its number never falls.</summary>
    public PurchaseAttempt? Attempt { get; init; }

    /// <summary>The marketplace's package id, once a label is bought or adopted.</summary>
    public string? PackageId { get; init; }

    public LabelPrice? Price { get; init; }

    public string? TrackingNumber { get; init; }

    public string? CarrierId { get; init; }

    public string? CarrierName { get; init; }

    /// <summary>The label's key in the vault.</summary>
    public string? LabelKey { get; init; }

    /// <summary>Business instant since which we hold a label or a tracking number for it; null before, or where it is not known.</summary>
    public DateTimeOffset? HeldSince { get; init; }

    /// <summary>What the latest failed attempt ended with; null after a success.</summary>
    public ParcelTrouble? Trouble { get; init; }
}
