using Engine.Domain.Orders;
using Engine.Domain.Parcels;

namespace Engine.Domain.Cancellations;

/// <summary>What is to be done about a pending request.</summary>
public abstract record CancellationStep
{
    private CancellationStep()
    {
    }

    public sealed record Answer(CancellationAnswer With, string Why) : CancellationStep;

    /// <summary>Nothing before this business instant, unless the order changes.</summary>
    public sealed record Wait(DateTimeOffset Until, string Why) : CancellationStep;

    /// <summary>A person decides; at <paramref name="Until"/> the fallback does.</summary>
    public sealed record AskPerson(DateTimeOffset Until) : CancellationStep;

    public sealed record Nothing : CancellationStep;
}

/// <summary>The cancellation race as a policy: order + request + policy + now -> step. Pure; asked by the order itself and by whoever plans its work.</summary>
public static class CancellationRules
{
    /// <summary>After an accepted answer: how long the platform may take to show it before we look again. Business time, invented.</summary>
    private static readonly TimeSpan ShownWithin = TimeSpan.FromSeconds(30);

    public static CancellationStep Next(OrderState order, CancellationCase request, CancellationPolicy policy, DateTimeOffset now)
    {
        if (request.End is not null || order.Status.IsFinal())
        {
            return new CancellationStep.Nothing();
        }

        if (request.Attempt is { Outcome: AnswerOutcome.Accepted } accepted)
        {
            return new CancellationStep.Wait(accepted.At + ShownWithin, "answered; the marketplace has not shown it yet");
        }

        // An answer that may have arrived is only ever followed by the same one: its key makes the two one effect.
        if (request.Attempt is { Outcome: AnswerOutcome.Open or AnswerOutcome.Unknown } doubtful)
        {
            return new CancellationStep.Answer(doubtful.Answer, "the same answer again: nobody knows whether the last try arrived");
        }

        if (order.FirstScanAt is not null)
        {
            return new CancellationStep.Answer(CancellationAnswer.Reject, "the carrier has the parcel");
        }

        if (request.Ordered is { } ordered)
        {
            return new CancellationStep.Answer(ordered, "a person decided so");
        }

        var lastMoment = request.AnswerBy - policy.DecideBeforeEnd;
        if (now < lastMoment && order.Parcels.Any(InDoubt))
        {
            return new CancellationStep.Wait(lastMoment, "a purchase has no recorded end yet");
        }

        return policy.Rule switch
        {
            CancellationRule.Honour => new CancellationStep.Answer(CancellationAnswer.Approve, "the shop honours requests until the carrier's scan"),
            CancellationRule.ShipIfPacked when order.Parcels.Any(IsPacked) =>
                new CancellationStep.Answer(CancellationAnswer.Reject, "its label is bought (or its tracking number handed in): packed"),
            CancellationRule.ShipIfPacked => new CancellationStep.Answer(CancellationAnswer.Approve, "no label is bought yet"),
            CancellationRule.Ask when now < lastMoment => new CancellationStep.AskPerson(lastMoment),
            CancellationRule.Ask => new CancellationStep.Answer(policy.Fallback, "nobody decided in time; the shop's fallback"),
            _ => throw new InvalidOperationException($"No rule for {policy.Rule}."),
        };
    }

    private static bool InDoubt(Parcel parcel) => parcel.Status is ParcelStatus.Intended or ParcelStatus.Unknown;

    private static bool IsPacked(Parcel parcel) =>
        parcel.Status is ParcelStatus.Purchased or ParcelStatus.Adopted or ParcelStatus.Ready || (parcel.Status == ParcelStatus.Planned && parcel.TrackingNumber is not null);
}
