using System.Collections.Immutable;
using Engine.Contracts;
using Engine.Domain.Orders;
using Engine.Domain.Parcels;
using Engine.Domain.Ports;
using Engine.Domain.Quality;

namespace Engine.Grains.Tests;

/// <summary>An incident of each rule is put into a real database; the running engine must find it by itself, with the platform's reason code.</summary>
public sealed class QualityAuditTests(PostgresFixture postgres)
{
    private static readonly string Timeout = $"SYSTEM: {QualityFacts.TimeoutReason}";

    /// <summary>When the test began, in whole seconds.</summary>
    private readonly DateTimeOffset now = DateTimeOffset.FromUnixTimeSeconds(TimeProvider.System.GetUtcNow().ToUnixTimeSeconds());

    [Fact]
    public async Task An_incident_of_every_rule_is_found_within_a_minute_with_its_reason()
    {
        await using var engine = await EngineCluster.StartAsync(postgres);

        // Shipped while on hold; waits before a person, so that nobody mends it.
        await WriteAsync(engine, "r0", Received("r0", MarketplaceStatus.OnHold), new OrderAllocated(null, [Planned("r0")]), Adopted("r0", now));

        // Cannot be stored, not even as an order before a person.
        await RefuseAsync(engine, "r1", "r2");
        engine.Place("r1");
        engine.Place("r2", other: o => o with { Status = MarketplaceStatus.PartiallyShipping });

        // Half a day to the deadline and parked for want of a weight; then the same with one of two lines shipped.
        await WriteAsync(engine, "r3", Received("r3", MarketplaceStatus.AwaitingShipment, dueIn: 12), new OrderParked(ParkReason.NoMeasure, "", now));
        await WriteAsync(
            engine, "r4", Received("r4", MarketplaceStatus.PartiallyShipping, dueIn: 12, Line("a", "T1"), Line("b")), new OrderParked(ParkReason.PartlyShippedElsewhere, "", now));

        // A number of the seller's own carrier that the platform refuses; one that was never sent.
        await WriteAsync(
            engine, "r5", Received("r5", MarketplaceStatus.AwaitingShipment), new OrderAllocated(null, [Planned("r5")]),
            new TrackingSubmitted(Id("r5"), "94 00", "c", now.AddMinutes(-10)), Intended("r5"),
            new PurchaseRejected(Id("r5"), 1, RefusalClass.FixData, "21004012", "special characters", null, now), new OrderParked(ParkReason.FixData, "", now));
        await WriteAsync(
            engine, "r6", Received("r6", MarketplaceStatus.PartiallyShipping, 72, Line("a", "T1"), Line("b")),
            new OrderAllocated(null, [Planned("r6", "b")]), new TrackingSubmitted(Id("r6"), "9400", "c", now.AddMinutes(-10)), new OrderParked("by_hand", "", now));
        await WriteAsync(
            engine, "r7", Received("r7", MarketplaceStatus.AwaitingCollection, dueIn: -1, Line("a", "T1")), new OrderAllocated(null, [Planned("r7")]), Adopted("r7", now.AddDays(-2)));

        // Cancelled for late shipping: before we ever saw it, never shipped, refused, shipped on both sides.
        await WriteAsync(engine, "a1", Received("a1", MarketplaceStatus.Cancelled), new OrderCancelled(now.AddHours(-3), Timeout, null, Fulfiller.Seller, false));
        await WriteAsync(
            engine, "a2", Received("a2", MarketplaceStatus.Cancelled), new OrderParked(ParkReason.NoMeasure, "", now),
            new OrderCancelled(now.AddMinutes(1), Timeout, null, Fulfiller.Seller, false));
        await WriteAsync(
            engine, "a3", Received("a3", MarketplaceStatus.Cancelled), new OrderAllocated(null, [Planned("a3")]), new TrackingSubmitted(Id("a3"), "9400", "c", now),
            Intended("a3"), new PurchaseNotApplied(Id("a3"), 1, "rate limited until tomorrow", now), new OrderCancelled(now.AddMinutes(1), Timeout, null, Fulfiller.Seller, false));
        await WriteAsync(
            engine, "a4", Received("a4", MarketplaceStatus.Cancelled, 72, Line("a", "T1")), new OrderAllocated(null, [Planned("a4")]), Adopted("a4", now),
            new OrderCancelled(now.AddMinutes(1), Timeout, null, Fulfiller.Seller, false));

        // And what is no incident: cancelled by the buyer, in good time, shipped by the platform.
        await WriteAsync(engine, "n1", Received("n1", MarketplaceStatus.Cancelled), new OrderCancelled(now.AddMinutes(1), "BUYER: no_longer_needed", null, Fulfiller.Seller, false));
        await WriteAsync(engine, "n2", Received("n2", MarketplaceStatus.AwaitingShipment), new OrderParked("by_hand", "", now));
        await engine.HintAsync();

        var found = await UntilAsync(engine, incidents => incidents.Length >= 12);
        Assert.Equal(
            [
                ("a1", QualityRule.A1, QualityReasons.MissedWebhook, "not_announced"),
                ("a2", QualityRule.A2, QualityReasons.Other, ParkReason.NoMeasure),
                ("a3", QualityRule.A3, QualityReasons.RateLimited, "refused_rate_limited"),
                ("a4", QualityRule.A4, QualityReasons.Other, "no_carrier_scan"),
                ("r0", QualityRule.R0, QualityReasons.Other, "shipped_on_hold"),
                ("r1", QualityRule.R1, QualityReasons.StoreFailed, "store_failed"),
                ("r2", QualityRule.R2, QualityReasons.StoreFailed, "store_failed"),
                ("r3", QualityRule.R3, QualityReasons.Other, ParkReason.NoMeasure),
                ("r4", QualityRule.R4, QualityReasons.Other, ParkReason.PartlyShippedElsewhere),
                ("r5", QualityRule.R5, QualityReasons.InvalidNumber, "refused_21004012"),
                ("r6", QualityRule.R6, QualityReasons.NoCall, "not_sent"),
                ("r7", QualityRule.R7, QualityReasons.Other, "no_carrier_scan"),
            ],
            found.OrderBy(i => i.Order.OrderId, StringComparer.Ordinal).Select(i => (i.Order.OrderId, i.Rule, i.Reason, i.Cause)));
        Assert.All(found, i => Assert.True(i.OpenedAt - now < TimeSpan.FromMinutes(1), $"{i.Rule} after {i.OpenedAt - now}"));

        var counts = await engine.Storage.Quality.CountAsync(EngineCluster.Shop, TimeProvider.System.GetUtcNow(), default);
        Assert.All(QualityRules.All, rule => Assert.Equal(1, counts.Open[rule]));
        Assert.Equal((4, 2), (counts.AutoCancelled.Orders, counts.Missing));
    }

