using System.Collections.Immutable;
using Engine.Domain.Cancellations;
using Engine.Domain.Orders;
using Engine.Domain.Parcels;

namespace Engine.Domain.Tests.Cancellations;

/// <summary>F24: every interleaving of a buyer's request, a purchase, their answers, their losses and the platform's clock, under each rule.</summary>
public sealed class CancellationRaceTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData(CancellationRule.ShipIfPacked)]
    [InlineData(CancellationRule.Honour)]
    [InlineData(CancellationRule.Ask)]
    public void Every_interleaving_ends_only_where_the_policy_allows(CancellationRule rule)
    {
        var policy = new CancellationPolicy { Rule = rule, Fallback = CancellationAnswer.Reject };
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var open = new Stack<Race>();
        var (ends, sold, cancelled) = (0, 0, 0);
        open.Push(Race.Begin(policy));
        while (open.TryPop(out var race))
        {
            if (!seen.Add(race.Key))
            {
                continue;
            }

            var next = race.Steps().ToList();
            foreach (var step in next)
            {
                CheckStep(race, step, policy);
                open.Push(step);
            }

            if (next.Count == 0)
            {
                ends++;
                sold += race.Sold ? 1 : 0;
                cancelled += race.Cancelled ? 1 : 0;
                CheckEnd(race);
            }
        }

        output.WriteLine($"{rule}: {seen.Count} states, {ends} ends, {sold} with a label, {cancelled} cancelled");
        Assert.True(seen.Count > 1000, $"only {seen.Count} states were visited");
        Assert.True(ends > 0 && cancelled > 0 && sold > 0);
    }

    private static void CheckStep(Race before, Race after, CancellationPolicy policy)
    {
        foreach (var happened in after.Events.Skip(before.Events.Count))
        {
            switch (happened)
            {
                case PurchaseIntended:
                    Hold(!before.Order.HasOpenRequest, after, "a purchase was decided over a known request");
                    break;
                case CancellationAnswerIntended intended when before.Order.Cancellation?.Attempt is not { Outcome: AnswerOutcome.Open or AnswerOutcome.Unknown }:
                    CheckAnswer(before, after, intended, policy);
                    break;
                case CancellationAnswerIntended again:
                    Hold(again.Answer == before.Order.Cancellation!.Attempt!.Answer && again.IdempotencyKey == before.Order.Cancellation.Attempt.IdempotencyKey, after, "a doubtful answer was followed by another one");
                    break;
            }
        }
    }

    private static void CheckAnswer(Race before, Race after, CancellationAnswerIntended intended, CancellationPolicy policy)
    {
        var packed = before.Parcel.Status is ParcelStatus.Purchased or ParcelStatus.Adopted or ParcelStatus.Ready;
        var scanned = before.Order.FirstScanAt is not null;
        var late = before.Now > Race.Start;
        var approved = intended.Answer == CancellationAnswer.Approve;
        Hold(late || before.Parcel.Status is not (ParcelStatus.Intended or ParcelStatus.Unknown) || before.Order.Cancellation?.Ordered is not null || scanned, after, "answered while a purchase was in doubt, with time left");
        if (scanned)
        {
            Hold(!approved, after, "approved what the carrier has");
        }
        else if (policy.Rule == CancellationRule.Honour)
        {
            Hold(approved, after, "rejected although the shop honours requests");
        }
        else if (policy.Rule == CancellationRule.ShipIfPacked)
        {
            Hold(approved != packed, after, approved ? "approved although packed" : "rejected although not packed");
        }
        else
        {
            Hold(before.Order.Cancellation?.Ordered == intended.Answer || (late && intended.Answer == policy.Fallback), after, "answered without a person, or otherwise than told");
        }
    }

    /// <summary>Nobody can do anything any more: both sides agree, nothing is open, and nothing was bought twice.</summary>
    private static void CheckEnd(Race race)
    {
        Hold(race.Request != Asked.Pending, race, "a request was left unanswered");
        Hold(race.Order.CancelRequested == (race.Request == Asked.Pending), race, "we still take the request for open");
        Hold(race.Cancelled == (race.Order.Status == OrderStatus.Cancelled), race, $"the marketplace's cancelled is {race.Cancelled}, ours is {race.Order.Status}");
        Hold(!race.Sold || race.Parcel.PackageId == "pk-1", race, "a paid label is not known to us");
        Hold(race.Cancelled || race.Sold || race.Order is { Status: OrderStatus.Parked, ParkedReason: ParkReason.FixData }, race, "an order that goes on has no label, and no person is asked");
        Hold(race.Parcel.Status is not (ParcelStatus.Intended or ParcelStatus.Unknown), race, "an attempt was left open");
        if (race.Request != Asked.No && race.Order.Cancellation is { } request)
        {
            Hold(request.End is not null, race, "the history does not say how the request ended");
        }

        var seen = race.Events.OfType<CancellationSeen>().FirstOrDefault(s => s.Crossed);
        Hold(seen is null || (seen.PurchaseIntendedAt >= seen.RequestedAt), race, "a crossing without both instants");
    }

    private static void Hold(bool condition, Race race, string problem) =>
        Assert.True(condition, $"{problem}:\n  {string.Join("\n  ", race.Path)}\n{race.Order}");
}
