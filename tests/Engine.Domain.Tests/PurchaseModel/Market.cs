using System.Collections.Immutable;
using Engine.Domain.Orders;
using Engine.Domain.Parcels;
using Engine.Domain.Ports;

namespace Engine.Domain.Tests.PurchaseModel;

/// <summary>The marketplace of the model: sells whatever it is asked for, twice if asked twice.</summary>
internal static class Market
{
    public const string OrderId = "5764";
    public static readonly ParcelId Parcel = ParcelId.Of(OrderId, 1);
    private static readonly OrderKey Key = new(new ShopId("shop-1"), OrderId);
    private static readonly ParcelMeasure Socks = new(200);

    /// <summary>What a read of the order shows now: only what is visible already.</summary>
    public static MarketplaceOrder Facts(World world)
    {
        string? PackageOn(int line) => world.Sales.LastOrDefault(s => s.Visible && s.Lines.Contains(line))?.PackageId;
        var lines = ImmutableArray.Create(Line(1, PackageOn(1)), Line(2, PackageOn(2)));
        return new MarketplaceOrder
        {
            OrderId = OrderId,
            Status = world.Cancel == MarketCancel.Cancelled ? MarketplaceStatus.Cancelled
                : lines.All(l => l.PackageId is not null) ? MarketplaceStatus.AwaitingCollection
                : lines.Any(l => l.PackageId is not null) ? MarketplaceStatus.PartiallyShipping
                : MarketplaceStatus.AwaitingShipment,
            UpdatedAt = World.At(world.FactsVersion),
            PlacedAt = World.Start.AddHours(-2),
            PaidAt = World.Start.AddHours(-2),
            CancelRequested = world.Cancel == MarketCancel.Requested,
            Lines = lines,
        };
    }

    public static MarketplacePackage PackageOf(World world, string packageId)
    {
        var sale = world.Sales.First(s => s.PackageId == packageId);
        return new MarketplacePackage(
            packageId, [OrderId], [.. sale.Lines.Select(LineId)], world.Cancel == MarketCancel.Cancelled, null, null, null, null);
    }

    /// <summary>An order that was received, released and allocated: ready to be bought.</summary>
    public static World Begin()
    {
        var order = OrderState.Empty(Key, new MerchantId("acme"));
        var facts = Facts(new World { Stored = order });
        var measures = ImmutableDictionary<string, ParcelMeasure>.Empty.Add(LineId(1), Socks).Add(LineId(2), Socks);
        var decided = (Decision.Accepted)OrderDecider.Decide(order, new ObserveOrder(facts, World.Start, measures), ModelScope.Policy);
        return new World { Stored = OrderFold.Evolve(order, decided.Events, World.Start) };
    }

    public static string LineId(int number) => $"l-{number}";

    private static OrderLine Line(int number, string? package) => new(LineId(number), "sku", "SOCK", "p-1", 1, false, package);
}
