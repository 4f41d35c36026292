using Engine.Domain.Orders;
using Engine.Domain.Parcels;
using Engine.Domain.Ports;

namespace Engine.Domain.Tests.PurchaseModel;

/// <summary>How an append to the journal goes.</summary>
internal enum Append
{
    Works,

    /// <summary>Surely nothing was written: the caller is told so and the activation forgets.</summary>
    WritesNothing,

    /// <summary>Written, and the caller is never told.</summary>
    AnswerIsLost,
}

/// <summary>What a grain and a desk do around the real rules: load, decide, append with the version check, apply, reply.</summary>
internal sealed class EngineSide(EngineRules rules, ModelScope scope)
{
    public const string Hash = "hash";

    public EngineRules Rules => rules;

    /// <summary>Null as the order = the caller was told nothing.</summary>
    public (World World, OrderState? Order, bool Accepted) Ask(World world, char name, OrderCommand command, Append append = Append.Works)
    {
        var host = world.HostOf(name);
        var before = host.Memory ?? world.Stored;
        while (true)
        {
            switch (rules.Decide(before, command))
            {
                case Decision.Accepted accepted when before.Version != world.Stored.Version && rules.VersionIsChecked:
                    // Refused by the version check: what is stored decides.
                    before = world.Stored;
                    continue;
                case Decision.Accepted accepted:
                    if (append == Append.WritesNothing)
                    {
                        return (world.With(name, host with { Memory = null }), null, false);
                    }

                    var after = OrderFold.Evolve(before, accepted.Events, World.At(world.Now));
                    var kept = rules.IntentIsDurable || command is not IntendPurchase;
                    var next = accepted.Events.Aggregate(world, (w, e) => Properties.OfEvent(w, before, e, scope));
                    next = next with { Stored = kept ? after : world.Stored };
                    return append == Append.AnswerIsLost
                        ? (next.With(name, host with { Memory = null }), null, false)
                        : (next.With(name, host with { Memory = after }), after, true);
                default:
                    return (world.With(name, host with { Memory = before }), before, false);
            }
        }
    }

    /// <summary>Tells the order what was read.</summary>
    public (World World, OrderState Order) Observe(World world, char name, MarketplaceOrder facts)
    {
        var (next, order, _) = Ask(world, name, new ObserveOrder(facts, World.At(world.Now)));
        var version = World.TickOf(facts.UpdatedAt);
        var seen = version < next.Seen.Version ? next.Seen : (version, facts.CancelRequested || facts.Status is MarketplaceStatus.Cancelled or MarketplaceStatus.OnHold);
        return (next with { Seen = seen }, order!);
    }

    /// <summary>The first half of a read-back: attempts without a recorded end become unknown, then the order is read.</summary>
    public World BeginReadBack(World world, char name)
    {
        var host = world.HostOf(name);
        var order = host.Memory ?? world.Stored;
        world = world.With(name, host with { Memory = order });
        return order.Parcels[0] is { Status: ParcelStatus.Intended, Attempt: { } attempt } parcel
            ? Ask(world, name, new AbandonAttempt(parcel.Id, attempt.Number, World.At(world.Now))).World
            : world;
    }

    /// <summary>A read-back that could not read: perhaps a person is asked.</summary>
    public World FailReadBack(World world, char name)
    {
        var order = world.HostOf(name).Memory ?? world.Stored;
        if (order.Parcels[0] is not { Status: ParcelStatus.Unknown, Attempt: { } attempt } parcel
            || !ReadBack.IsForPerson(attempt, 1, World.At(world.Now), rules.Policy))
        {
            return world;
        }

        world = world with { PersonMayBeAsked = world.PersonMayBeAsked.Add(ParkReason.PurchaseInDoubt) };
        return Ask(world, name, ReadBack.ToPerson(parcel, attempt, World.At(world.Now))).World;
    }

    /// <summary>The second half: the order is told what was read, its package is read, and it decides.</summary>
    public World EndReadBack(World world, char name, Desk.HasReadBack read)
    {
        var (next, order) = Observe(world.With(name, Host.Idle), name, read.Facts);
        var parcel = order.Parcels[0];
        if (!order.IsToReadBack(parcel))
        {
            // The row said that there is something to read back, and the order says that there is not: it may be an activation of yesterday.
            return next.With(name, next.HostOf(name) with { Memory = null });
        }

        var package = order.PackagesOn(parcel) is [var first, ..] ? Market.PackageOf(next, first) : null;
        return Ask(next, name, new RecordReadBack(parcel.Id, package, World.At(read.ReadAt), World.At(next.Now))).World;
    }

    public static IntendPurchase Intent(World world, int readAt, ParcelId parcel) =>
        new(parcel, PurchaseKind.BuyLabel, Hash, World.At(readAt), World.At(world.Now), World.At(world.Now));

    public CallOutcome<PurchasedLabel> Understand(CallOutcome<PurchasedLabel> outcome) => rules.Understood(outcome);
}
