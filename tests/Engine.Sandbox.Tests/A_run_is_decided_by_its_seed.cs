using System.Text.Json.Nodes;

namespace Engine.Sandbox.Tests;

public sealed class A_run_is_decided_by_its_seed
{
    [Fact]
    public async Task The_same_seed_gives_the_same_orders_labels_and_scans_and_another_seed_others()
    {
        var first = await RunAsync(5);
        var again = await RunAsync(5);
        var other = await RunAsync(6);
        Assert.Equal(first, again);
        Assert.NotEqual(first, other);
    }

    private static async Task<List<string>> RunAsync(ulong seed)
    {
        await using var sandbox = await TestSandbox.StartAsync(TestSandbox.Options with { Stepped = true, Seed = seed, StartAt = DateTimeOffset.Parse("2026-11-27T08:00:00Z") });
        var made = await sandbox.ControlAsync(HttpMethod.Post, "/sandbox/scenario", JsonNode.Parse("""{"shops":3,"orders":50,"over_seconds":1800}"""));
        foreach (var shop in made["shops"]!.AsArray())
        {
            await sandbox.AdoptAsync(shop!);
        }

        var host = new TestHost(sandbox);
        host.Register();
        await sandbox.ControlAsync(HttpMethod.Post, "/sandbox/start");
        await host.StepToTheEndAsync(async () => host.Work += await An_order_lives_as_documented.BuyAllAsync(sandbox));
        var lines = new List<string>();
        foreach (var order in await sandbox.LedgerAsync("orders"))
        {
            order["shippable_system_ms"] = null;
            lines.Add(order.ToJsonString());
        }

        foreach (var label in await sandbox.LedgerAsync("labels"))
        {
            label["sold_system_ms"] = null;
            label["seq"] = null;
            lines.Add(label.ToJsonString());
        }

        lines.Sort(StringComparer.Ordinal);
        return lines;
    }
}
