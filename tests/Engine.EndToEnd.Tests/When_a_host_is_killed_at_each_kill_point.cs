namespace Engine.EndToEnd.Tests;

/// <summary>Issue 3: one SIGKILL of a real host at each kill point of a purchase, P0 to P7 of engineering.md 5.</summary>
public sealed class When_a_host_is_killed_at_each_kill_point
{
    /// <summary>P2 and P3 lie at the marketplace: there the sandbox kills.</summary>
    private const string InTheHost = "P0:2,P1:2,P1b:3,P4:2,P5:3,P6:2,P6b:3,P7:40";

    [Fact]
    public async Task Every_order_gets_exactly_one_label_and_its_scan()
    {
        var summary = await UpScript.RunAsync(
            "--orders", "80", "--speed", "1200", "--kill-point", InTheHost, "--kill-before-sale", "3", "--kill-after-sale", "3");

        Assert.Equal(InTheHost.Split(',').Length + 2, summary.Number("hosts_killed"));
        Assert.Equal(80, summary.Number("orders_imported"));
        Assert.Equal(0, summary.Number("labels_charged_twice"));
        Assert.Equal(0, summary.Number("packages_without_order"));
        Assert.Equal(summary.Number("labels_bought"), summary.Number("dispatched"));
        Assert.Contains("5 journal, as told to an ERP", summary.GetProperty("invariants").EnumerateArray().Select(i => i.GetProperty("name").GetString()));
        summary.AllInvariantsHold();
    }
}
