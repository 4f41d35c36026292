using Engine.Domain.Cancellations;
using Engine.Domain.Orders;
using Engine.Domain.Parcels;
using Engine.Domain.Ports;
using Engine.Domain.Work;

namespace Engine.Domain.Tests.Orders;

public sealed class ExceptionTests
{
    [Fact]
    public void A_parked_order_is_a_row_of_the_to_do_list_that_only_a_person_can_do()
    {
        var given = Given.Released();
        var since = given.Now;
        given.Do(new ParkOrder(ParkReason.NoMeasure, "detail", given.Now));
        given.After(TimeSpan.FromHours(5)).See();
        var row = Assert.Single(NextStep.Of(given.Order, Given.Policy), w => w.Kind == WorkKind.AskPerson);
        Assert.Equal(new WorkItem(WorkKind.AskPerson, since, given.Facts.LabelBy), row);
        Assert.False(WorkKind.AskPerson.WakesClock());
        given.Do(new ResumeOrder(given.Now));
        Assert.DoesNotContain(NextStep.Of(given.Order, Given.Policy), w => w.Kind == WorkKind.AskPerson);
    }

    [Fact]
    public void An_order_that_is_not_understood_waits_for_a_person_and_goes_on_once_it_is()
    {
        var given = new Given();
        given.See(f => f with { Status = MarketplaceStatus.Unrecognised, Fulfiller = Fulfiller.Platform, NotUnderstood = "fulfillment_type BY_DRONE", Lines = [] });
        Assert.Equal((OrderStatus.Parked, ParkReason.Untranslatable), (given.Order.Status, given.Order.ParkedReason));
        Assert.Contains("BY_DRONE", given.Order.ParkedDetail, StringComparison.Ordinal);

        given.After(TimeSpan.FromHours(2)).See(f => new Given().Facts with { Status = MarketplaceStatus.AwaitingShipment, Shipping = ShippingMode.SellerCarrier });
        Assert.Equal(OrderStatus.Allocating, given.Order.Status);
        Assert.Equal((Fulfiller.Seller, ShippingMode.SellerCarrier), (given.Order.Fulfiller, given.Order.Shipping));
        Assert.Equal(2, given.Order.Lines.Length);
        Assert.Null(given.Order.ParkedReason);
    }

    [Fact]
    public void A_known_order_with_a_new_status_word_is_parked_and_goes_on_where_it_was()
    {
        var given = Given.Bought();
        given.See(f => f with { Status = MarketplaceStatus.Unrecognised, NotUnderstood = "status TELEPORTED" });
        Assert.Equal(OrderStatus.Parked, given.Order.Status);
        given.After(TimeSpan.FromMinutes(5)).See(f => f with { Status = MarketplaceStatus.AwaitingCollection });
        Assert.Equal(OrderStatus.AwaitingCollection, given.Order.Status);
    }

    [Fact]
    public void An_order_that_cannot_be_stored_is_recorded_by_its_id_alone()
    {
        var given = new Given();
        given.Do(new RecordPoison(given.Now, given.Now, "its rows are refused", given.Now));
        Assert.Equal((OrderStatus.Parked, ParkReason.Unstorable), (given.Order.Status, given.Order.ParkedReason));
        Assert.Equal(Decision.AlreadyDone, given.Decide(new RecordPoison(given.Now, given.Now, "its rows are refused", given.Now)));
        given.See();
        Assert.Equal(OrderStatus.OnHold, given.Order.Status);
    }

    [Fact]
    public void A_person_who_is_asked_about_a_cancellation_answers_it_and_cannot_resume_over_it()
    {
        var policy = Given.Policy with { Cancellation = new CancellationPolicy { Rule = CancellationRule.Ask } };
        var given = Given.Bought().See(f => f with { CancelRequested = true, Status = MarketplaceStatus.AwaitingCollection });
        var request = new CancellationRequest("c-1", "5764", true, true, false, given.Now, given.Now.AddHours(24), given.Now);
        var order = given.Order;
        OrderState Take(OrderCommand command)
        {
            var accepted = Assert.IsType<Decision.Accepted>(OrderDecider.Decide(order, command, policy));
            return order = OrderFold.Evolve(order, accepted.Events, given.Now);
        }

        Take(new SettleCancellation(request, given.Now));
        Assert.Equal((OrderStatus.Parked, ParkReason.CancellationAsked), (order.Status, order.ParkedReason));
        Assert.Equal(given.Now.AddHours(22), Assert.Single(NextStep.Of(order, policy), w => w.Kind == WorkKind.AskPerson).DeadlineAt);
        Assert.Equal(given.Now.AddHours(22), Assert.Single(NextStep.Of(order, policy), w => w.Kind == WorkKind.SettleCancellation).DueAt);
        Assert.Equal(RefusalReason.AnswerNeeded, Assert.IsType<Decision.Refused>(OrderDecider.Decide(order, new ResumeOrder(given.Now), policy)).Reason);

        Take(new AnswerCancellation(CancellationAnswer.Approve, given.Now));
        Take(new SettleCancellation(request, given.Now));
        Assert.Equal(CancellationAnswer.Approve, order.Cancellation!.Attempt!.Answer);
        Assert.Equal(OrderStatus.AwaitingCollection, order.Status);
    }

    [Fact]
    public void What_cannot_be_read_back_for_too_long_is_given_up_and_what_can_be_is_not()
    {
        var attempt = new PurchaseAttempt(1, "hash", Given.Start, Given.Start);
        var tooLate = Given.Policy.FenceOf(Given.Start) + Given.Policy.ParkUnknownAfter + TimeSpan.FromSeconds(1);
        Assert.IsType<RetryDecision.GiveUp>(ReadBack.Next(attempt, Given.Policy.FailedReadBacksMax, tooLate, Given.Policy));
        Assert.IsType<RetryDecision.Again>(ReadBack.Next(attempt, Given.Policy.FailedReadBacksMax, tooLate.AddMinutes(-1), Given.Policy));
        Assert.IsType<RetryDecision.Again>(ReadBack.Next(attempt, failedReadBacks: 0, tooLate, Given.Policy));
        Assert.Equal(
            new RetryDecision.Again(Given.Policy.VisibilityBound),
            ReadBack.Next(attempt with { EmptyReadBacks = 1, FirstEmptyReadBackAt = tooLate }, failedReadBacks: 0, tooLate, Given.Policy));
    }

    [Fact]
    public void A_purchase_in_doubt_before_a_person_is_not_bought_again_by_itself()
    {
        var given = Given.Intended();
        given.Do(new RecordPurchase(Given.Parcel, 1, new CallOutcome<PurchasedLabel>.Unknown("no answer"), given.Now));
        given.Do(new ParkOrder(ParkReason.PurchaseInDoubt, "detail", given.Now));
        given.After(TimeSpan.FromDays(1)).See();
        Assert.Equal([WorkKind.Audit, WorkKind.AskPerson, WorkKind.Reread], NextStep.Of(given.Order, Given.Policy).Select(w => w.Kind).Order().Reverse());
        Assert.IsType<Decision.Refused>(given.Decide(given.Intent()));
    }

    [Theory]
    [InlineData(1, 250)]
    [InlineData(2, 500)]
    [InlineData(8, 30_000)]
    [InlineData(1000, 30_000)]
    public void Failures_in_a_row_are_tried_again_ever_later(int failures, int milliseconds) =>
        Assert.Equal(milliseconds, RetryRules.AfterFailure(failures).TotalMilliseconds);
}
