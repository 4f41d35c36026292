using Engine.Contracts;
using Engine.Domain.Ports;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Runtime;

namespace Engine.Grains.Tests;

/// <summary>A host that was declared dead and does not know it permits no more calls: somebody else does already.</summary>
public sealed class MembershipProofTests(PostgresFixture postgres)
{
    [Fact]
    public async Task Once_its_host_is_dead_in_the_membership_table_a_budget_gives_no_slots()
    {
        await using var engine = await EngineCluster.StartAsync(postgres);
        var budget = engine.Grains.RateBudget("test-app", EngineCluster.Shop, MarketplaceApi.ReadPackage);
        var given = await UntilGivenAsync(budget);
        Assert.All(given.Slots, slot => Assert.True(slot < given.GivenAt.AddMilliseconds(250)));

        var services = engine.Silos.Silos[0].ServiceProvider;
        var table = services.GetRequiredService<IMembershipTable>();
        var self = services.GetRequiredService<ILocalSiloDetails>().SiloAddress;
        var rows = await table.ReadRowAsync(self);
        var (entry, etag) = Assert.Single(rows.Members);
        entry.Status = SiloStatus.Dead;
        Assert.True(await table.UpdateRowAsync(entry, etag, rows.Version.Next()));
        await Task.Delay(TimeSpan.FromMilliseconds(260), TestContext.Current.CancellationToken);

        for (var i = 0; i < 20; i++)
        {
            var refused = (await budget.LeaseAsync(5, TimeSpan.Zero)).Value;
            Assert.Empty(refused.Slots);
            Assert.True(refused.RetryAt > refused.GivenAt);
        }
    }

    [Fact]
    public async Task A_new_budget_gives_nothing_until_no_slot_of_another_can_be_used()
    {
        await using var engine = await EngineCluster.StartAsync(postgres);
        var asked = TimeProvider.System.GetUtcNow();

        // Of those that are asked for ahead of time, the one that no grain wakes.
        var given = await UntilGivenAsync(engine.Grains.RateBudget("test-app", EngineCluster.Shop, MarketplaceApi.MarkShipped));

        Assert.True(given.Slots[0] >= asked.AddMilliseconds(600));
    }

    private static async Task<SlotLease> UntilGivenAsync(IRateBudgetGrain budget)
    {
        for (var start = TimeProvider.System.GetTimestamp(); ; await Task.Delay(20))
        {
            var lease = (await budget.LeaseAsync(5, TimeSpan.Zero)).Value;
            if (!lease.Slots.IsEmpty)
            {
                return lease;
            }

            Assert.True(TimeProvider.System.GetElapsedTime(start).TotalSeconds < 30, "No slot in 30 s.");
        }
    }
}
