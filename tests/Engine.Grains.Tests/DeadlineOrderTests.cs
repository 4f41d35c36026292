using Engine.Domain.Orders;
using Engine.Domain.Ports;

namespace Engine.Grains.Tests;

/// <summary>With the host down for a day, all orders are in and worked in order of deadline after the restart (issue 3).</summary>
public sealed class DeadlineOrderTests(PostgresFixture postgres)
{
    /// <summary>What is read first; more than a desk loads at a time.</summary>
    private const int Early = 700;

    /// <summary>What is read last, and is due first.</summary>
    private const int Orders = 1_000;

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
        foreach (var number in Enumerable.Range(0, Early))
        {
            PlaceDue(before, number, last);
        }

        var (first, rest) = (Gate(), Gate());
        var asked = 0;
        before.Marketplace.Purchase = async (_, _) =>
        {
            await (Interlocked.Increment(ref asked) <= InHands ? first : rest).Task;
            return null;
        };
        await using var after = await before.KillAndStartAgainAsync();
        await after.HintAsync();
        await WaitAsync(async () => await WaitingAsync(after) == Early && Volatile.Read(ref asked) > 0, "the first orders to be in");

        // The desk has loaded as much as it loads at a time. What is due before all of it comes in only now.
        first.SetResult();
        await WaitAsync(() => Task.FromResult(Volatile.Read(ref asked) > InHands), "the desk to go on");
        foreach (var number in Enumerable.Range(Early, Orders - Early))
        {
            PlaceDue(after, number, last);
        }

        await after.HintAsync();
        await WaitAsync(async () => await WaitingAsync(after) == Orders - InHands, "all orders to be in");
        rest.SetResult();
        await WaitAsync(() => Task.FromResult(after.Marketplace.Sales.Count == Orders + 1), "all labels to be sold");

        var sold = after.Marketplace.Sales.Skip(1).Select(s => after.Marketplace.Get(s.OrderIds[0]).LabelBy!.Value).ToList();
        Assert.Equal(Orders, after.Marketplace.Sales.Skip(1).Select(s => s.OrderIds[0]).Distinct().Count());
        for (var i = InHands + InHands; i < sold.Count; i++)
        {
            var overtaken = sold.Skip(i + 1).Count(d => d < sold[i]);
            Assert.True(overtaken <= InHands, $"Sale {i} had a later deadline than {overtaken} that were still waiting.");
        }
    }

    private static TaskCompletionSource Gate() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private static void PlaceDue(EngineCluster cluster, int number, DateTimeOffset last) => cluster.Place(
        $"day-{number:D4}",
        other: o => o with
        {
            UpdatedAt = last.AddSeconds(number / 20),
            LabelBy = last.AddDays(2).AddMinutes(-number),
            DispatchBy = last.AddDays(3).AddMinutes(-number),
        });

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
