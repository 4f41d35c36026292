using System.Collections.Immutable;
using System.Globalization;
using Engine.Domain.Orders;
using Engine.Domain.Ports;

namespace Engine.Domain.Cancellations;

/// <summary>The answer protocol: see the request, decide, record the intent, answer, record the end, read again.</summary>
internal static class CancellationDecisions
{
    /// <summary>The request was read just now; what follows from it is decided and, where an answer is due, recorded as intent.</summary>
    public static Decision Settle(OrderState order, SettleCancellation command, FulfillmentPolicy policies)
    {
        var request = command.Request;
        var known = order.Cancellation?.CancelId == request.CancelId ? order.Cancellation : null;
        if (order.Status.IsFinal() || known?.End is not null || (known is null && !request.Pending))
        {
            return Decision.AlreadyDone;
        }

        var policy = policies.CancellationOf(order.Key.Shop);
        var events = ImmutableArray.CreateBuilder<OrderEvent>();
        var now = order;
        void Happen(OrderEvent e)
        {
            events.Add(e);
            now = OrderFold.Evolve(now, e, command.Now);
        }

        if (known is null)
        {
            var intended = order.PurchaseIntendedAt;
            Happen(new CancellationSeen(
                request.CancelId, request.CreatedAt, command.Now, request.AnswerBy ?? request.CreatedAt + policy.AnswerWindow, intended, intended >= request.CreatedAt));
        }

        if (!request.Pending)
        {
            Happen(new CancellationClosed(request.CancelId, request.Approved ? CancellationEnd.Approved : CancellationEnd.Closed, command.Now));
            if (now is { Status: OrderStatus.Parked, ParkedReason: ParkReason.CancellationAsked or ParkReason.CancellationRefused })
            {
                Happen(new OrderResumed(command.Now));
            }

            return new Decision.Accepted(events.ToImmutable());
        }

        switch (CancellationRules.Next(now, now.Cancellation!, policy, command.Now))
        {
            case CancellationStep.Answer when now.Status == OrderStatus.Parked && now.ParkedReason == ParkReason.CancellationRefused:
                break;
            case CancellationStep.Answer answer when now.Cancellation!.NextTryAt is not { } at || at <= command.Now:
                if (now.Status == OrderStatus.Parked && now.ParkedReason == ParkReason.CancellationAsked)
                {
                    Happen(new OrderResumed(command.Now));
                }

                Happen(new CancellationAnswerIntended(
                    request.CancelId,
                    checked((now.Cancellation.Attempt?.Number ?? 0) + 1),
                    answer.With,
                    policy.Rule,
                    answer.Why,
                    now.Cancellation.KeyOf(answer.With),
                    command.Now));
                break;
            case CancellationStep.AskPerson ask when now.Status != OrderStatus.Parked:
                Happen(new OrderParked(
                    ParkReason.CancellationAsked,
                    $"The buyer asked to cancel at {Text(now.Cancellation!.RequestedAt)}. Approve or reject before {Text(ask.Until)}; then {policy.Fallback.ToString().ToLowerInvariant()} is answered.",
                    command.Now));
                break;
        }

        return events.Count == 0 ? Decision.AlreadyDone : new Decision.Accepted(events.ToImmutable());
    }

    public static Decision Record(OrderState order, RecordCancellationAnswer command, FulfillmentPolicy policies)
    {
        if (order.Cancellation is not { Attempt: { Outcome: AnswerOutcome.Open } attempt } request
            || request.CancelId != command.CancelId || attempt.Number != command.Attempt)
        {
            return Decision.AlreadyDone;
        }

        var pause = FulfillmentPolicy.PauseAfter(request.Refusals);
        CancellationAnswerEnded Ended(AnswerOutcome outcome, string detail, TimeSpan? again) =>
            new(request.CancelId, attempt.Number, outcome, detail, command.Now + again, command.Now);
        switch (command.Outcome)
        {
            case CallOutcome<CancellationAnswer>.Succeeded:
                return Decision.Accept(Ended(AnswerOutcome.Accepted, $"{attempt.Answer}", null));
            case CallOutcome<CancellationAnswer>.RateLimited or CallOutcome<CancellationAnswer>.NotApplied:
                return Decision.Accept(Ended(AnswerOutcome.NotApplied, command.Outcome.Describe(), TimeSpan.FromSeconds(1)));
            case CallOutcome<CancellationAnswer>.Unknown:
                return Decision.Accept(Ended(AnswerOutcome.Unknown, command.Outcome.Describe(), TimeSpan.FromSeconds(1)));

            // "Try later" does not say that nothing happened (fact sheet, errors 8: read back, then retry).
            case CallOutcome<CancellationAnswer>.Rejected { Class: RefusalClass.RetryLater or RefusalClass.InProgress or RefusalClass.Unlisted } doubtful
                when request.Refusals < policies.CancellationOf(order.Key.Shop).RefusalsMax:
                return Decision.Accept(Ended(AnswerOutcome.Unknown, doubtful.Describe(), pause));

            // Our picture is stale (withdrawn, decided elsewhere, shipped): the next read of the request says how.
            case CallOutcome<CancellationAnswer>.Rejected { Class: RefusalClass.AlreadyDone or RefusalClass.StateConflict or RefusalClass.Authorization } stale
                when request.Refusals < policies.CancellationOf(order.Key.Shop).RefusalsMax:
                return Decision.Accept(Ended(AnswerOutcome.Refused, stale.Describe(), pause));
            case CallOutcome<CancellationAnswer>.Rejected refused:
                var ended = Ended(AnswerOutcome.Refused, refused.Describe(), null);
                return order.Status == OrderStatus.Parked || order.Status.IsFinal() || order.FirstScanAt is not null
                    ? Decision.Accept(ended)
                    : Decision.Accept(ended, new OrderParked(
                        ParkReason.CancellationRefused,
                        $"The marketplace refuses our answer to the buyer's request ({refused.Code}). Answer it in Seller Center before {Text(request.AnswerBy)}, then resume.",
                        command.Now));
            default:
                throw new InvalidOperationException(command.Outcome.GetType().Name);
        }
    }

    /// <summary>A person's decision; given to the marketplace by the desk.</summary>
    public static Decision Order(OrderState order, AnswerCancellation command)
    {
        if (order.Cancellation is not { End: null } request || order.Status.IsFinal())
        {
            return Decision.Refuse(RefusalReason.NoCancellationPending, $"Order {order.Key} has no cancellation request open.");
        }

        if (request.Ordered == command.Answer)
        {
            return Decision.AlreadyDone;
        }

        if (request.Attempt is { Outcome: AnswerOutcome.Open or AnswerOutcome.Unknown or AnswerOutcome.Accepted } given && given.Answer != command.Answer)
        {
            return Decision.Refuse(RefusalReason.WrongStatus, $"The request of order {order.Key} is being answered already: {given.Answer}.");
        }

        var ordered = new CancellationAnswerOrdered(request.CancelId, command.Answer, command.Now);
        return order.Status == OrderStatus.Parked && order.ParkedReason == ParkReason.CancellationAsked
            ? Decision.Accept(ordered, new OrderResumed(command.Now))
            : Decision.Accept(ordered);
    }

    private static string Text(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture);
}
