using System.Text.Json;

namespace Engine.EndToEnd.Tests;

/// <summary>Issue 3, two activations of one order: a host is frozen (SIGSTOP) while orders stand at four steps of their purchase, is declared dead, another
/// host goes on with them, and then the frozen one wakes up (SIGCONT) where it stood. The fence's windows are shortened on both sides. That a stale
/// activation's writes are refused by the stored version: TwoActivationsTests, since here the silo may end itself before it writes.</summary>
public sealed class When_a_frozen_host_wakes_up
{
    /// <summary>Wrong credentials, an old timestamp among them (the sandbox answers so as TikTok does).</summary>
    private const long OldSignature = 36009004;

    [Fact]
    public async Task The_others_have_gone_on_and_nothing_that_it_still_does_takes_effect()
    {
        await using var run = EngineRun.Start(
            "--hosts", "2", "--shops", "1", "--orders", "40", "--speed", "1200", "--freeze-points", "P0,P1,P1b,P4", "--freeze-for", "16", "--stay");
        await run.DoneAsync();

        var summary = await run.SummaryAsync();
        Assert.Equal(1, summary.Number("hosts_frozen"));
        Assert.Equal(1, summary.Number("hosts_killed"));
        Assert.Equal(40, summary.Number("orders_imported"));
        Assert.Equal(0, summary.Number("labels_charged_twice"));
        Assert.Equal(0, summary.Number("packages_without_order"));
        summary.AllInvariantsHold();

        var log = Directory.EnumerateFiles(Path.Combine(run.Data, "logs"), "host-*.log").Select(File.ReadAllText)
            .Single(t => t.Contains("SIGSTOP to myself", StringComparison.Ordinal));
        Assert.Contains("I have been told I am dead", log[log.IndexOf("Awake again.", StringComparison.Ordinal)..], StringComparison.Ordinal);
        Assert.DoesNotContain(await PurchasesAsync(run), p => p.GetProperty("code").GetInt64() == OldSignature);
        run.Succeeded();
    }

    /// <summary>Every purchase call that has arrived at the marketplace: one of the frozen host would be refused for its old signature.</summary>
    private static async Task<List<JsonElement>> PurchasesAsync(EngineRun run)
    {
        using var sandbox = new HttpClient { BaseAddress = run.Sandbox };
        var calls = await sandbox.GetStringAsync("/sandbox/ledger?kind=calls&limit=100000");
        var purchases = calls.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => JsonDocument.Parse(l).RootElement)
            .Where(c => c.GetProperty("api").GetString()!.StartsWith("POST ", StringComparison.Ordinal) && c.GetProperty("api").GetString()!.EndsWith("/packages", StringComparison.Ordinal)).ToList();
        Assert.NotEmpty(purchases);
        return purchases;
    }
}
