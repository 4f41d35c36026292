using Engine.Domain.Orders;
using Engine.Domain.Parcels;
using Engine.Domain.Ports;

namespace Engine.Grains.Tests;

/// <summary>The scripted marketplace sells twice if asked twice: only the engine can prevent it.</summary>
public sealed class PurchaseFaultTests(PostgresFixture postgres)
{
    [Fact]
    public async Task A_reply_lost_after_the_sale_is_read_back_and_adopted()
    {
        await using var engine = await EngineCluster.StartAsync(postgres);
        engine.Marketplace.AfterSale = _ => Task.FromResult<CallOutcome<PurchasedLabel>?>(new CallOutcome<PurchasedLabel>.Unknown("reply lost"));
        engine.Place("1001");
        await engine.HintAsync();
        var order = await engine.UntilAsync("1001", o => o.Parcels is [{ Status: ParcelStatus.Ready }]);
        Assert.Equal("pk-1", order.Parcels[0].PackageId);
        Assert.Single(engine.Marketplace.Sales);
        await engine.VerifyAsync();
    }

    [Fact]
    public async Task A_request_lost_before_the_sale_is_bought_again_only_after_its_fence()
    {
        await using var engine = await EngineCluster.StartAsync(postgres);
        var signed = new List<DateTimeOffset>();
        engine.Marketplace.BeforeSale = (_, permit) =>
        {
            signed.Add(permit.SignedAt);
            return signed.Count == 1 ? new CallOutcome<PurchasedLabel>.Unknown("connection reset") : null;
        };
        engine.Place("1001");
        await engine.HintAsync();
        await engine.UntilAsync("1001", o => o.Parcels is [{ Status: ParcelStatus.Ready }]);
        Assert.Equal(2, signed.Count);
        Assert.True(signed[1] - signed[0] >= TimeSpan.FromMilliseconds(1400 + 300), $"{signed[1] - signed[0]}");
        Assert.Single(engine.Marketplace.Sales);
        await engine.VerifyAsync();
    }

    [Fact]
    public async Task A_slot_that_was_missed_is_tried_again_at_once_as_a_new_attempt()
    {
        await using var engine = await EngineCluster.StartAsync(postgres);
        var tries = 0;
        engine.Marketplace.BeforeSale = (_, _) => ++tries == 1 ? new CallOutcome<PurchasedLabel>.NotApplied("slot missed") : null;
        engine.Place("1001");
        await engine.HintAsync();
        var order = await engine.UntilAsync("1001", o => o.Parcels is [{ Status: ParcelStatus.Ready }]);
        Assert.Equal(2, order.Parcels[0].Attempt!.Number);
    }

    [Fact]
    public async Task With_A3_broken_by_a_package_with_other_lines_the_order_is_parked_and_never_bought_twice()
    {
        await using var engine = await EngineCluster.StartAsync(postgres);
        engine.Marketplace.Purchase = (marketplace, purchase) =>
        {
            marketplace.Sell(purchase with { LineIds = [purchase.LineIds[0]] });
            return Task.FromResult<CallOutcome<PurchasedLabel>?>(new CallOutcome<PurchasedLabel>.Unknown("connection reset"));
        };
        engine.Place("1001", lines: 2);
        await engine.HintAsync();
        var order = await engine.UntilAsync("1001", o => o.Status == OrderStatus.Parked);
        Assert.Equal(ParkReason.ForeignPackage, order.ParkedReason);
        Assert.Single(engine.Marketplace.Sales);
    }

    [Fact]
    public async Task With_A3_broken_by_a_package_with_our_lines_it_is_adopted_and_nothing_is_bought()
    {
        await using var engine = await EngineCluster.StartAsync(postgres);
        engine.Marketplace.Purchase = (marketplace, purchase) =>
        {
            marketplace.Sell(purchase);
            return Task.FromResult<CallOutcome<PurchasedLabel>?>(
                new CallOutcome<PurchasedLabel>.Rejected("fulfillment", "21011003", RefusalClass.StateConflict, "packed by somebody else", null));
        };
        engine.Place("1001");
        await engine.HintAsync();
        await engine.UntilAsync("1001", o => o.Replans > 0);
        await engine.HintAsync();
        var order = await engine.UntilAsync("1001", o => o.Parcels is [{ Status: ParcelStatus.Ready }]);
        Assert.Equal("pk-1", order.Parcels[0].PackageId);
        Assert.Single(engine.Marketplace.Sales);
    }

    [Fact]
    public async Task An_attempt_that_cannot_be_read_back_goes_to_a_person()
    {
        await using var engine = await EngineCluster.StartAsync(postgres);
        engine.Marketplace.Purchase = (marketplace, purchase) =>
        {
            marketplace.Sell(purchase);
            marketplace.PackagesUnreadable = true;
            return Task.FromResult<CallOutcome<PurchasedLabel>?>(new CallOutcome<PurchasedLabel>.Unknown("reply lost"));
        };
        engine.Place("1001");
        await engine.HintAsync();
        var order = await engine.UntilAsync("1001", o => o.Status == OrderStatus.Parked);
        Assert.Equal((ParkReason.PurchaseInDoubt, ParcelStatus.Unknown), (order.ParkedReason, order.Parcels[0].Status));
        Assert.Single(engine.Marketplace.Sales);
    }
}
