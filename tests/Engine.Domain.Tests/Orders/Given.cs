using System.Collections.Immutable;
using Engine.Domain.Orders;
using Engine.Domain.Parcels;

namespace Engine.Domain.Tests.Orders;

/// <summary>An order and its marketplace, for tests: says what happened in words.</summary>
internal sealed class Given
{
    public static readonly DateTimeOffset Start = new(2026, 11, 20, 18, 0, 0, TimeSpan.Zero);
    public static readonly FulfillmentPolicy Policy = new();
    public static readonly OrderKey Key = new(new ShopId("shop-1"), "5764");
    public static readonly ParcelId Parcel = ParcelId.Of("5764", 1);

    public OrderState Order { get; private set; } = OrderState.Empty(Key, new MerchantId("acme"));

    public DateTimeOffset Now { get; set; } = Start;

    public MarketplaceOrder Facts { get; set; } = new()
    {
        OrderId = "5764",
        Status = MarketplaceStatus.OnHold,
        UpdatedAt = Start,
        PlacedAt = Start,
        PaidAt = Start,
        LabelBy = Start.AddDays(3),
        DispatchBy = Start.AddDays(4),
        CancelledIfUnlabelledAt = Start.AddDays(7),
        WarehouseId = "w-1",
        Lines = [new OrderLine("l-1", "sku-1", "SOCK", "p-1", 1, false, null), new OrderLine("l-2", "sku-1", "SOCK", "p-1", 1, false, null)],
    };

    public static ImmutableDictionary<string, ParcelMeasure> Measures => ImmutableDictionary<string, ParcelMeasure>.Empty
        .Add("l-1", new ParcelMeasure(200, 100, 50, 20)).Add("l-2", new ParcelMeasure(200, 100, 50, 20));

    public static Given Received() => new Given().See();

    public static Given Released() => Received().After(TimeSpan.FromHours(1)).See(f => f with { Status = MarketplaceStatus.AwaitingShipment });

    public static Given Allocated()
    {
        var given = Released();
        given.Do(new AllocateOrder(null, Measures, given.Now));
        return given;
    }

    public static Given Intended()
    {
        var given = Allocated();
        given.Do(given.Intent());
        return given;
    }

    public static Given Bought()
    {
        var given = Intended();
        given.Do(new RecordPurchase(Parcel, 1, new Ports.CallOutcome<Ports.PurchasedLabel>.Succeeded(new Ports.PurchasedLabel("pk-1", null, "c-1", "USPS", given.Now)), given.Now));
        return given;
    }

    public IntendPurchase Intent() => new(Parcel, PurchaseKind.BuyLabel, "hash", Now, Now, Now);

    public Given After(TimeSpan time)
    {
        Now += time;
        return this;
    }

    /// <summary>The marketplace changes, and we read it.</summary>
    public Given See(Func<MarketplaceOrder, MarketplaceOrder>? change = null)
    {
        Facts = (change?.Invoke(Facts) ?? Facts) with { UpdatedAt = Now };
        Do(new ObserveOrder(Facts, Now));
        return this;
    }

    public Decision Decide(OrderCommand command) => OrderDecider.Decide(Order, command, Policy);

    public ImmutableArray<OrderEvent> Do(OrderCommand command)
    {
        switch (Decide(command))
        {
            case Decision.Accepted a:
                Order = OrderFold.Evolve(Order, a.Events, Now);
                return a.Events;
            case Decision.Nothing:
                return [];
            case Decision.Refused r:
                throw new InvalidOperationException($"{r.Reason}: {r.Message}");
            default:
                throw new InvalidOperationException("unreachable");
        }
    }
}
