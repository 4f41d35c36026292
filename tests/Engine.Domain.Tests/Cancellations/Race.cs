using System.Collections.Immutable;
using Engine.Domain.Cancellations;
using Engine.Domain.Orders;
using Engine.Domain.Parcels;
using Engine.Domain.Ports;
using Engine.Domain.Tests.Orders;

namespace Engine.Domain.Tests.Cancellations;

internal enum Flight
{
    None,
    OnTheWay,

    /// <summary>The marketplace has done its part; nobody has recorded the end.</summary>
    Arrived,

    /// <summary>Will never arrive.</summary>
    Lost,
}

internal enum Asked
{
    No,
    Pending,
    Approved,
    Closed,
}

/// <summary>One order at the engine and at the marketplace, with at most one call of each kind under way. Each step is what one party can do next.</summary>
internal sealed record Race
{
    public static readonly DateTimeOffset Start = Given.Start.AddHours(2);
    private const int LossesMax = 3;
    private static readonly DateTimeOffset SystemLater = Start.AddDays(2);

    public required FulfillmentPolicy Policy { get; init; }

    public required OrderState Order { get; init; }

    public DateTimeOffset Now { get; init; } = Start;

    public Asked Request { get; init; }

    public DateTimeOffset AskedAt { get; init; }

    public bool Cancelled { get; init; }

    public bool Sold { get; init; }

    public bool Scanned { get; init; }

    public bool TimedOut { get; init; }

    public Flight Purchase { get; init; }

    public CallOutcome<PurchasedLabel>? PurchaseAnswer { get; init; }

    public Flight Answer { get; init; }

    public CallOutcome<CancellationAnswer>? AnswerAnswer { get; init; }

    /// <summary>Calls and answers that were lost so far; bounded, so that the worlds are finite.</summary>
    public int AnswersLost { get; init; }

    public bool PersonAnswered { get; init; }

    /// <summary>What led here, newest last; not part of the state.</summary>
    public ImmutableList<string> Path { get; init; } = [];

    public ImmutableList<OrderEvent> Events { get; init; } = [];

    public Parcel Parcel => Order.Parcels[0];

    /// <summary>Equal for worlds that can only go on equally.</summary>
    public string Key => string.Join(
        '|',
        Order.Status, Order.MarketplaceStatus, Order.CancelRequested, Order.ParkedReason, Order.Replans, Parcel.Status, Parcel.PackageId,
        Parcel.Attempt?.EmptyReadBacks, Order.FirstScanAt is not null, Order.Lines[0].PackageId,
        Order.Cancellation?.Attempt?.Outcome, Order.Cancellation?.Attempt?.Answer, Order.Cancellation?.Ordered, Order.Cancellation?.End, Order.Cancellation?.Refusals, Order.Cancellation is null,
        Now, Request, Cancelled, Sold, Scanned, TimedOut, Purchase, PurchaseAnswer?.Kind, Answer, AnswerAnswer?.Kind, AnswersLost, PersonAnswered, AskedAt);

    public static Race Begin(CancellationPolicy policy) => new()
    {
        Policy = Given.Policy with { Cancellation = policy },
        Order = Given.Allocated().Order,
    };

    /// <summary>Every next world that differs from this one.</summary>
    public IEnumerable<Race> Steps() => All().OfType<Race>().Where(r => r.Key != Key);

    private IEnumerable<Race?> All()
    {
        // The buyer, the carrier, the platform's clock.
        yield return Request == Asked.No && !Cancelled && !Scanned ? Told("buyer asks") with { Request = Asked.Pending, AskedAt = Now } : null;
        yield return Sold && !Cancelled && !Scanned ? Told("carrier scans") with { Scanned = true, Request = Request == Asked.Pending ? Asked.Closed : Request } : null;
        yield return Now == Start && Request == Asked.Pending ? Told("the last moment comes") with { Now = AskedAt.AddHours(23) } : null;
        yield return Now > Start && Request == Asked.Pending ? Told("24 h end: the platform approves") with { Request = Asked.Approved, Cancelled = true, TimedOut = true } : null;

        // Intake.
        yield return Do("order is read", new ObserveOrder(Facts(), Now));

        // The label desk: intent, call, answer, read-back.
        yield return Purchase == Flight.None ? Do("purchase intended", new IntendPurchase(Parcel.Id, PurchaseKind.BuyLabel, "hash", Now, Now, Now))?.WithPurchase() : null;
        yield return Purchase == Flight.OnTheWay ? PurchaseArrives() : null;
        yield return Purchase == Flight.OnTheWay && AnswersLost < LossesMax ? Told("purchase call is lost") with { Purchase = Flight.Lost, AnswersLost = AnswersLost + 1 } : null;
        yield return Purchase == Flight.Arrived ? Do("purchase answer recorded", new RecordPurchase(Parcel.Id, Parcel.Attempt!.Number, PurchaseAnswer!, Now))?.PurchaseOver() : null;
        yield return Purchase == Flight.Lost || (Purchase == Flight.Arrived && AnswersLost < LossesMax)
            ? (Do("purchase has no recorded end", new AbandonAttempt(Parcel.Id, Parcel.Attempt!.Number, Now))?.PurchaseOver() ?? PurchaseOver())
                with
            { AnswersLost = AnswersLost + (Purchase == Flight.Arrived ? 1 : 0) }
            : null;
        yield return Purchase == Flight.None
            ? Do("read back", new RecordReadBack(Parcel.Id, Sold ? new MarketplacePackage("pk-1", [Order.Key.OrderId], Parcel.LineIds, false, null, null, null, null) : null, SystemLater.AddMinutes(5 * (Parcel.Attempt?.EmptyReadBacks ?? 0)), Now))
            : null;

        // The cancel desk: read and decide, call, answer.
        yield return Request != Asked.No && Answer == Flight.None
            ? Do("request is read", new SettleCancellation(RequestRead(), Later(Order.Cancellation?.NextTryAt)))?.WithAnswer()
            : null;
        yield return Answer == Flight.OnTheWay ? AnswerArrives() : null;
        yield return Answer == Flight.OnTheWay && AnswersLost < LossesMax ? Told("answer call is lost") with { Answer = Flight.Lost, AnswersLost = AnswersLost + 1 } : null;
        yield return Answer == Flight.Arrived
            ? Do("answer recorded", new RecordCancellationAnswer("c-1", Order.Cancellation!.Attempt!.Number, AnswerAnswer!, Now))?.AnswerOver() ?? AnswerOver()
            : null;
        yield return Answer == Flight.Lost || (Answer == Flight.Arrived && AnswersLost < LossesMax)
            ? (Do("answer lost", new RecordCancellationAnswer("c-1", Order.Cancellation!.Attempt!.Number, new CallOutcome<CancellationAnswer>.Unknown("no answer"), Now)) ?? this)
                .AnswerOver() with
            { AnswersLost = AnswersLost + (Answer == Flight.Arrived ? 1 : 0) }
            : null;

        // The person.
        if (!PersonAnswered && Order is { Status: OrderStatus.Parked, ParkedReason: ParkReason.CancellationAsked })
        {
            yield return Do("person approves", new AnswerCancellation(CancellationAnswer.Approve, Now))! with { PersonAnswered = true };
            yield return Do("person rejects", new AnswerCancellation(CancellationAnswer.Reject, Now))! with { PersonAnswered = true };
        }
    }

