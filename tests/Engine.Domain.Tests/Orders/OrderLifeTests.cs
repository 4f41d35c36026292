using Engine.Domain.Orders;
using Engine.Domain.Parcels;
using Engine.Domain.Work;

namespace Engine.Domain.Tests.Orders;

public sealed class OrderLifeTests
{
    [Fact]
    public void An_order_goes_from_hold_to_scan_in_the_drawn_order()
    {
        var given = Given.Received();
        Assert.Equal(OrderStatus.OnHold, given.Order.Status);

        given = Given.Released();
        Assert.Equal(OrderStatus.Allocating, given.Order.Status);

        given = Given.Allocated();
        Assert.Equal(OrderStatus.AwaitingLabel, given.Order.Status);
        Assert.Equal(400, given.Order.Parcels[0].Measure!.WeightGrams);

        given = Given.Intended();
        Assert.Equal(OrderStatus.Purchasing, given.Order.Status);

        given = Given.Bought();
        Assert.Equal(OrderStatus.AwaitingCollection, given.Order.Status);
        given.Do(new RecordLabelFile(Given.Parcel, "key", "9400", given.Now));
        Assert.Equal(ParcelStatus.Ready, given.Order.Parcels[0].Status);

        given.After(TimeSpan.FromHours(3)).See(f => f with { Status = MarketplaceStatus.InTransit, FirstScanAt = given.Now });
        Assert.Equal(OrderStatus.InTransit, given.Order.Status);
        Assert.False(given.Order.Late);
    }

    [Fact]
    public void A_scan_exactly_at_the_deadline_is_on_time_and_a_second_later_is_late()
    {
        var onTime = Given.Bought();
        onTime.After(TimeSpan.FromDays(5)).See(f => f with { Status = MarketplaceStatus.InTransit, FirstScanAt = f.DispatchBy });
        Assert.False(onTime.Order.Late);

        var late = Given.Bought();
        late.After(TimeSpan.FromDays(5)).See(f => f with { Status = MarketplaceStatus.InTransit, FirstScanAt = f.DispatchBy!.Value.AddSeconds(1) });
        Assert.True(late.Order.Late);
    }

    [Fact]
    public void A_scan_without_a_platform_time_takes_our_time_of_seeing_it_marked()
    {
        var given = Given.Bought();
        given.After(TimeSpan.FromHours(2));
        given.Facts = given.Facts with { Status = MarketplaceStatus.InTransit, UpdatedAt = given.Now };
        var scan = Assert.Single(given.Do(new ObserveOrder(given.Facts, given.Now)).OfType<CarrierScanned>());
        Assert.Equal(ScanSource.Observed, scan.Source);
        Assert.Equal(given.Now, scan.ScannedAt);
    }

    [Fact]
    public void What_was_read_before_changes_nothing()
    {
        var given = Given.Bought();
        Assert.IsType<Decision.Nothing>(given.Decide(new ObserveOrder(given.Facts, given.Now)));
        var older = given.Facts with { UpdatedAt = given.Facts.UpdatedAt.AddSeconds(-1), Status = MarketplaceStatus.OnHold };
        Assert.IsType<Decision.Nothing>(given.Decide(new ObserveOrder(older, given.Now)));
    }

    [Fact]
    public void An_order_first_seen_in_transit_is_received_released_and_dispatched_in_one_decision()
    {
        var given = new Given();
        given.See(f => f with { Status = MarketplaceStatus.InTransit, FirstScanAt = Given.Start.AddHours(1) });
        Assert.Equal(OrderStatus.InTransit, given.Order.Status);
        Assert.Equal(4, given.Order.Version);
    }

    [Fact]
    public void An_order_that_the_marketplace_fulfils_is_only_watched()
    {
        var given = new Given();
        given.See(f => f with { Status = MarketplaceStatus.AwaitingShipment, Fulfiller = Fulfiller.Platform });
        Assert.Equal(OrderStatus.PlatformFulfilled, given.Order.Status);
        Assert.Equal([WorkKind.Reread], NextStep.Of(given.Order, Given.Policy).Select(w => w.Kind));
    }

    [Theory]
    [InlineData(0, 360)]
    [InlineData(29, 360)]
    [InlineData(30, 390)]
    [InlineData(59, 390)]
    [InlineData(725, 1080)]
    public void An_open_order_is_read_again_on_marks_of_its_own_never_later_than_six_hours_after_the_last_look(int seenAtMinute, int againAtMinute)
    {
        var given = Given.Received().After(TimeSpan.FromMinutes(seenAtMinute)).See(f => f with { Status = MarketplaceStatus.AwaitingShipment });

        Assert.Equal(Given.Start.AddMinutes(againAtMinute), NextStep.Of(given.Order, Given.Policy).Single(w => w.Kind == WorkKind.Reread).DueAt);
    }

    [Fact]
    public void A_released_order_whose_measures_are_known_is_allocated_in_the_same_decision()
    {
        var given = Given.Received().After(TimeSpan.FromHours(1));
        given.Facts = given.Facts with { Status = MarketplaceStatus.AwaitingShipment, UpdatedAt = given.Now };
        var events = given.Do(new ObserveOrder(given.Facts, given.Now, Given.Measures));
        Assert.IsType<OrderAllocated>(events[^1]);
        Assert.Equal(OrderStatus.AwaitingLabel, given.Order.Status);
    }

