using Engine.Domain.Orders;
using Engine.Domain.Parcels;
using Engine.Domain.Ports;

namespace Engine.Domain.Tests.PurchaseModel;

/// <summary>The engine's rules with one bug each: the exploration must find every one of them.</summary>
internal static class Twins
{
    public const string AdoptsOtherLines = "a package with other lines is adopted";

    public static readonly IReadOnlyList<EngineRules> All =
    [
        new("an attempt without a recorded end counts as not applied, nothing is read back")
        {
            Happens = (_, command, e) => command is AbandonAttempt && e is PurchaseUnknown u ? [NotApplied(u)] : [e],
        },
        new("retry at once after unknown")
        {
            Happens = (_, command, e) => command is RecordPurchase && e is PurchaseUnknown u ? [NotApplied(u)] : [e],
        },
        new("an unknown 5xx is taken for a refusal")
        {
            Understood = outcome => outcome is CallOutcome<PurchasedLabel>.Unknown
                ? new CallOutcome<PurchasedLabel>.Rejected("gateway", "http-500", RefusalClass.StateConflict, "the platform failed", null)
                : outcome,
        },
        new("the intent is not durable") { IntentIsDurable = false },
        new("no version check") { VersionIsChecked = false },
        new("no fence")
        {
            Policy = ModelScope.Policy with { SignatureWindow = TimeSpan.Zero, RequestTimeout = TimeSpan.Zero, ClockSkewBound = TimeSpan.Zero },
        },
        new("a fence without the clock skew") { Policy = ModelScope.Policy with { ClockSkewBound = TimeSpan.Zero } },
        new("a fence without the time a purchase may take") { Policy = ModelScope.Policy with { RequestTimeout = TimeSpan.Zero } },
        new("one empty read-back is enough")
        {
            Happens = (_, command, e) => e is ReadBackEmpty empty ? [empty, new PurchaseCleared(empty.Parcel, empty.Attempt, ((RecordReadBack)command).Now)] : [e],
        },
        new("two empty read-backs, but not V apart") { Policy = ModelScope.Policy with { VisibilityBound = TimeSpan.Zero } },
        new("an attempt is signed again when it is sent again") { SignedOnce = false },
        new(AdoptsOtherLines)
        {
            Happens = (order, command, e) => e is OrderParked { Reason: ParkReason.ForeignPackage } && command is RecordReadBack { Package: { } package } read
                ? [new LabelAdopted(read.Parcel, order.Parcels[0].Attempt?.Number ?? 0, package.PackageId, null, null, null, read.Now)]
                : [e],
        },
        new("a cancelled order's open attempt is forgotten")
        {
            // What the fold would do if it cancelled parcels whatever their attempt does.
            Happens = (order, _, e) => e is OrderCancelled cancelled && order.Parcels[0].Status is ParcelStatus.Intended or ParcelStatus.Unknown
                ? [new PurchaseCleared(order.Parcels[0].Id, order.Parcels[0].Attempt!.Number, cancelled.At), cancelled]
                : [e],
        },
    ];

    private static PurchaseNotApplied NotApplied(PurchaseUnknown unknown) => new(unknown.Parcel, unknown.Attempt, "planted bug", unknown.At);
}
