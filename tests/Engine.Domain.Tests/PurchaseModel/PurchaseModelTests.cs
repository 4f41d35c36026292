namespace Engine.Domain.Tests.PurchaseModel;

/// <summary>Every state that the purchase protocol can reach within a scope of faults: the real rules, a modelled world around them.</summary>
public sealed class PurchaseModelTests(ITestOutputHelper output)
{
    private static readonly ModelScope OneFaultAndOneChange = new("one fault, one change");
    private static readonly ModelScope OneFault = new("one fault") { ChangesMax = 0 };
    private static readonly ModelScope ThreeChanges = new("three changes") { FaultsMax = 0, ChangesMax = 3 };
    private static readonly ModelScope TwoFaults = new("two faults") { FaultsMax = 2, ChangesMax = 0 };
    private static readonly ModelScope ExpiredSignaturesPass = new("A1 is broken") { FaultsMax = 0, ChangesMax = 0, SignaturesExpire = false };
    private static readonly ModelScope SalesMayStayHidden = new("A2 is broken") { FaultsMax = 0, ChangesMax = 0, SalesBecomeVisible = false };
    private static readonly ModelScope SomebodyElseBuys = new("A3 is broken") { FaultsMax = 0, ChangesMax = 0, NobodyElseBuys = false };

    public static TheoryData<string> TwinNames => [.. Twins.All.Select(t => t.Name)];

    [Fact]
    public void Whatever_one_fault_does_every_state_is_allowed_and_has_a_way_to_an_end() => Check(OneFault, 150_000);

    /// <summary>Takes minutes: run by name.</summary>
    [Fact(Explicit = true)]
    public void Whatever_one_fault_and_one_change_do_every_state_is_allowed_and_has_a_way_to_an_end() => Check(OneFaultAndOneChange, 100_000);

    [Fact]
    public void Whatever_three_changes_do_every_state_is_allowed_and_has_a_way_to_an_end() => Check(ThreeChanges, 20_000);

    /// <summary>Takes the better part of a minute: run by name.</summary>
    [Fact(Explicit = true)]
    public void Whatever_two_faults_do_every_state_is_allowed_and_has_a_way_to_an_end() => Check(TwoFaults, 700_000);

    /// <summary>What may happen then: an attempt executed long after two empty read-backs is a second label; never one without them.</summary>
    [Fact]
    public void Where_expired_signatures_pass_nothing_is_bought_again_before_two_empty_read_backs() => Check(ExpiredSignaturesPass, 4_000);

    /// <summary>What may happen then: a sale hidden from both read-backs is bought again; never one that any of them could see.</summary>
    [Fact]
    public void Where_sales_stay_hidden_nothing_is_bought_again_before_two_empty_read_backs() => Check(SalesMayStayHidden, 2_500);

    /// <summary>What may happen then: their package hides ours from every read, and only the bill knows ours; we buy one at most.</summary>
    [Fact]
    public void Where_somebody_else_buys_our_attempts_buy_one_label_at_most() => Check(SomebodyElseBuys, 4_000);

    [Fact]
    public void The_same_states_are_visited_every_time()
    {
        var first = new Exploration(EngineRules.Real, ThreeChanges).Run();
        Assert.Equal(first, new Exploration(EngineRules.Real, ThreeChanges).Run());
    }

    [Theory]
    [MemberData(nameof(TwinNames))]
    public void A_twin_with_one_bug_is_found_and_its_printed_way_can_be_gone_again(string name)
    {
        var exploration = new Exploration(Twin(name), ScopeOf(name));
        var explored = exploration.Run();
        Assert.True(explored.Found is not null, $"{explored.States} states, none of them bad.");
        output.WriteLine($"after {explored.States} states: {explored.Found}");

        var read = Path.Parse(explored.Found.Path.ToString());
        Assert.Equal((name, ScopeOf(name).Name), (read.Rules, read.Scope));
        var again = new Exploration(Twin(read.Rules), ScopeOf(read.Rules)).Replay(read);
        Assert.Equal((explored.Found.What, explored.Found.Key), (again.Violation, again.Key()));
    }

    [Fact]
    public void A_printed_way_that_is_not_possible_is_refused_and_says_what_is()
    {
        var way = new Path("real", OneFaultAndOneChange.Name, ["A reads to buy", "A sends"]);
        var refused = Assert.Throws<ArgumentException>(() => new Exploration(EngineRules.Real, OneFaultAndOneChange).Replay(way));
        Assert.Contains("A tells the order", refused.Message, StringComparison.Ordinal);
    }

    private static EngineRules Twin(string name) => Twins.All.Single(t => t.Name == name);

    private static ModelScope ScopeOf(string twin) => twin == Twins.AdoptsOtherLines ? SomebodyElseBuys : OneFaultAndOneChange;

    private void Check(ModelScope scope, int statesAtLeast)
    {
        var exploration = new Exploration(EngineRules.Real, scope);
        var explored = exploration.Run();
        output.WriteLine($"{scope.Name}: {explored.States} states, {explored.Transitions} transitions, {explored.Ends} ends");
        foreach (var (kind, count) in exploration.Ends)
        {
            output.WriteLine($"  {count,6} {kind}");
        }

        Assert.True(explored.Found is null, explored.Found?.ToString());
        Assert.True(explored.States >= statesAtLeast, $"Only {explored.States} states: has the model lost a step?");
    }
}
