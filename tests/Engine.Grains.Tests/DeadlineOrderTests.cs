using Engine.Domain.Orders;
using Engine.Domain.Ports;

namespace Engine.Grains.Tests;

/// <summary>With the host down for a day, all orders are in and worked in order of deadline after the restart (issue 3).</summary>
public sealed class DeadlineOrderTests(PostgresFixture postgres)
{
    private const int Orders = 1_200;

    /// <summary>In the desk's hands at once, twice: those being bought, and those being read again behind them.</summary>
    private const int InHands = 100;

    [Fact]
    public async Task After_a_day_of_downtime_orders_are_bought_by_deadline_however_they_came_in()
    {
        await using var before = await EngineCluster.StartAsync(postgres, tune: Tune);
        before.Place("before");
        await before.HintAsync();
        await before.UntilAsync("before", o => o.Status == OrderStatus.AwaitingCollection);

        // What comes in first, by time of update, has the latest deadline.
        var last = before.Marketplace.Get("before").UpdatedAt;
        foreach (var number in Enumerable.Range(0, Orders))
        {
            var order = before.Place($"day-{number:D4}");
            before.Marketplace.Put(order with
            {
                UpdatedAt = last.AddSeconds(number / 20),
                LabelBy = last.AddDays(2).AddMinutes(-number),
                DispatchBy = last.AddDays(3).AddMinutes(-number),
            });
        }

        var open = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var asked = 0;
        before.Marketplace.Purchase = async (_, _) =>
        {
            Interlocked.Increment(ref asked);
            await open.Task;
            return null;
        };
        await using var after = await before.KillAndStartAgainAsync();
        await after.HintAsync();

        // The desk has its hands full of what came first, and all the rest is in.
        await WaitAsync(async () => await WaitingAsync(after) == Orders && Volatile.Read(ref asked) > 0, $"all orders to be in");
        open.SetResult();
        await WaitAsync(() => Task.FromResult(after.Marketplace.Sales.Count == Orders + 1), "all labels to be sold");

        var sold = after.Marketplace.Sales.Skip(1).Select(s => after.Marketplace.Get(s.OrderIds[0]).LabelBy!.Value).ToList();
        Assert.Equal(Orders, after.Marketplace.Sales.Skip(1).Select(s => s.OrderIds[0]).Distinct().Count());
        for (var i = InHands; i < sold.Count; i++)
        {
            var overtaken = sold.Skip(i + 1).Count(d => d < sold[i]);
            Assert.True(overtaken <= InHands, $"Sale {i} had a later deadline than {overtaken} that were still waiting.");
        }
    }

    private static void Tune(GrainsOptions options)
    {
        options.PurchasesInFlightMax = InHands / 2;
        options.DeskReloadEvery = TimeSpan.Zero;
    }

    private static async Task<long> WaitingAsync(EngineCluster cluster) =>
        (await cluster.Storage.Queries.CountAsync(TimeProvider.System.GetUtcNow(), CancellationToken.None))
            .Where(c => c.Status is OrderStatus.AwaitingLabel or OrderStatus.Purchasing).Sum(c => c.Orders);

    private static async Task WaitAsync(Func<Task<bool>> holds, string what)
    {
        for (var started = TimeProvider.System.GetTimestamp(); !await holds();)
        {
            Assert.True(TimeProvider.System.GetElapsedTime(started).TotalSeconds < 120, $"Waited two minutes for {what}.");
            await Task.Delay(50);
        }
    }
}