    [Fact]
    public async Task A_deadline_that_passes_while_nothing_happens_opens_an_incident_and_the_scan_closes_it()
    {
        await using var engine = await EngineCluster.StartAsync(postgres);
        var deadline = TimeProvider.System.GetUtcNow().AddSeconds(2);
        var received = Received("8001", MarketplaceStatus.AwaitingCollection, 0, Line("a", "T1")) with { Deadlines = new OrderDeadlines(null, deadline, null, null) };
        await WriteAsync(engine, "8001", received, new OrderAllocated(null, [Planned("8001")]), Adopted("8001", now.AddDays(-1)));
        var opened = Assert.Single(await UntilAsync(engine, incidents => incidents.Length > 0));
        Assert.Equal((QualityRule.R7, true), (opened.Rule, opened.OpenedAt > deadline));

        engine.Place(
            "8001", other: o => o with { Status = MarketplaceStatus.InTransit, FirstScanAt = now, Lines = [.. received.Lines], UpdatedAt = o.UpdatedAt.AddSeconds(60) });
        await engine.HintAsync();
        Assert.Empty(await UntilAsync(engine, incidents => incidents.Length == 0));
        var closed = Assert.Single(await ListAsync(engine, openOnly: false));
        Assert.Equal("platform", closed.ClosedBy);
    }

