namespace Engine.EndToEnd.Tests;

/// <summary>Issue 2: with `kill -9` between a label's sale and its answer, and once more at random, nothing is lost and nothing is bought twice.</summary>
public sealed class When_orders_stream_in_and_the_host_is_killed
{
    [Fact]
    public async Task Every_order_gets_exactly_one_label_and_its_scan()
    {
        var summary = await UpScript.RunAsync("--orders", "40", "--speed", "1200", "--kill-after-sale", "7", "--kill-host", "1");

        Assert.Equal(40, summary.Number("orders_placed"));
        Assert.Equal(40, summary.Number("orders_imported"));
        Assert.Equal(0, summary.Number("labels_charged_twice"));
        Assert.Equal(0, summary.Number("packages_without_order"));
        Assert.Equal(2, summary.Number("hosts_killed"));
        Assert.Equal(summary.Number("labels_bought"), summary.Number("dispatched"));
        summary.AllInvariantsHold();
    }
}
