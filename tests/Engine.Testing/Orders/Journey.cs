using System.Collections.Immutable;
using Engine.Domain.Labels;
using Engine.Domain.Orders;
using Engine.Domain.Parcels;
using Engine.Domain.Ports;
using Engine.Domain.Work;

namespace Engine.Testing.Orders;

/// <summary>An order's way in steps, each a unit for the journal, made by the domain's own fold.</summary>
public sealed class Journey
{
    public static readonly DateTimeOffset Start = new(2026, 11, 20, 8, 0, 0, TimeSpan.Zero);

    public Journey(string shop, string orderId, string merchant = "acme")
    {
        State = OrderState.Empty(new OrderKey(new ShopId(shop), orderId), new MerchantId(merchant));
        Parcel = ParcelId.Of(orderId, 1);
    }

    public Journey(OrderState state)
    {
        State = state;
        Parcel = ParcelId.Of(state.Key.OrderId, 1);
    }

    /// <summary>As of the last unit that was taken.</summary>
    public OrderState State { get; private set; }

    public OrderKey Key => State.Key;

    public ParcelId Parcel { get; }

    /// <summary>Business time of the next unit; every unit is a minute later than the one before.</summary>
    public DateTimeOffset Now { get; set; } = Start;

    public DateTimeOffset DispatchBy { get; set; } = Start.AddDays(2);

    /// <summary>A unit of these events on the present state; the state moves on at once.</summary>
    public AppendUnit Take(ImmutableArray<OrderEvent> events, Guid? command = null, bool lines = false, bool parcels = false, ReadOnlyMemory<byte> document = default)
    {
        var append = Append(events, lines, parcels, document);
        return Unit([append], command);
    }

    public OrderAppend Append(ImmutableArray<OrderEvent> events, bool lines = false, bool parcels = false, ReadOnlyMemory<byte> document = default)
    {
        var before = State;
        Now = Now.AddMinutes(1);
        State = OrderFold.Evolve(before, events, Now);
        return new OrderAppend
        {
            ExpectedVersion = before.Version,
            After = State,
            Events = events,
            Work = WorkOf(State),
            LinesChanged = lines,
            ParcelsChanged = parcels,
            Document = document,
        };
    }

    public static AppendUnit Unit(ImmutableArray<OrderAppend> orders, Guid? command = null, IdempotencyRecord? idempotency = null) => new()
    {
        Orders = orders,
        Causation = new Causation("system", command ?? Guid.NewGuid(), "test"),
        At = orders[^1].After.ChangedAt,
        Idempotency = idempotency,
    };

    public AppendUnit Receive(Fulfiller fulfiller = Fulfiller.Seller, int lines = 1) => Take([Received(fulfiller, lines)], lines: true, document: "{\"id\":1}"u8.ToArray());

    public OrderReceived Received(Fulfiller fulfiller = Fulfiller.Seller, int lines = 1) => new(
        fulfiller == Fulfiller.Platform ? OrderStatus.PlatformFulfilled : OrderStatus.OnHold,
        MarketplaceStatus.OnHold,
        Now,
        Now,
        fulfiller,
        ShippingMode.PlatformLabel,
        new OrderDeadlines(DispatchBy.AddHours(-12), DispatchBy, DispatchBy.AddDays(1), DispatchBy.AddDays(2)),
        false,
        "wh-1",
        null,
        [.. Enumerable.Range(1, lines).Select(i => new OrderLine($"{Key.OrderId}-{i}", $"sku-{i}", $"seller-sku-{i}", "product-1", 1, false, null))]);

    public AppendUnit Release() => Take([new OrderReleased(Now)]);

    public AppendUnit Allocate() => Take([new OrderAllocated("wh-1", [PlannedParcel()])], parcels: true);

    public Parcel PlannedParcel() => new()
    {
        Id = Parcel,
        Status = ParcelStatus.Planned,
        LineIds = [.. State.Lines.Select(l => l.LineId)],
        Measure = new ParcelMeasure(500),
    };

    public AppendUnit Intend() => Take([Intended()], parcels: true);

    public PurchaseIntended Intended() => new(
        Parcel, PurchaseKind.BuyLabel, new PurchaseAttempt((State.Parcels.FirstOrDefault()?.Attempt?.Number ?? 0) + 1, "hash", Now, Now), Now);

    public AppendUnit Purchase() => Take(
        [new LabelPurchased(Parcel, State.Parcels[0].Attempt!.Number, "pkg-" + Key.OrderId, new LabelPrice("4.20", "USD"), "carrier-1", "Carrier", Now)], parcels: true);

    public AppendUnit StoreLabel() => Take([new LabelStored(Parcel, new string('a', 64), "track-" + Key.OrderId, Now)], parcels: true);

    public AppendUnit Scan(DateTimeOffset? at = null)
    {
        var scanned = at ?? Now;
        return Take(
            [new CarrierScanned(scanned, ScanSource.Platform, State.Deadlines.DispatchBy, scanned > State.Deadlines.DispatchBy, "test", State.Fulfiller)], parcels: true);
    }

    public AppendUnit Cancel(DateTimeOffset? at = null) => Take(
        [new OrderCancelled(at ?? Now, "buyer", State.Deadlines.DispatchBy, State.Fulfiller, State.FirstScanAt is not null)], parcels: true);

    public AppendUnit Deliver() => Take([new OrderDelivered(Now)]);

    public AppendUnit Complete() => Take([new OrderCompleted(Now)]);

    /// <summary>What this order needs, in the manner of the domain: nothing when final.</summary>
    private static ImmutableArray<WorkItem> WorkOf(OrderState state) => state.Status switch
    {
        OrderStatus.Completed or OrderStatus.Cancelled or OrderStatus.Parked => [],
        OrderStatus.AwaitingLabel => [new WorkItem(WorkKind.BuyLabel, state.ChangedAt, state.Deadlines.LabelBy), Reread(state)],
        OrderStatus.Purchasing or OrderStatus.LabelUnknown => [new WorkItem(WorkKind.ReadBack, state.ChangedAt, state.Deadlines.LabelBy), Reread(state)],
        OrderStatus.AwaitingCollection => [new WorkItem(WorkKind.WatchScan, state.ChangedAt, state.Deadlines.DispatchBy), Reread(state)],
        _ => [Reread(state)],
    };

    private static WorkItem Reread(OrderState state) => new(WorkKind.Reread, state.ChangedAt.AddHours(6), null);
}
