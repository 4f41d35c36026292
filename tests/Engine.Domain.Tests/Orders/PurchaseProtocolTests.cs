using Engine.Domain.Orders;
using Engine.Domain.Parcels;
using Engine.Domain.Ports;
using Engine.Domain.Work;

namespace Engine.Domain.Tests.Orders;

public sealed class PurchaseProtocolTests
{
    private static readonly CallOutcome<PurchasedLabel> Unknown = new CallOutcome<PurchasedLabel>.Unknown("time-out");

    private static MarketplacePackage Package(params string[] lines) => new("pk-9", ["5764"], [.. lines], false, "9400", "c-1", "USPS", null);

    [Fact]
    public void A_purchase_needs_a_fresh_read()
    {
        var given = Given.Allocated();
        var old = given.Intent() with { ReadAt = given.Now - Given.Policy.MaxReadAge - TimeSpan.FromSeconds(1) };
        Assert.Equal(RefusalReason.ReadTooOld, Assert.IsType<Decision.Refused>(given.Decide(old)).Reason);
    }

    [Fact]
    public void Only_one_attempt_of_a_parcel_is_open()
    {
        var given = Given.Intended();
        Assert.Equal(RefusalReason.AttemptOpen, Assert.IsType<Decision.Refused>(given.Decide(given.Intent())).Reason);
        given.Do(new RecordPurchase(Given.Parcel, 1, Unknown, given.Now));
        Assert.Equal(RefusalReason.AttemptOpen, Assert.IsType<Decision.Refused>(given.Decide(given.Intent())).Reason);
    }

    [Fact]
    public void What_surely_was_not_applied_may_be_tried_again_at_once_as_a_new_attempt()
    {
        var given = Given.Intended();
        given.Do(new RecordPurchase(Given.Parcel, 1, new CallOutcome<PurchasedLabel>.NotApplied("slot missed"), given.Now));
        given.Do(given.Intent());
        Assert.Equal(2, given.Order.Parcels[0].Attempt!.Number);
    }

    [Fact]
    public void An_answer_to_an_older_attempt_changes_nothing()
    {
        var given = Given.Intended();
        given.Do(new RecordPurchase(Given.Parcel, 1, new CallOutcome<PurchasedLabel>.NotApplied("x"), given.Now));
        given.Do(given.Intent());
        Assert.Empty(given.Do(new RecordPurchase(Given.Parcel, 1, Unknown, given.Now)));
    }

    [Theory]
    [InlineData(RefusalClass.AlreadyDone, OrderStatus.LabelUnknown)]
    [InlineData(RefusalClass.InProgress, OrderStatus.LabelUnknown)]
    [InlineData(RefusalClass.Unlisted, OrderStatus.LabelUnknown)]
    [InlineData(RefusalClass.RetryLater, OrderStatus.LabelUnknown)]
    [InlineData(RefusalClass.Authorization, OrderStatus.AwaitingLabel)]
    [InlineData(RefusalClass.StateConflict, OrderStatus.AwaitingLabel)]
    [InlineData(RefusalClass.FixData, OrderStatus.Parked)]
    [InlineData(RefusalClass.Bug, OrderStatus.Parked)]
    public void A_refusal_leads_where_its_class_says(RefusalClass refusal, OrderStatus expected)
    {
        var given = Given.Intended();
        given.Do(new RecordPurchase(Given.Parcel, 1, new CallOutcome<PurchasedLabel>.Rejected("fulfillment", "1", refusal, "no", "r"), given.Now));
        Assert.Equal(expected, given.Order.Status);
    }

    [Fact]
    public void Every_refusal_class_has_a_row()
    {
        var rows = typeof(PurchaseProtocolTests).GetMethod(nameof(A_refusal_leads_where_its_class_says))!
            .GetCustomAttributes(typeof(InlineDataAttribute), false).Length;
        Assert.Equal(Enum.GetValues<RefusalClass>().Length, rows);
    }

    [Fact]
    public void Refusals_that_ask_to_plan_again_end_before_a_person()
    {
        var given = Given.Allocated();
        for (var i = 0; i <= Given.Policy.ReplansMax; i++)
        {
            given.Do(given.Intent());
            given.Do(new RecordPurchase(
                Given.Parcel, i + 1, new CallOutcome<PurchasedLabel>.Rejected("f", "21011003", RefusalClass.StateConflict, "no", null), given.Now));
        }

        Assert.Equal(OrderStatus.Parked, given.Order.Status);
    }

