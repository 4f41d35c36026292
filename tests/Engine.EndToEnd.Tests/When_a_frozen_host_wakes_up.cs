using System.Text.RegularExpressions;

namespace Engine.EndToEnd.Tests;

/// <summary>Issue 3, two activations of one order: a host is frozen (SIGSTOP) while orders stand at four steps of their purchase, is declared dead, another
/// host goes on with them, and then the frozen one wakes up (SIGCONT) where it stood. The fence's windows are shortened on both sides.</summary>
public sealed partial class When_a_frozen_host_wakes_up
{
    [Fact]
    public async Task Its_writes_are_refused_its_purchase_is_not_sent_and_each_order_has_one_label()
    {
        await using var run = EngineRun.Start(
            "--hosts", "2", "--shops", "1", "--orders", "40", "--speed", "900", "--freeze-points", "P0,P1,P1b,P4", "--freeze-for", "20");
        var exit = await run.ExitAsync();
        Assert.True(exit == 0, $"Exit code {exit}; everything is in {run.Folder}:\n{run.Output}");

        var summary = await run.SummaryAsync();
        Assert.Equal(1, summary.Number("hosts_frozen"));
        Assert.Equal(0, summary.Number("labels_charged_twice"));
        Assert.Equal(0, summary.Number("packages_without_order"));
        Assert.Equal(40, summary.Number("orders_imported"));
        summary.AllInvariantsHold();

        var log = Directory.EnumerateFiles(Path.Combine(run.Data, "logs"), "host-*.log").Select(File.ReadAllText).Single(t => t.Contains("SIGSTOP to myself", StringComparison.Ordinal));
        var stood = Standing().Matches(log.Split('\n').Single(l => l.Contains("SIGSTOP to myself", StringComparison.Ordinal))).ToDictionary(m => m.Groups[1].Value, m => m.Groups[2].Value);
        var awake = log[log.IndexOf("Awake again.", StringComparison.Ordinal)..];
        Assert.Equal(["P0", "P1", "P1b", "P4"], stood.Keys.Order(StringComparer.Ordinal));
        Assert.Contains("BuyLabel for demo-1 was not sent: its moment had passed", awake, StringComparison.Ordinal);
        Assert.All(stood, order => Assert.Contains(
            $"Order {order.Value}: {(order.Key == "P0" ? "IntendPurchase" : "RecordPurchase")}, decided on version", awake, StringComparison.Ordinal));
        run.Succeeded();
    }

    [GeneratedRegex(@"(P\w+) order (\S+?)[,:]")]
    private static partial Regex Standing();
}
