using System.Collections.Immutable;
using Engine.Domain.Cancellations;

namespace Engine.Domain.Orders;

/// <summary>The numbers that steer an order's way. Per installation now, per shop later; all lengths positive.</summary>
/// <remarks>System-time lengths: the fence of a purchase (design 2.11). Business-time lengths: everything else.</remarks>
public sealed record FulfillmentPolicy
{
    /// <summary>System time. The platform refuses signatures older than this (fact sheet 1.3: 5 minutes).</summary>
    public TimeSpan SignatureWindow { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>System time. A call's answer is waited for this long.</summary>
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>System time. How far two clocks may be apart.</summary>
    public TimeSpan ClockSkewBound { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>System time, V: an executed purchase is visible to reads within this (assumption A2).</summary>
    public TimeSpan VisibilityBound { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>System time. A purchase is only decided on a read of the order no older than this.</summary>
    public TimeSpan MaxReadAge { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>System time after the fence (or the first empty read-back behind it) at which an attempt that cannot be read back goes to a person.</summary>
    public TimeSpan ParkUnknownAfter { get; init; } = TimeSpan.FromHours(1);

    /// <summary>Read-backs in a row that failed, before a person is asked: a host that was down for long is not told by one hiccup. Invented.</summary>
    public int FailedReadBacksMax { get; init; } = 3;

    /// <summary>Business time before the dispatch deadline at which a labelled, unscanned order raises the alarm.</summary>
    public TimeSpan ScanAlarmMargin { get; init; } = TimeSpan.FromHours(12);

    /// <summary>Business time before the marketplace cancels an unlabelled order from which on it is bought before all others.</summary>
    /// <remarks>Invented: no source names one. A day leaves a person time to look where buying keeps failing.</remarks>
    public TimeSpan AutoCancelMargin { get; init; } = TimeSpan.FromHours(24);

    /// <summary>Business time between two re-reads of an open order, at most; a twelfth less at least.</summary>
    public TimeSpan RereadEvery { get; init; } = TimeSpan.FromHours(6);

    /// <summary>Refusals in a row that ask to read and plan again, before a person is asked.</summary>
    public int ReplansMax { get; init; } = 5;

    /// <summary>How buyers' requests to cancel are answered, where a shop has no setting of its own.</summary>
    public CancellationPolicy Cancellation { get; init; } = new();

    public ImmutableDictionary<ShopId, CancellationPolicy> CancellationByShop { get; init; } = ImmutableDictionary<ShopId, CancellationPolicy>.Empty;

    public CancellationPolicy CancellationOf(ShopId shop) => CancellationByShop.GetValueOrDefault(shop, Cancellation);

    /// <summary>System instant from which an attempt signed at <paramref name="signedAt"/> can no longer take effect.</summary>
    public DateTimeOffset FenceOf(DateTimeOffset signedAt) => signedAt + SignatureWindow + RequestTimeout + ClockSkewBound;

    /// <summary>Business pause before the next try after the <paramref name="refusals"/>-th refusal in a row: 10 s doubling to 5 min.</summary>
    public static TimeSpan PauseAfter(int refusals) => TimeSpan.FromSeconds(Math.Min(300, 10L << Math.Clamp(refusals, 0, 5)));
}