    [Fact]
    public async Task An_order_that_cannot_be_stored_stops_no_other_is_named_and_comes_in_when_it_can()
    {
        await using var engine = await EngineCluster.StartAsync(postgres);
        await RefuseAsync(engine, "1-poison");
        engine.Place("1-poison");
        engine.Place("2-good");
        engine.Marketplace.PageMax = 1;
        await engine.HintAsync();
        await engine.UntilAsync("2-good", o => o.Parcels is [{ Status: ParcelStatus.Ready }]);

        var status = (await engine.Grains.Intake(EngineCluster.Shop).SweepAsync()).Value;
        Assert.Equal(1, status.Missing);
        Assert.NotNull(status.CompleteUpTo);
        Assert.Equal(QualityRule.R1, Assert.Single(await UntilAsync(engine, incidents => incidents.Length == 1)).Rule);

        await TakeAsync(engine);
        Assert.Equal(0, (await engine.Grains.Intake(EngineCluster.Shop).SweepAsync()).Value.Missing);
        await engine.UntilAsync("1-poison", o => o.Parcels is [{ Status: ParcelStatus.Ready }]);
        Assert.Empty(await UntilAsync(engine, incidents => incidents.Length == 0));
        Assert.Equal("engine", Assert.Single(await ListAsync(engine, openOnly: false)).ClosedBy);
    }

    [Fact]
    public async Task An_announced_order_that_nothing_can_be_read_of_is_an_incident_of_failed_reading()
    {
        await using var engine = await EngineCluster.StartAsync(postgres);
        engine.Marketplace.BeforeSearch = _ => new CallOutcome<OrderPage>.Unknown("500");
        await engine.Grains.Intake(EngineCluster.Shop).HintAsync("9001");
        var incident = Assert.Single(await UntilAsync(engine, incidents => incidents.Length == 1));
        Assert.Equal((QualityRule.R1, QualityReasons.ReadFailed), (incident.Rule, incident.Reason));
    }

    [Fact]
    public async Task The_platforms_exchange_is_told_once_of_an_opened_and_once_of_a_closed_incident_where_a_channel_is_set()
    {
        await using var engine = await EngineCluster.StartAsync(postgres, tune: o => o.QualityExchangeChannel = "SHOPIFY");
        await RefuseAsync(engine, "1001");
        engine.Place("1001");
        await engine.HintAsync();
        Assert.Single(await UntilAsync(engine, incidents => incidents is [{ ReportedAt: not null }]));
        await TakeAsync(engine);
        await engine.Grains.Intake(EngineCluster.Shop).SweepAsync();
        await UntilAsync(engine, incidents => incidents.IsEmpty);
        for (var start = TimeProvider.System.GetTimestamp(); engine.Marketplace.Reports.Count < 2; await Task.Delay(20))
        {
            Assert.True(TimeProvider.System.GetElapsedTime(start).TotalSeconds < 30, "The closing was not told.");
        }

        // Another audit has nothing to add.
        await engine.Grains.QualityAudit(EngineCluster.Shop).AuditAsync();
        Assert.Equal(
            [("SHOPIFY", "1001", QualityReasons.StoreFailed, true), ("SHOPIFY", "1001", null, false)],
            engine.Marketplace.Reports.Select(r => (r.Channel, r.Orders[0].OrderId, r.Orders[0].Reason, r.Orders[0].Stage is null)));
    }

    [Fact]
    public async Task The_platforms_exchange_is_never_called_by_default()
    {
        await using var engine = await EngineCluster.StartAsync(postgres);
        await RefuseAsync(engine, "1001");
        engine.Place("1001");
        await engine.HintAsync();
        Assert.Single(await UntilAsync(engine, incidents => incidents.Length == 1));
        await engine.Grains.QualityAudit(EngineCluster.Shop).AuditAsync();
        Assert.Empty(engine.Marketplace.Reports);
    }

