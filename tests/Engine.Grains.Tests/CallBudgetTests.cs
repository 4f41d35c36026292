using System.Collections.Immutable;
using Engine.Contracts;
using Engine.Domain.Orders;
using Engine.Domain.Ports;
using Engine.Grains.Budgets;
using Microsoft.Extensions.Options;

namespace Engine.Grains.Tests;

/// <summary>Every call that leaves has a slot of its own: also the second try and the next page.</summary>
public sealed class CallBudgetTests
{
    private static readonly ShopId Shop = new("shop-1");
    private readonly HostActivity activity = new();
    private readonly GrantingBudget granted = new();
    private readonly CallBudget budget;
    private int calls;

    public CallBudgetTests()
    {
        var options = Options.Create(new GrainsOptions { AppKey = "test-app", ReadsPerSecond = 1000 });
        var grains = ProxyOf<IGrainFactory>.Create(asked => asked.ReturnType == typeof(IRateBudgetGrain) ? granted : throw new NotSupportedException(asked.Name));
        budget = new CallBudget(grains, options, new HostWakes(), new EngineInstruments(options), new StoppedTime(), TimeProvider.System);
    }

    [Fact]
    public async Task A_read_whose_connection_was_lost_is_asked_once_more_with_another_slot()
    {
        var outcome = await AskAsync(new CallOutcome<int>.NotApplied("connection lost", AskAgain: true), new CallOutcome<int>.Succeeded(7));

        Assert.Equal(7, Assert.IsType<CallOutcome<int>.Succeeded>(outcome).Value);
        Assert.Equal((2, 2), (calls, granted.Slots));
    }

    [Fact]
    public async Task A_read_that_is_lost_twice_is_left_to_its_caller()
    {
        var lost = new CallOutcome<int>.NotApplied("connection lost", AskAgain: true);

        Assert.Same(lost, await AskAsync(lost, lost, new CallOutcome<int>.Succeeded(7)));
        Assert.Equal((2, 2), (calls, granted.Slots));
    }

    public static TheoryData<CallOutcome<int>> Others =>
    [
        new CallOutcome<int>.Succeeded(1),
        new CallOutcome<int>.Rejected("gateway", "http-500", RefusalClass.RetryLater, "the platform failed", null),
        new CallOutcome<int>.RateLimited(DateTimeOffset.UnixEpoch),
        new CallOutcome<int>.NotApplied("no answer in time"),
        new CallOutcome<int>.Unknown("connection lost"),
    ];

    [Theory]
    [MemberData(nameof(Others))]
    public async Task Any_other_outcome_is_not_asked_again(CallOutcome<int> outcome)
    {
        Assert.Same(outcome, await AskAsync(outcome, new CallOutcome<int>.Succeeded(7)));
        Assert.Equal((1, 1), (calls, granted.Slots));
    }

    [Fact]
    public async Task A_list_is_read_to_its_last_page_with_a_slot_for_each_call_and_each_entry_once()
    {
        var tries = new List<string?>();
        var all = await AllAsync(token =>
        {
            tries.Add(token);
            return (token, tries.Count) switch
            {
                (null, _) => Part(["a", "b"], "2"),
                ("2", 2) => new CallOutcome<Page<string>>.NotApplied("connection lost", AskAgain: true),
                ("2", _) => Part(["b", "c"], "3"),
                _ => Part(["d"], null),
            };
        });

        Assert.Equal(["a", "b", "c", "d"], Assert.IsType<CallOutcome<ImmutableArray<string>>.Succeeded>(all).Value);
        Assert.Equal([null, "2", "2", "3"], tries);
        Assert.Equal(4, granted.Slots);
    }

    [Fact]
    public async Task A_list_refused_on_its_second_page_is_refused_as_a_whole()
    {
        var all = await AllAsync(token => token is null ? Part(["a"], "2") : new CallOutcome<Page<string>>.Rejected("order", "1", RefusalClass.FixData, "no", "r-1"));

        Assert.Equal(new CallOutcome<ImmutableArray<string>>.Rejected("order", "1", RefusalClass.FixData, "no", "r-1"), all);
    }

    [Fact]
    public async Task An_endless_list_ends_and_says_so()
    {
        var all = await AllAsync(_ => Part([], "again"));

        Assert.Contains("narrower window", Assert.IsType<CallOutcome<ImmutableArray<string>>.NotApplied>(all).Reason, StringComparison.Ordinal);
        Assert.Equal(40, granted.Slots);
    }

    [Fact]
    public void Budgets_that_are_woken_are_asked_for_nothing()
    {
        budget.Wake(Shop, MarketplaceApi.ReadOrders, MarketplaceApi.BuyLabel);

        Assert.Equal((2, 0), (granted.Leases, granted.Slots));
    }

    private async Task<CallOutcome<int>> AskAsync(params CallOutcome<int>[] answers)
    {
        using var work = activity.Begin();
        return await budget.AskAsync(Shop, MarketplaceApi.ReadOrders, work, () => Task.FromResult(answers[calls++]));
    }

    private async Task<CallOutcome<ImmutableArray<string>>> AllAsync(Func<string?, CallOutcome<Page<string>>> page)
    {
        using var work = activity.Begin();
        return await budget.AskAllAsync(Shop, MarketplaceApi.SearchCancellations, work, token => Task.FromResult(page(token)), static entry => entry);
    }

    private static CallOutcome<Page<string>> Part(ImmutableArray<string> entries, string? next) => new CallOutcome<Page<string>>.Succeeded(new Page<string>(entries, next));
}