    [Fact]
    public void A_found_package_with_exactly_our_lines_is_adopted()
    {
        var given = Given.Intended();
        given.Do(new RecordPurchase(Given.Parcel, 1, Unknown, given.Now));
        given.Do(new RecordReadBack(Given.Parcel, Package("l-2", "l-1"), given.Now, given.Now));
        Assert.Equal(ParcelStatus.Adopted, given.Order.Parcels[0].Status);
        Assert.Equal(OrderStatus.AwaitingCollection, given.Order.Status);
        Assert.Contains(WorkKind.FetchDocument, NextStep.Of(given.Order, Given.Policy).Select(w => w.Kind));
    }

    [Fact]
    public void A_found_package_with_other_lines_goes_to_a_person_and_nothing_is_bought()
    {
        var given = Given.Intended();
        given.Do(new RecordPurchase(Given.Parcel, 1, Unknown, given.Now));
        given.Do(new RecordReadBack(Given.Parcel, Package("l-1"), given.Now, given.Now));
        Assert.Equal(ParkReason.ForeignPackage, given.Order.ParkedReason);
        Assert.IsType<Decision.Refused>(given.Decide(given.Intent()));
    }

    [Fact]
    public void Nothing_found_proves_nothing_before_the_fence_and_two_spaced_reads_prove_it_after()
    {
        var given = Given.Intended();
        var signed = given.Now;
        given.Do(new RecordPurchase(Given.Parcel, 1, Unknown, given.Now));
        var fence = Given.Policy.FenceOf(signed);
        Assert.Empty(given.Do(new RecordReadBack(Given.Parcel, null, fence.AddMilliseconds(-1), given.Now)));
        Assert.Single(given.Do(new RecordReadBack(Given.Parcel, null, fence, given.Now)));
        Assert.Empty(given.Do(new RecordReadBack(Given.Parcel, null, fence + Given.Policy.VisibilityBound - TimeSpan.FromMilliseconds(1), given.Now)));
        Assert.Equal(OrderStatus.LabelUnknown, given.Order.Status);
        given.Do(new RecordReadBack(Given.Parcel, null, fence + Given.Policy.VisibilityBound, given.Now));
        Assert.Equal(OrderStatus.AwaitingLabel, given.Order.Status);
        given.Do(given.Intent());
        Assert.Equal(2, given.Order.Parcels[0].Attempt!.Number);
    }

    [Fact]
    public void An_attempt_of_a_vanished_activation_is_unknown_never_failed()
    {
        var given = Given.Intended();
        given.Do(new AbandonAttempt(Given.Parcel, 1, given.Now));
        Assert.Equal(OrderStatus.LabelUnknown, given.Order.Status);
    }

    [Fact]
    public void Lines_that_someone_else_has_packed_are_read_back_and_not_bought()
    {
        var given = Given.Allocated();
        given.After(TimeSpan.FromSeconds(1)).See(f => f with { Lines = [.. f.Lines.Select(l => l with { PackageId = "pk-9" })] });
        Assert.Equal([WorkKind.ReadBack, WorkKind.Reread, WorkKind.Audit], NextStep.Of(given.Order, Given.Policy).Select(w => w.Kind));
        Assert.IsType<Decision.Refused>(given.Decide(given.Intent()));
        var adopted = Assert.IsType<LabelAdopted>(Assert.Single(given.Do(new RecordReadBack(Given.Parcel, Package("l-1", "l-2"), given.Now, given.Now))));
        Assert.Equal(0, adopted.Attempt);
        Assert.Equal("pk-9", given.Order.Parcels[0].PackageId);
    }

    [Fact]
    public void A_package_that_went_down_with_its_order_is_known_all_the_same()
    {
        var given = Given.Intended();
        given.Do(new RecordPurchase(Given.Parcel, 1, Unknown, given.Now));
        given.After(TimeSpan.FromMinutes(1)).See(f => f with { Status = MarketplaceStatus.Cancelled });
        given.Do(new RecordReadBack(Given.Parcel, Package("l-1", "l-2") with { Cancelled = true }, given.Now, given.Now));
        Assert.Equal(("pk-9", ParcelStatus.Cancelled, OrderStatus.Cancelled), (given.Order.Parcels[0].PackageId, given.Order.Parcels[0].Status, given.Order.Status));
        Assert.Empty(NextStep.Of(given.Order, Given.Policy));
    }

