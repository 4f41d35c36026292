using Engine.Contracts;
using Engine.Domain.Orders;
using Engine.Domain.Parcels;

namespace Engine.Grains.Tests;

/// <summary>Design 2.14: in stepped time sweeps and re-reads come with a hint or a deadline decision, and never by themselves.</summary>
public sealed class SteppedSafetyNetTests(PostgresFixture postgres)
{
    [Fact]
    public async Task A_hint_brings_a_sweep_and_re_reads_what_no_search_would_show()
    {
        await using var engine = await StartAsync();
        engine.Place("6001", other: o => o with { UpdatedAt = o.UpdatedAt.AddMinutes(-10) });
        engine.Place("6002");
        Assert.Null((await engine.Grains.Intake(EngineCluster.Shop).GetStatusAsync()).Value.LastSweptAt);
        await engine.HintAsync();
        await engine.UntilAsync("6001", o => o.Parcels is [{ Status: ParcelStatus.Ready }]);
        await engine.UntilAsync("6002", o => o.Parcels is [{ Status: ParcelStatus.Ready }]);
        await UntilSweptAsync(engine);

        // Changed, but at an instant that the search from a hint has already passed.
        Scan("6001");
        await engine.HintAsync();
        await engine.UntilAsync("6001", o => o.Status == OrderStatus.InTransit);

        void Scan(string id) => engine.Marketplace.Change(
            id, o => o with { Status = MarketplaceStatus.InTransit, UpdatedAt = o.UpdatedAt.AddSeconds(30), FirstScanAt = o.UpdatedAt });
    }

    [Fact]
    public async Task A_deadline_decision_reads_the_order_again_first()
    {
        await using var engine = await StartAsync(o => o.Policy = o.Policy with { ScanAlarmMargin = TimeSpan.FromDays(30) });
        engine.Place("6101");

        // The carrier scans while the label is being sold: no hint tells of it.
        engine.Marketplace.AfterSale = purchase =>
        {
            engine.Marketplace.Change("6101", o => o with { Status = MarketplaceStatus.InTransit, UpdatedAt = o.UpdatedAt.AddSeconds(5), FirstScanAt = o.UpdatedAt });
            return Task.FromResult<Domain.Ports.CallOutcome<Domain.Ports.PurchasedLabel>?>(null);
        };
        await engine.HintAsync();

        var order = await engine.UntilAsync("6101", o => o.Status == OrderStatus.InTransit);
        Assert.False(order.ScanAlarmRaised);
    }

    /// <summary>Labels may be there before the sweep that found their orders has come to its end.</summary>
    private static async Task UntilSweptAsync(EngineCluster engine)
    {
        for (var start = TimeProvider.System.GetTimestamp(); (await engine.Grains.Intake(EngineCluster.Shop).GetStatusAsync()).Value.LastSweptAt is null; await Task.Delay(20))
        {
            Assert.True(TimeProvider.System.GetElapsedTime(start).TotalSeconds < 30, "The hint brought no sweep in 30 s.");
        }
    }

    private Task<EngineCluster> StartAsync(Action<GrainsOptions>? more = null) => EngineCluster.StartAsync(postgres, tune: o =>
    {
        o.SteppedTime = true;
        o.Policy = o.Policy with { RereadEvery = TimeSpan.FromMilliseconds(1) };
        more?.Invoke(o);
    });
}
