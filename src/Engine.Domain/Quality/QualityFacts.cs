using System.Collections.Immutable;
using Engine.Domain.Orders;
using Engine.Domain.Parcels;
using Engine.Domain.Ports;

namespace Engine.Domain.Quality;

/// <summary>Where one line's tracking stands on both sides.</summary>
/// <param name="Open">Not cancelled.</param>
/// <param name="Ours">We hold a label or a number for it.</param>
/// <param name="OursSince">Business instant since which we do; null where older events did not tell: long ago.</param>
/// <param name="Theirs">The marketplace shows a tracking number, by our newest read.</param>
public readonly record struct LineTracking(bool Open, bool Ours, DateTimeOffset? OursSince, bool Theirs);

/// <summary>Why an order that the marketplace has is not with us. Stored as its number: never renumber.</summary>
public enum MissingCause
{
    /// <summary>Nobody told us: found by polling.</summary>
    NotAnnounced = 0,

    /// <summary>Announced, but reading it failed.</summary>
    ReadFailed = 1,

    /// <summary>Read, but not to be understood.</summary>
    NotReadable = 2,

    /// <summary>Read and understood, but it could not be stored.</summary>
    StoreFailed = 3,

    /// <summary>The seller's consent has ended.</summary>
    ConsentEnded = 4,
}

/// <summary>One order as the rules see it: what the marketplace says, what we hold, and the latest trouble.</summary>
public sealed record QualityFacts
{
    public required MarketplaceStatus Status { get; init; }

    public required Fulfiller Fulfiller { get; init; }

    /// <summary>The marketplace had it and we did not: at the time of cancelling, or now.</summary>
    public bool Missing { get; init; }

    public MissingCause MissingCause { get; init; }

    /// <summary>Cancelled by the marketplace because it was not shipped in time.</summary>
    public bool TimedOut { get; init; }

    public DateTimeOffset? CancelledAt { get; init; }

    public ImmutableArray<LineTracking> Lines { get; init; } = [];

    /// <summary>`tts_sla_time`; null = none.</summary>
    public DateTimeOffset? DispatchBy { get; init; }

    /// <summary>Where the order stands with us; null for a missing one.</summary>
    public OrderStatus? Stage { get; init; }

    public string? ParkedReason { get; init; }

    public bool CancelRequested { get; init; }

    /// <summary>The latest trouble with getting it shipped; null = none.</summary>
    public ParcelTrouble? Trouble { get; init; }

    /// <summary>A call to ship was made (or is about to be), whatever became of it.</summary>
    public bool Tried { get; init; }

    public bool AnyOurs => Lines.Any(l => l.Ours);

    public bool AnyTheirs => Lines.Any(l => l.Theirs);

    /// <summary>The marketplace's reason for which it cancels what was not shipped in time (tiktok-quality.md 1).</summary>
    public const string TimeoutReason = "system_cancel_order_reason_shipping_timeout";

    public static QualityFacts Of(OrderState order) => new()
    {
        Status = order.MarketplaceStatus,
        Fulfiller = order.Fulfiller,

        // First seen as already cancelled: when it was to be shipped, it was not here.
        Missing = order.CancelledAt is { } cancelled && order.ReceivedAt > cancelled && order.Parcels.IsEmpty,
        TimedOut = order.Status == OrderStatus.Cancelled && IsTimeout(order.CancelReason),
        CancelledAt = order.CancelledAt,
        Lines = [.. order.Lines.Select(l => Tracking(order, l))],
        DispatchBy = order.Deadlines.DispatchBy,
        Stage = order.Status,
        ParkedReason = order.ParkedReason,
        CancelRequested = order.CancelRequested,
        Trouble = order.Parcels.Select(p => p.Trouble).LastOrDefault(t => t is not null),
        Tried = order.Parcels.Any(p => p.Attempt is not null),
    };

    /// <summary>An order that the marketplace has and we have not stored. Where only its id is known it counts as awaiting shipment (invented: the worst case).</summary>
    public static QualityFacts Of(MissingOrder order) => new()
    {
        Status = order.Status ?? MarketplaceStatus.AwaitingShipment,
        Fulfiller = order.Fulfiller,
        Missing = true,
        MissingCause = order.Cause,
        TimedOut = order.Status == MarketplaceStatus.Cancelled && IsTimeout(order.CancelReason),
        DispatchBy = order.DispatchBy,
    };

    /// <param name="reason">As stored: `INITIATOR: reason`, or the reason alone.</param>
    public static bool IsTimeout(string? reason) =>
        reason is not null && (reason == TimeoutReason || reason.EndsWith(": " + TimeoutReason, StringComparison.Ordinal));

    private static LineTracking Tracking(OrderState order, OrderLine line)
    {
        var parcel = order.Parcels.FirstOrDefault(p => (p.PackageId is not null || p.TrackingNumber is not null) && p.LineIds.Contains(line.LineId, StringComparer.Ordinal));
        return new LineTracking(!line.Cancelled, parcel is not null, parcel?.HeldSince, line.TrackingNumber is not null);
    }
}
