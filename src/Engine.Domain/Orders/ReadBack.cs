using System.Collections.Immutable;
using Engine.Domain.Parcels;
using Engine.Domain.Work;

namespace Engine.Domain.Orders;

/// <summary>Reading back after doubt: which parcels, which packages, and what follows when the doubt stays.</summary>
public static class ReadBack
{
    private static readonly TimeSpan PauseMin = TimeSpan.FromMilliseconds(50);

    /// <summary>A look at the marketplace may tell more about it: its attempt has no recorded end, or its lines are in a package that we did not make.</summary>
    public static bool IsToReadBack(this OrderState order, Parcel parcel) =>
        parcel.Status is ParcelStatus.Intended or ParcelStatus.Unknown || order.IsBoughtElsewhere(parcel);

    /// <summary>The packages that hold lines of the parcel, as the newest read of the order showed them.</summary>
    public static ImmutableArray<string> PackagesOn(this OrderState order, Parcel parcel) =>
    [
        .. order.Lines.Where(l => l.PackageId is not null && parcel.LineIds.Contains(l.LineId, StringComparer.Ordinal))
            .Select(l => l.PackageId!).Distinct(StringComparer.Ordinal),
    ];

    /// <summary>What follows for an attempt that is still unknown after a look; the wait is one of system time.</summary>
    /// <param name="failedReadBacks">How many looks in a row failed, with the last; 0 = the last one succeeded and proved nothing yet.</param>
    public static RetryDecision Next(PurchaseAttempt attempt, int failedReadBacks, DateTimeOffset systemNow, FulfillmentPolicy policy)
    {
        if (failedReadBacks > 0)
        {
            return IsForPerson(attempt, failedReadBacks, systemNow, policy)
                ? new RetryDecision.GiveUp($"attempt {attempt.Number} could not be read back for {policy.ParkUnknownAfter} after it could no longer take effect")
                : new RetryDecision.Again(RetryRules.AfterFailure(failedReadBacks));
        }

        var wait = NextLookAt(attempt, systemNow, policy) - systemNow;
        return new RetryDecision.Again(wait > PauseMin ? wait : PauseMin);
    }

    /// <summary>When an attempt that is still unknown after a look is to be looked at again. System instant.</summary>
    /// <remarks>Before the fence an empty answer proves nothing, but a found package ends the doubt at once: look soon, then less often.</remarks>
    public static DateTimeOffset NextLookAt(PurchaseAttempt attempt, DateTimeOffset systemNow, FulfillmentPolicy policy)
    {
        var fence = policy.FenceOf(attempt.SignedAt);
        if (attempt.FirstEmptyReadBackAt is { } first)
        {
            return first + policy.VisibilityBound;
        }

        if (systemNow >= fence)
        {
            return systemNow;
        }

        var soon = systemNow + TimeSpan.FromSeconds(Math.Clamp((systemNow - attempt.SignedAt).TotalSeconds, 0.25, 10));
        return soon < fence ? soon : fence;
    }

    /// <summary>Whether an attempt whose read-back has just failed is given to a person. A read that succeeds always ends the doubt in
    /// time (found, or empty twice), so that only reads that fail can make it last.</summary>
    /// <param name="failedReadBacks">How many failed in a row, with this one.</param>
    public static bool IsForPerson(PurchaseAttempt attempt, int failedReadBacks, DateTimeOffset systemNow, FulfillmentPolicy policy)
    {
        var since = attempt.FirstEmptyReadBackAt ?? policy.FenceOf(attempt.SignedAt);
        return failedReadBacks >= policy.FailedReadBacksMax && systemNow > since + policy.ParkUnknownAfter;
    }

    /// <summary>The command that gives it to a person.</summary>
    public static ParkOrder ToPerson(Parcel parcel, PurchaseAttempt attempt, DateTimeOffset now) => new(
        ParkReason.PurchaseInDoubt,
        $"Nobody knows whether attempt {attempt.Number} for parcel {parcel.Id} bought a label. Look for it in Seller Center, then resume.",
        now);
}
