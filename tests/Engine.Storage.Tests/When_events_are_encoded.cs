using System.Collections.Immutable;
using System.Text;
using Engine.Domain.Cancellations;
using Engine.Domain.Labels;
using Engine.Domain.Orders;
using Engine.Domain.Parcels;
using Engine.Domain.Ports;
using Engine.Storage.Journal;

namespace Engine.Storage.Tests;

public sealed class When_events_are_encoded
{
    private static readonly DateTimeOffset At = new DateTimeOffset(2026, 11, 20, 8, 30, 0, TimeSpan.Zero).AddTicks(1234567);
    private static readonly ParcelId Box = ParcelId.Of("576461413038785752", 1);
    private static readonly OrderDeadlines By = new(At, At.AddDays(1), null, At.AddDays(3));
    private static readonly ImmutableArray<OrderLine> Lines = [new("1", "sku", null, "product", 1, true, "pkg"), new("2", "sku", "ours", "product", 3, false, null)];

    public static TheoryData<OrderEvent> Events =>
    [
        new OrderReceived(OrderStatus.OnHold, MarketplaceStatus.OnHold, At, At, Fulfiller.Platform, ShippingMode.SellerCarrier, By, true, null, "option", Lines),
        new OrderUpdated(MarketplaceStatus.Cancelled, At, By, By with { LabelBy = null }, false, "wh", null, Fulfiller.Seller, []),
        new OrderPaid(At),
        new OrderReleased(At),
        new OrderAllocated("wh", [new Parcel
        {
            Id = Box, Status = ParcelStatus.Purchased, LineIds = ["1", "2"], Measure = new ParcelMeasure(500, 1, 2, 3),
            Attempt = new PurchaseAttempt(2, "hash", At, At) { EmptyReadBacks = 1, FirstEmptyReadBackAt = At, LastEmptyReadBackAt = At },
            PackageId = "pkg", Price = new LabelPrice("4.20", "USD"), TrackingNumber = "t", CarrierId = "c", CarrierName = "Carrier \"&\" Söhne", LabelKey = "k",
        }]),
        new CancellationRequested(At),
        new CancellationWithdrawn(At),
        new OrderCancelled(At, "reason", At, Fulfiller.Seller, true),
        new PurchaseIntended(Box, PurchaseKind.SendTracking, new PurchaseAttempt(1, "hash", At, At), At),
        new PurchaseNotApplied(Box, 1, "reason", At),
        new PurchaseUnknown(Box, 1, "reason", At),
        new ReadBackEmpty(Box, 1, At),
        new PurchaseCleared(Box, 1, At),
        new PurchaseRejected(Box, 1, default, "code", "message", At, At),
        new LabelPurchased(Box, 1, "pkg", null, null, null, At),
        new LabelAdopted(Box, 0, "pkg", "t", "c", "n", At),
        new LabelStored(Box, "key", null, At),
        new TrackingSubmitted(Box, "t", "c", At),
        new TrackingConfirmed(Box, 1, "pkg", null, At),
        new CarrierScanned(At, ScanSource.Observed, null, false, "rule", Fulfiller.Seller),
        new ScanMissing(At, At),
        new OrderDelivered(At),
        new OrderCompleted(At),
        new CancellationSeen("c-1", At, At, At, At, true),
        new CancellationAnswerOrdered("c-1", CancellationAnswer.Reject, At),
        new CancellationAnswerIntended("c-1", 1, CancellationAnswer.Approve, CancellationRule.Ask, "why", "key", At),
        new CancellationAnswerEnded("c-1", 1, AnswerOutcome.Unknown, "detail", At, At),
        new CancellationClosed("c-1", CancellationEnd.Approved, At),
        new OrderParked("reason", "detail", At),
        new OrderResumed(At),
    ];

    [Theory]
    [MemberData(nameof(Events))]
    public void An_event_comes_back_as_it_was(OrderEvent happened)
    {
        var (name, schema) = OrderEventNames.Of(happened);
        var body = EventCodec.Encode(happened);
        var back = EventCodec.Decode(name, schema, body);
        Assert.Equal(happened.GetType(), back.GetType());
        Assert.Equal(Encoding.UTF8.GetString(body), Encoding.UTF8.GetString(EventCodec.Encode(back)));
        Assert.Equivalent(happened, back, strict: true);
    }

    [Fact]
    public void Every_event_that_can_be_stored_is_tried_here() =>
        Assert.Equal(OrderEventNames.Types.OrderBy(t => t.Name), Events.Select(e => e.Data.GetType()).OrderBy(t => t.Name));

    [Theory]
    [MemberData(nameof(Events))]
    public void Every_event_of_a_parcel_is_known_as_such(OrderEvent happened) =>
        Assert.Equal((ParcelId?)happened.GetType().GetProperty("Parcel")?.GetValue(happened), OrderEventSubject.ParcelOf(happened));

    /// <summary>Stored for ever: if this fails, old journals cannot be read any more.</summary>
    [Fact]
    public void Stored_names_are_what_they_always_were() => Assert.Equal(
        """{"parcel":"576461413038785752.1","kind":0,"attempt":{"number":1,"requestHash":"h","signedAt":"2026-11-20T08:30:00.1234567+00:00","readAt":"2026-11-20T08:30:00.1234567+00:00","emptyReadBacks":0},"at":"2026-11-20T08:30:00.1234567+00:00"}""",
        Encoding.UTF8.GetString(EventCodec.Encode(new PurchaseIntended(Box, PurchaseKind.BuyLabel, new PurchaseAttempt(1, "h", At, At), At))));

    [Fact]
    public void An_event_of_a_newer_engine_is_refused_by_name()
    {
        var refused = Assert.Throws<KeyNotFoundException>(() => EventCodec.Decode("order.teleported", 1, "{}"u8));
        Assert.Contains("order.teleported", refused.Message, StringComparison.Ordinal);
    }
}