    private DateTimeOffset Later(DateTimeOffset? at) => at > Now ? at.Value : Now;

    private Race WithPurchase() => this with { Purchase = Flight.OnTheWay };

    private Race PurchaseOver() => this with { Purchase = Flight.None, PurchaseAnswer = null };

    private Race WithAnswer() => this with { Answer = Order.Cancellation?.Attempt?.Outcome == AnswerOutcome.Open ? Flight.OnTheWay : Flight.None };

    private Race AnswerOver() => this with { Answer = Flight.None, AnswerAnswer = null };

    private Race Told(string what) => this with { Path = Path.Add(what) };

    private Race PurchaseArrives() =>
        (Cancelled || Request == Asked.Pending || Sold
            ? Told("purchase arrives and is refused") with
            {
                PurchaseAnswer = new CallOutcome<PurchasedLabel>.Rejected("fulfillment", "21011007", Sold ? RefusalClass.AlreadyDone : RefusalClass.StateConflict, "no", null),
            }
            : Told("purchase arrives, label sold") with
            {
                Sold = true,
                PurchaseAnswer = new CallOutcome<PurchasedLabel>.Succeeded(new PurchasedLabel("pk-1", null, "c", "USPS", Now)),
            }) with
        { Purchase = Flight.Arrived };

    private Race AnswerArrives()
    {
        var answer = Order.Cancellation!.Attempt!.Answer;
        return (Request, answer) switch
        {
            (Asked.Pending, CancellationAnswer.Approve) => Answered("approval arrives") with { Request = Asked.Approved, Cancelled = true },
            (Asked.Pending, CancellationAnswer.Reject) => Answered("rejection arrives") with { Request = Asked.Closed },

            // Its idempotency key was seen before: the same answer again.
            (Asked.Approved, CancellationAnswer.Approve) when !TimedOut => Answered("approval arrives again"),
            (Asked.Closed, CancellationAnswer.Reject) when !Scanned => Answered("rejection arrives again"),
            _ => Told("answer arrives too late") with
            {
                Answer = Flight.Arrived,
                AnswerAnswer = new CallOutcome<CancellationAnswer>.Rejected("return_refund", "25020003", RefusalClass.StateConflict, "status", null),
            },
        };

        Race Answered(string what) => Told(what) with { Answer = Flight.Arrived, AnswerAnswer = new CallOutcome<CancellationAnswer>.Succeeded(answer) };
    }

    private CancellationRequest RequestRead() =>
        new("c-1", Order.Key.OrderId, Request == Asked.Pending, true, Request == Asked.Approved, AskedAt, AskedAt.AddHours(24), AskedAt);

    private MarketplaceOrder Facts() => new Given().Facts with
    {
        Status = Cancelled ? MarketplaceStatus.Cancelled : Scanned ? MarketplaceStatus.InTransit : Sold ? MarketplaceStatus.AwaitingCollection : MarketplaceStatus.AwaitingShipment,
        UpdatedAt = Order.UpdatedAt,
        CancelRequested = Request == Asked.Pending,
        FirstScanAt = Scanned ? Now : null,
        Lines = [.. Order.Lines.Select(l => l with { PackageId = Sold ? "pk-1" : null })],
    };

    private Race? Do(string what, OrderCommand command) => OrderDecider.Decide(Order, command, Policy) is Decision.Accepted a
        ? Told(what) with { Order = OrderFold.Evolve(Order, a.Events, Now), Events = Events.AddRange(a.Events) }
        : null;
}
