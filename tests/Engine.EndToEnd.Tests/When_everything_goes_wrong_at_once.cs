namespace Engine.EndToEnd.Tests;

/// <summary>Issue 3: two seeds of half a minute of `load-tests chaos`. Hosts killed and frozen, database crashed, disk full, networks cut, marketplace faults.</summary>
public sealed class When_everything_goes_wrong_at_once
{
    [Theory]
    [InlineData("1")]
    [InlineData("2")]
    public async Task Nothing_is_lost_nothing_is_bought_twice_and_every_order_comes_to_its_end(string seed)
    {
        var summary = await UpScript.RunAsync("--chaos", "30", "--seed", seed, "--orders", "150", "--hosts", "2", "--speed", "600");

        Assert.Equal(150, summary.Number("orders_imported"));
        Assert.Equal(0, summary.Number("labels_charged_twice"));
        Assert.Equal(0, summary.Number("packages_without_order"));
        Assert.Equal(0, summary.GetProperty("chaos").Number("late_by_our_fault"));
        Assert.InRange(summary.GetProperty("chaos").Number("kills"), 2, int.MaxValue);
        Assert.True(summary.GetProperty("finished").GetBoolean());
        summary.AllInvariantsHold();
    }
}
