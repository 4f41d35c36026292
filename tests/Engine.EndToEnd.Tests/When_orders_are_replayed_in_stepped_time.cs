namespace Engine.EndToEnd.Tests;

/// <summary>The replay rule of design 5 on a small file of our own: one order per (order, seller), late against the latest line's deadline, equal is on time.</summary>
public sealed class When_orders_are_replayed_in_stepped_time
{
    private static readonly string File = Path.Combine(AppContext.BaseDirectory, "replay.csv");

    [Fact]
    public async Task Dispatched_and_late_equal_a_plain_count_over_the_file()
    {
        var expected = Count(await System.IO.File.ReadAllLinesAsync(File));

        var summary = await UpScript.RunAsync("--replay", File, "--speed", "max");

        Assert.Equal(expected.Orders, summary.Number("orders_imported"));
        Assert.Equal(expected.Dispatched, summary.Number("dispatched"));
        Assert.Equal(expected.Late, summary.Number("late"));
        summary.AllInvariantsHold();
    }

    [Fact]
    public async Task Two_hosts_in_step_come_to_the_same_result()
    {
        var expected = Count(await System.IO.File.ReadAllLinesAsync(File));

        var summary = await UpScript.RunAsync("--replay", File, "--speed", "max", "--hosts", "2");

        Assert.Equal(expected.Dispatched, summary.Number("dispatched"));
        Assert.Equal(expected.Late, summary.Number("late"));
        summary.AllInvariantsHold();
    }

    private static (long Orders, long Dispatched, long Late) Count(string[] lines)
    {
        var header = lines[0].Split(',').ToList();
        int order = header.IndexOf("order_id"), seller = header.IndexOf("seller_id"), due = header.IndexOf("ship_by"), handed = header.IndexOf("handed_to_carrier_at");
        var orders = lines.Skip(1).Select(l => l.Split(',')).GroupBy(f => (f[order], f[seller])).ToList();
        var dispatched = orders.Where(o => o.First()[handed].Length > 0).ToList();
        var late = dispatched.Count(o => string.CompareOrdinal(o.First()[handed], o.Select(f => f[due]).Max(StringComparer.Ordinal)) > 0);
        return (orders.Count, dispatched.Count, late);
    }
}
