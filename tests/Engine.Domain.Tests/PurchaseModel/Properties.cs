using System.Collections.Immutable;
using Engine.Domain.Orders;
using Engine.Domain.Parcels;
using Engine.Domain.Ports;

namespace Engine.Domain.Tests.PurchaseModel;

/// <summary>What must hold in every state, at every event, and at every end.</summary>
internal static class Properties
{
    /// <summary>Checked when the journal accepts an event.</summary>
    public static World OfEvent(World world, OrderState before, OrderEvent happened, ModelScope scope) => happened switch
    {
        PurchaseIntended when world.Seen.Forbids =>
            world.Broken("an intent was accepted although the newest read showed the order on hold, cancelled or with a cancellation pending"),
        PurchaseIntended e when e.Attempt.SignedAt - e.Attempt.ReadAt > ModelScope.Policy.MaxReadAge =>
            world.Broken("an intent was accepted on a read that is too old"),
        PurchaseIntended when scope.AssumptionsHold && world.Stored.Parcels[0].Attempt is { } last && MayStillTakeEffect(world, scope, last.Number) =>
            world.Broken($"attempt {last.Number} may still take effect, and the next one was intended"),
        PurchaseCleared e when scope.AssumptionsHold && MayHaveTakenEffect(world, scope, e.Attempt) =>
            world.Broken($"attempt {e.Attempt} was cleared although it has taken effect or may still do so"),
        PurchaseCleared => world with { Cleared = true, BeyondScope = world.Cleared && !scope.AssumptionsHold },
        PurchaseNotApplied e when scope.AssumptionsHold && MayHaveTakenEffect(world, scope, e.Attempt) =>
            world.Broken($"attempt {e.Attempt} was closed as not applied although it has taken effect or may still do so"),
        PurchaseRejected e when scope.AssumptionsHold && MayHaveTakenEffect(world, scope, e.Attempt) =>
            world.Broken($"attempt {e.Attempt} was closed as refused although it has taken effect or may still do so"),
        LabelAdopted e when world.Sales.First(s => s.PackageId == e.PackageId) is var sale && sale.Lines.Length != before.Parcels[0].LineIds.Length =>
            world.Broken($"package {e.PackageId} was adopted and holds other lines"),
        OrderParked { Reason: ParkReason.SecondLabel } when !scope.AssumptionsHold => world,
        OrderParked e when !world.PersonMayBeAsked.Contains(e.Reason) =>
            world.Broken($"parked for {e.Reason}, for which there was no cause"),
        _ => world,
    };

    /// <summary>Checked when a purchase request leaves the process.</summary>
    public static World OfSend(World world, int attempt) =>
        world.Stored.Parcels[0].Attempt is { } stored && stored.Number >= attempt
            ? world
            : world.Broken($"attempt {attempt} was sent and its intent is not in the journal");

    /// <summary>Checked in every state: we buy once. Where the platform takes expired signatures or hides a sale for longer than V, a second
    /// purchase is possible, but only after two empty read-backs, V apart and behind the fence.</summary>
    public static World OfState(World world, ModelScope scope)
    {
        var ours = world.Sales.Count(s => s.Attempt > 0);
        var most = scope.SignaturesExpire && scope.SalesBecomeVisible || !world.Cleared ? 1 : 2;
        return ours > most ? world.Broken($"our attempts bought {ours} labels for the same lines") : world;
    }

    /// <summary>Nothing is under way and nothing more will come by itself.</summary>
    public static bool IsEnd(World world)
    {
        var quiet = world.A.Desk is Desk.Idle && world.B.Desk is Desk.Idle && world.Calls.IsEmpty && world.Sales.All(s => s.Visible);
        var parcel = world.Stored.Parcels[0];
        return quiet && world.Stored.Status switch
        {
            OrderStatus.AwaitingCollection => parcel.PackageId is not null,
            OrderStatus.Cancelled => !world.Stored.IsToReadBack(parcel),
            OrderStatus.CancelRequested => world.Cancel == MarketCancel.Requested && parcel.Status == ParcelStatus.Planned,
            OrderStatus.Parked => true,
            _ => false,
        };
    }

    /// <summary>Checked at every end: no label that we paid is unknown to us, unless a person was asked to look for it. Where an assumption is
    /// broken, one may be: a sale that was hidden until we had bought again, or that somebody else's package hides from every read.</summary>
    public static World OfEnd(World world, ModelScope scope)
    {
        var parcel = world.Stored.Parcels[0];
        var doubt = world.Stored.Status == OrderStatus.Parked && (world.Stored.IsToReadBack(parcel) || world.Stored.ParkedReason == ParkReason.SecondLabel);
        var orphan = world.Sales.FirstOrDefault(s => s.Attempt > 0 && s.PackageId != parcel.PackageId);
        var hidden = (!scope.NobodyElseBuys && world.Sales.Any(s => s.Attempt == 0)) || (!(scope.SignaturesExpire && scope.SalesBecomeVisible) && world.Cleared);
        return orphan is not null && !doubt && !hidden
            ? world.Broken($"label {orphan.PackageId} was bought by attempt {orphan.Attempt}, and the order ended as {world.Stored.Status} without knowing it")
            : world;
    }

    private static bool MayStillTakeEffect(World world, ModelScope scope, int attempt) => world.Calls.Any(c => c.Attempt == attempt && c.Phase switch
    {
        CallPhase.Travelling => !scope.SignaturesExpire || world.Now - c.SignedAt <= ModelScope.SignatureWindow + ModelScope.Skew,
        CallPhase.Accepted => true,
        _ => false,
    });

    private static bool MayHaveTakenEffect(World world, ModelScope scope, int attempt) =>
        world.Sales.Any(s => s.Attempt == attempt) || MayStillTakeEffect(world, scope, attempt);
}
