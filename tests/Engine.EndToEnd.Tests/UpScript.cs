using System.Text.Json;

namespace Engine.EndToEnd.Tests;

/// <summary>The run that `deploy/up.sh` starts, from its beginning to its end.</summary>
internal static class UpScript
{
    public static async Task<JsonElement> RunAsync(params string[] arguments)
    {
        await using var run = EngineRun.Start(arguments);
        var exit = await run.ExitAsync();
        Assert.True(exit == 0, $"Exit code {exit}; everything is in {run.Folder}:\n{run.Output}");
        var summary = await run.SummaryAsync();
        run.Succeeded();
        return summary;
    }

    public static long Number(this JsonElement summary, string name) => summary.GetProperty(name).GetInt64();

    public static void AllInvariantsHold(this JsonElement summary)
    {
        var invariants = summary.GetProperty("invariants").EnumerateArray().ToList();
        Assert.NotEmpty(invariants);
        Assert.All(invariants, i => Assert.True(i.GetProperty("ok").GetBoolean(), i.ToString()));
    }
}