    [Fact]
    public void Without_any_measure_the_order_stands_before_a_person_and_goes_on_when_resumed()
    {
        var given = Given.Released();
        given.Do(new AllocateOrder(null, Given.Measures.Remove("l-2"), given.Now));
        Assert.Equal(OrderStatus.Parked, given.Order.Status);
        Assert.Equal(ParkReason.NoMeasure, given.Order.ParkedReason);
        given.Do(new ResumeOrder(given.Now));
        given.Do(new AllocateOrder(null, Given.Measures, given.Now));
        Assert.Equal(OrderStatus.AwaitingLabel, given.Order.Status);
    }

    [Fact]
    public void An_order_without_lines_stands_before_a_person_instead_of_being_routed_for_ever()
    {
        var given = Given.Released();
        var nothing = given.Order with { Lines = [] };
        var decision = Assert.IsType<Decision.Accepted>(OrderDecider.Decide(nothing, new AllocateOrder(null, Given.Measures, given.Now), new FulfillmentPolicy()));
        Assert.Equal(ParkReason.Untranslatable, Assert.IsType<OrderParked>(Assert.Single(decision.Events)).Reason);
    }

    [Fact]
    public void A_pending_cancellation_stops_buying_and_its_withdrawal_starts_it_again()
    {
        var given = Given.Allocated();
        given.After(TimeSpan.FromMinutes(1)).See(f => f with { CancelRequested = true });
        Assert.Equal(OrderStatus.CancelRequested, given.Order.Status);
        var refused = Assert.IsType<Decision.Refused>(given.Decide(given.Intent()));
        Assert.Equal(RefusalReason.CancellationPending, refused.Reason);
        given.After(TimeSpan.FromMinutes(1)).See(f => f with { CancelRequested = false });
        Assert.Equal(OrderStatus.AwaitingLabel, given.Order.Status);
    }

    [Fact]
    public void A_cancelled_order_needs_nothing_more_unless_its_purchase_is_open()
    {
        var quiet = Given.Allocated();
        quiet.After(TimeSpan.FromMinutes(1)).See(f => f with { Status = MarketplaceStatus.Cancelled });
        Assert.Empty(NextStep.Of(quiet.Order, Given.Policy));

        var open = Given.Intended();
        open.After(TimeSpan.FromMinutes(1)).See(f => f with { Status = MarketplaceStatus.Cancelled });
        Assert.Contains(WorkKind.ReadBack, NextStep.Of(open.Order, Given.Policy).Select(w => w.Kind));
        open.Do(new RecordPurchase(Given.Parcel, 1, new Ports.CallOutcome<Ports.PurchasedLabel>.Succeeded(new Ports.PurchasedLabel("pk-1", null, null, null, null)), open.Now));
        Assert.Equal("pk-1", open.Order.Parcels[0].PackageId);
        Assert.Equal(OrderStatus.Cancelled, open.Order.Status);
    }

    [Fact]
    public void A_seller_shipped_order_waits_for_a_tracking_number_and_then_sends_it()
    {
        var given = new Given { Facts = new Given().Facts with { Shipping = ShippingMode.SellerCarrier } };
        given.See();
        given.After(TimeSpan.FromHours(1)).See(f => f with { Status = MarketplaceStatus.AwaitingShipment });
        given.Do(new AllocateOrder(null, Given.Measures.Clear(), given.Now));
        Assert.Equal(OrderStatus.NeedsTracking, given.Order.Status);
        Assert.IsType<Decision.Refused>(given.Decide(new SubmitTracking(null, "94 00", "c-1", given.Now)));
        given.Do(new SubmitTracking(null, "9400", "c-1", given.Now));
        Assert.Equal(OrderStatus.AwaitingLabel, given.Order.Status);
        Assert.Contains(WorkKind.SendTracking, NextStep.Of(given.Order, Given.Policy).Select(w => w.Kind));
        Assert.Empty(given.Do(new SubmitTracking(null, "9400", "c-1", given.Now)));
    }

    [Fact]
    public void A_labelled_order_without_a_scan_raises_one_alarm_before_its_deadline()
    {
        var given = Given.Bought();
        var watch = Assert.Single(NextStep.Of(given.Order, Given.Policy), w => w.Kind == WorkKind.WatchScan);
        Assert.Equal(given.Order.Deadlines.DispatchBy - Given.Policy.ScanAlarmMargin, watch.DueAt);
        Assert.Empty(given.Do(new CheckScan(watch.DueAt.AddSeconds(-1))));
        Assert.Single(given.Do(new CheckScan(watch.DueAt)).OfType<ScanMissing>());
        Assert.Empty(given.Do(new CheckScan(watch.DueAt)));
        Assert.DoesNotContain(NextStep.Of(given.Order, Given.Policy), w => w.Kind == WorkKind.WatchScan);
    }

    [Fact]
    public void A_scan_does_not_close_an_open_attempt_its_package_is_still_read_back_and_known()
    {
        var given = Given.Intended();
        given.After(TimeSpan.FromHours(2)).See(f => f with { Status = MarketplaceStatus.InTransit, FirstScanAt = given.Now });
        Assert.Equal(OrderStatus.InTransit, given.Order.Status);
        Assert.Contains(WorkKind.ReadBack, NextStep.Of(given.Order, Given.Policy).Select(w => w.Kind));
        given.Do(new RecordReadBack(Given.Parcel, new Ports.MarketplacePackage("pk-1", ["5764"], ["l-1", "l-2"], false, "9400", null, null, null), given.Now, given.Now));
        Assert.Equal(("pk-1", ParcelStatus.Scanned), (given.Order.Parcels[0].PackageId, given.Order.Parcels[0].Status));
        Assert.Equal([WorkKind.Reread], NextStep.Of(given.Order, Given.Policy).Select(w => w.Kind));
    }
}