    [Fact]
    public void A_package_cancelled_under_a_living_order_is_no_empty_read_back_and_goes_to_a_person_after_the_fence()
    {
        var given = Given.Intended();
        var fence = Given.Policy.FenceOf(given.Now);
        given.Do(new RecordPurchase(Given.Parcel, 1, Unknown, given.Now));
        var cancelled = Package("l-1", "l-2") with { Cancelled = true };
        Assert.Empty(given.Do(new RecordReadBack(Given.Parcel, cancelled, fence.AddMilliseconds(-1), given.Now)));
        given.Do(new RecordReadBack(Given.Parcel, cancelled, fence, given.Now));
        Assert.Equal(ParkReason.PackageCancelled, given.Order.ParkedReason);
    }

    [Fact]
    public void An_answer_that_names_another_package_than_the_adopted_one_goes_to_a_person()
    {
        var given = Given.Intended();
        given.Do(new RecordPurchase(Given.Parcel, 1, Unknown, given.Now));
        given.Do(new RecordReadBack(Given.Parcel, Package("l-1", "l-2"), given.Now, given.Now));
        RecordPurchase Late(string package) =>
            new(Given.Parcel, 1, new CallOutcome<PurchasedLabel>.Succeeded(new PurchasedLabel(package, null, null, null, null)), given.Now);
        Assert.Empty(given.Do(Late("pk-9")));
        given.Do(Late("pk-8"));
        Assert.Equal(ParkReason.SecondLabel, given.Order.ParkedReason);
        Assert.Equal("pk-9", given.Order.Parcels[0].PackageId);
    }

    [Fact]
    public void Only_read_backs_that_keep_failing_give_an_attempt_to_a_person()
    {
        var given = Given.Intended();
        var attempt = given.Order.Parcels[0].Attempt!;
        var late = Given.Policy.FenceOf(attempt.SignedAt) + Given.Policy.ParkUnknownAfter;
        Assert.False(ReadBack.IsForPerson(attempt, Given.Policy.FailedReadBacksMax, late, Given.Policy));
        Assert.False(ReadBack.IsForPerson(attempt, Given.Policy.FailedReadBacksMax - 1, late.AddTicks(1), Given.Policy));
        Assert.True(ReadBack.IsForPerson(attempt, Given.Policy.FailedReadBacksMax, late.AddTicks(1), Given.Policy));
        var emptyOnce = attempt with { FirstEmptyReadBackAt = late };
        Assert.False(ReadBack.IsForPerson(emptyOnce, Given.Policy.FailedReadBacksMax, late.AddTicks(1), Given.Policy));
    }

    [Fact]
    public void Read_backs_come_soon_at_first_then_less_often_then_at_the_fence_and_then_V_after_the_first_empty_one()
    {
        var given = Given.Intended();
        var attempt = given.Order.Parcels[0].Attempt!;
        var fence = Given.Policy.FenceOf(attempt.SignedAt);
        TimeSpan After(TimeSpan age) => ReadBack.NextLookAt(attempt, attempt.SignedAt + age, Given.Policy) - attempt.SignedAt - age;
        Assert.Equal(TimeSpan.FromSeconds(0.25), After(TimeSpan.Zero));
        Assert.Equal(TimeSpan.FromSeconds(4), After(TimeSpan.FromSeconds(4)));
        Assert.Equal(TimeSpan.FromSeconds(10), After(TimeSpan.FromSeconds(60)));
        Assert.Equal(fence, ReadBack.NextLookAt(attempt, fence.AddSeconds(-1), Given.Policy));
        Assert.Equal(fence.AddSeconds(9), ReadBack.NextLookAt(attempt, fence.AddSeconds(9), Given.Policy));
        Assert.Equal(
            fence + Given.Policy.VisibilityBound, ReadBack.NextLookAt(attempt with { FirstEmptyReadBackAt = fence }, fence.AddSeconds(9), Given.Policy));
    }
}