    /// <summary>The database itself takes no row of these orders.</summary>
    private static Task<int> RefuseAsync(EngineCluster engine, params ReadOnlySpan<string> orders) => engine.Storage.ExecuteAsync(
        $"""
        create function refuse_order() returns trigger language plpgsql as $$ begin raise exception 'refused by the test' using errcode = '23514'; end $$;
        create trigger refused before insert on orders for each row when (new.order_id in ('{string.Join("', '", orders.ToArray())}')) execute function refuse_order();
        """);

    private static Task<int> TakeAsync(EngineCluster engine) => engine.Storage.ExecuteAsync("drop trigger refused on orders; drop function refuse_order");

    private static OrderLine Line(string id, string? tracking = null) => new(id, "sku", "SOCK", "p-1", 1, false, tracking is null ? null : "pk-" + tracking, tracking);

    private static ParcelId Id(string order) => ParcelId.Of(order, 1);

    private static Parcel Planned(string order, string line = "a") => new() { Id = Id(order), Status = ParcelStatus.Planned, LineIds = [line], Measure = new ParcelMeasure(100) };

    private static LabelAdopted Adopted(string order, DateTimeOffset at) => new(Id(order), 0, "pk-" + order, "9400" + order, null, null, at);

    private PurchaseIntended Intended(string order) => new(Id(order), PurchaseKind.SendTracking, new PurchaseAttempt(1, "hash", now, now), now);

    private OrderReceived Received(string id, MarketplaceStatus status, double dueIn = 72, params ReadOnlySpan<OrderLine> lines) => new(
        status == MarketplaceStatus.OnHold ? OrderStatus.OnHold : OrderStatus.Allocating,
        status,
        now.AddDays(-1),
        now,
        Fulfiller.Seller,
        ShippingMode.SellerCarrier,
        new OrderDeadlines(now.AddHours(dueIn), now.AddHours(dueIn), null, null),
        false,
        null,
        null,
        lines.IsEmpty ? [Line("a")] : [.. lines]);

    /// <summary>Straight into the journal, as the grains would write it.</summary>
    private async Task WriteAsync(EngineCluster engine, string id, params ImmutableArray<OrderEvent> events)
    {
        var before = OrderState.Empty(new OrderKey(EngineCluster.Shop, id), EngineCluster.Merchant);
        var after = OrderFold.Evolve(before, events, now);
        var answer = await engine.Storage.Journal.AppendAsync(
            new AppendUnit
            {
                Orders = [new OrderAppend { ExpectedVersion = 0, After = after, Events = events, Work = NextStep.Of(after, new FulfillmentPolicy()), LinesChanged = true, ParcelsChanged = true }],
                Causation = new Causation("system", Guid.NewGuid(), "test"),
                At = now,
            },
            default);
        Assert.Equal(AppendResult.Accepted, answer.Result);
    }

    private static Task<ImmutableArray<QualityIncident>> ListAsync(EngineCluster engine, bool openOnly = true) =>
        engine.Storage.Quality.ListAsync(new IncidentQuery(EngineCluster.Merchant, EngineCluster.Shop, null, openOnly, null, 500), default);

    private static async Task<ImmutableArray<QualityIncident>> UntilAsync(EngineCluster engine, Func<ImmutableArray<QualityIncident>, bool> reached)
    {
        ImmutableArray<QualityIncident> found = [];
        for (var start = TimeProvider.System.GetTimestamp(); TimeProvider.System.GetElapsedTime(start).TotalSeconds < 60;)
        {
            found = await ListAsync(engine);
            if (reached(found))
            {
                return found;
            }

            await Task.Delay(50);
        }

        throw new TimeoutException($"Open after a minute: {string.Join("; ", found.Select(i => $"{i.Order} {i.Rule} {i.Reason} {i.Cause}"))}");
    }
}
