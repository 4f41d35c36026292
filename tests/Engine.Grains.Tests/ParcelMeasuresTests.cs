using System.Collections.Immutable;
using Engine.Contracts;
using Engine.Domain.Orders;
using Engine.Domain.Parcels;
using Engine.Domain.Ports;
using Engine.Grains.Budgets;
using Engine.Grains.Labels;
using Microsoft.Extensions.Options;

namespace Engine.Grains.Tests;

/// <summary>What a product weighs costs a call of the shop's budget: many orders of one product ask once.</summary>
public sealed class ParcelMeasuresTests
{
    private static readonly ShopId Shop = new("shop-1");
    private static readonly MerchantId Merchant = new("acme");

    private readonly HostActivity activity = new();
    private readonly TaskCompletionSource<CallOutcome<ParcelMeasure?>> answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ParcelMeasures measures;
    private Func<Task<CallOutcome<ParcelMeasure?>>> ask;
    private int calls;

    public ParcelMeasuresTests()
    {
        ask = () => answer.Task;
        var options = Options.Create(new GrainsOptions { AppKey = "test-app", ReadsPerSecond = 1000 });
        var grains = ProxyOf<IGrainFactory>.Create(_ => new GrantingBudget());
        var budget = new CallBudget(grains, options, new HostWakes(), new EngineInstruments(options), new StoppedTime(), TimeProvider.System);
        var profiles = ProxyOf<IParcelProfiles>.Create(_ => ValueTask.FromResult(ImmutableDictionary<string, ParcelMeasure>.Empty));
        var marketplace = ProxyOf<IMarketplace>.Create(_ =>
        {
            Interlocked.Increment(ref calls);
            return ask();
        });
        measures = new ParcelMeasures(profiles, marketplace, budget, TimeProvider.System);
    }

    [Fact]
    public async Task Orders_that_come_together_ask_for_their_product_once()
    {
        var orders = Enumerable.Range(0, 20).Select(i => FindAsync($"line-{i}", "sku-1")).ToList();
        var other = FindAsync("line-x", "sku-2");
        answer.SetResult(new CallOutcome<ParcelMeasure?>.Succeeded(new ParcelMeasure(250)));

        foreach (var (found, i) in (await Task.WhenAll(orders)).Select((f, i) => (f, i)))
        {
            Assert.Equal(250, found![$"line-{i}"].WeightGrams);
        }

        Assert.NotNull(await other);
        Assert.Equal(2, calls);

        Assert.NotNull(await FindAsync("line-20", "sku-1"));
        Assert.Equal(2, calls);
    }

    [Fact]
    public async Task When_nobody_could_ask_all_are_told_and_the_next_one_asks_again()
    {
        var orders = Enumerable.Range(0, 5).Select(i => FindAsync($"line-{i}", "sku-1")).ToList();
        answer.SetResult(new CallOutcome<ParcelMeasure?>.NotApplied("no answer in time"));
        Assert.All(await Task.WhenAll(orders), Assert.Null);

        ask = () => Task.FromResult<CallOutcome<ParcelMeasure?>>(new CallOutcome<ParcelMeasure?>.Succeeded(new ParcelMeasure(100)));
        Assert.Equal(100, (await FindAsync("line-9", "sku-1"))!["line-9"].WeightGrams);
        Assert.Equal(2, calls);
    }

    [Fact]
    public async Task Who_waits_for_the_question_of_another_keeps_no_clock_from_moving()
    {
        using var asker = activity.Begin();
        using var waiter = activity.Begin();
        var first = measures.FindAsync(Merchant, Shop, [Line("line-1", "sku-1")], asker, CancellationToken.None).AsTask();
        var second = measures.FindAsync(Merchant, Shop, [Line("line-2", "sku-1")], waiter, CancellationToken.None).AsTask();
        Assert.Equal(1, activity.InFlight);

        answer.SetResult(new CallOutcome<ParcelMeasure?>.Succeeded(new ParcelMeasure(250)));
        await Task.WhenAll(first, second);
        Assert.Equal(2, activity.InFlight);
    }

    private async Task<ImmutableDictionary<string, ParcelMeasure>?> FindAsync(string lineId, string skuId)
    {
        using var work = activity.Begin();
        return await measures.FindAsync(Merchant, Shop, [Line(lineId, skuId)], work, CancellationToken.None);
    }

    private static OrderLine Line(string lineId, string skuId) => new(lineId, skuId, null, "p-1", 1, false, null);
}
