using System.Collections.Immutable;
using Engine.Contracts;
using Engine.Domain.Orders;
using Engine.Domain.Ports;
using Engine.Domain.Work;
using Engine.Grains.Labels;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Engine.Grains.Tests;

/// <summary>A desk never stops for good: whatever becomes of single orders, the others come to their turn.</summary>
public sealed class DeskLoopTests
{
    private static readonly ShopId Shop = new("shop-1");
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly HostActivity host = new();
    private readonly Dictionary<string, int> tries = new(StringComparer.Ordinal);
    private readonly List<string> due = [];
    private readonly TaskCompletionSource allDone = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Half an hour of full load ended with four shops that bought no label any more: as many of their orders as a desk may hold waited for another try at the same time,
    /// and when they were given back nobody told the loop.</summary>
    [Fact]
    public async Task A_desk_whose_orders_all_wait_for_another_try_goes_on_when_they_come_back()
    {
        due.AddRange(Enumerable.Range(1, 10).Select(i => $"order-{i}"));

        await RunAsync(inFlightMax: 4, chunkSize: 2, order => tries[order] > 1);

        Assert.Empty(due);
        Assert.Equal(10, tries.Count);
        Assert.All(tries.Values, t => Assert.Equal(2, t));
    }

    [Fact]
    public async Task A_desk_starts_no_more_at_once_than_it_may()
    {
        due.AddRange(Enumerable.Range(1, 30).Select(i => $"order-{i}"));

        await RunAsync(inFlightMax: 6, chunkSize: 2, _ => true);

        Assert.Empty(due);
        Assert.InRange(atOnceMost, 1, 6);
    }

    private int atOnce;
    private int atOnceMost;

    /// <summary>On a scheduler that, like a grain's, runs one thing at a time.</summary>
    private async Task RunAsync(int inFlightMax, int chunkSize, Func<string, bool> succeeds)
    {
        var loop = default(DeskLoop)!;
        loop = new DeskLoop(
            "test", host, new EngineInstruments(Options.Create(new GrainsOptions())), TimeProvider.System, NullLogger.Instance,
            max => Task.FromResult<IReadOnlyList<DueWork>>([.. due.Take(max).Select(o => new DueWork(new OrderKey(Shop, o), WorkKind.BuyLabel, DateTimeOffset.UnixEpoch, null, 1))]),
            HandleAsync, inFlightMax, chunkSize, TimeSpan.Zero, TimeSpan.FromSeconds(2));
        var scheduler = new ConcurrentExclusiveSchedulerPair().ExclusiveScheduler;
        await Task.Factory.StartNew(loop.Kick, CancellationToken.None, TaskCreationOptions.None, scheduler);
        await allDone.Task.WaitAsync(Patience, TestContext.Current.CancellationToken);

        async Task HandleAsync(IReadOnlyList<DueWork> chunk, HostActivity.Activity work)
        {
            var orders = chunk.Select(d => d.Order.OrderId).ToImmutableArray();
            atOnceMost = Math.Max(atOnceMost, atOnce += orders.Length);
            await Task.Yield();
            atOnce -= orders.Length;
            foreach (var order in orders)
            {
                tries[order] = tries.GetValueOrDefault(order) + 1;
                if (succeeds(order))
                {
                    due.Remove(order);
                    loop.Progressed(order);
                }
            }

            if (due.Count == 0)
            {
                allDone.TrySetResult();
            }
        }
    }
}
