using Engine.Contracts;
using Engine.Domain.Orders;
using Engine.Domain.Parcels;
using Engine.Domain.Ports;

namespace Engine.Grains.Tests;

public sealed class OrderThreadTests(PostgresFixture postgres)
{
    [Fact]
    public async Task A_hint_brings_the_order_in_buys_its_label_once_and_stores_the_file()
    {
        await using var engine = await EngineCluster.StartAsync(postgres);
        engine.Place("1001", lines: 2);
        await engine.HintAsync();
        var order = await engine.UntilAsync("1001", o => o.Parcels is [{ Status: ParcelStatus.Ready }]);
        Assert.Equal(OrderStatus.AwaitingCollection, order.Status);
        Assert.Single(engine.Marketplace.Sales);

        engine.Marketplace.Change("1001", o => o with { Status = MarketplaceStatus.InTransit, UpdatedAt = o.UpdatedAt.AddSeconds(5), FirstScanAt = o.UpdatedAt });
        await engine.HintAsync();
        await engine.UntilAsync("1001", o => o.Status == OrderStatus.InTransit);
        await engine.VerifyAsync();
    }

    [Fact]
    public async Task Many_orders_each_get_exactly_one_label()
    {
        await using var engine = await EngineCluster.StartAsync(postgres, 2);
        for (var i = 0; i < 200; i++)
        {
            engine.Place($"20{i:000}");
        }

        await engine.HintAsync();
        for (var i = 0; i < 200; i++)
        {
            await engine.UntilAsync($"20{i:000}", o => o.Parcels is [{ Status: ParcelStatus.Ready }], 60);
        }

        Assert.Equal(200, engine.Marketplace.Sales.Count);
        Assert.Equal(200, engine.Marketplace.Sales.Select(s => s.OrderIds[0]).Distinct().Count());
        await engine.VerifyAsync();
    }

    [Fact]
    public async Task A_sweep_finds_an_order_that_no_hint_announced()
    {
        await using var engine = await EngineCluster.StartAsync(postgres);
        engine.Place("3001");
        var status = (await engine.Grains.Intake(EngineCluster.Shop).SweepAsync()).Value;
        Assert.NotNull(status.CompleteUpTo);
        await engine.UntilAsync("3001", o => o.Parcels is [{ Status: ParcelStatus.Ready }]);
    }

    [Fact]
    public async Task An_order_without_any_measure_is_parked_and_goes_on_after_it_is_given_and_resumed()
    {
        await using var engine = await EngineCluster.StartAsync(postgres);
        engine.Place("4001", product: "unknown");
        await engine.HintAsync();
        var parked = await engine.UntilAsync("4001", o => o.Status == OrderStatus.Parked);
        Assert.Equal(ParkReason.NoMeasure, parked.ParkedReason);
        Assert.Empty(engine.Marketplace.Sales);
    }

    [Fact]
    public async Task A_label_that_is_still_being_produced_is_asked_for_again()
    {
        await using var engine = await EngineCluster.StartAsync(postgres);
        engine.Marketplace.DocumentsNotReady = 1;
        engine.Place("5001");
        await engine.HintAsync();
        await engine.UntilAsync("5001", o => o.Parcels is [{ Status: ParcelStatus.Ready }]);
    }

    [Fact]
    public async Task A_seller_shipped_order_takes_its_tracking_number_to_the_marketplace()
    {
        await using var engine = await EngineCluster.StartAsync(postgres);
        engine.Place("6001", other: o => o with { Shipping = ShippingMode.SellerCarrier });
        await engine.HintAsync();
        await engine.UntilAsync("6001", o => o.Status == OrderStatus.NeedsTracking);
        var answer = (await engine.Grains.Order(new OrderKey(EngineCluster.Shop, "6001")).AskAsync(new OrderQuestion(
            EngineCluster.Merchant,
            new SubmitTracking(null, "9400111", "c-1", TimeProvider.System.GetUtcNow()),
            new Causation("key:test", Guid.NewGuid(), null)))).Value;
        Assert.Equal(AskResult.Accepted, answer.Result);
        var sent = await engine.UntilAsync("6001", o => o.Parcels[0].PackageId is not null);
        Assert.Equal("sp-6001", sent.Parcels[0].PackageId);
        Assert.Empty(engine.Marketplace.Sales);
    }
}
