using Engine.Host.Verification;

namespace Engine.Host.Demo;

/// <summary>Invariant 9, the half that only the one who started the processes can check: logs, label files, metrics.</summary>
internal static class Silence
{
    public const string Name = "9 silence";

    /// <param name="tables">What the verifier found in the database.</param>
    public static async Task<InvariantCheck> CheckAsync(DemoFolder folder, IEnumerable<Uri> hosts, Canaries canaries, InvariantCheck tables, CancellationToken ct)
    {
        FindingsOf[] found =
        [
            CanarySearch.InFiles("logs", folder.Logs(), canaries),
            CanarySearch.InFiles("files of the engine", folder.EngineFiles(), canaries, encrypted: true),
            await InMetricsAsync(hosts, canaries, ct),
        ];
        var checks = found.Select(f => f.Check(Name)).ToList();

        // A search that looked at nothing has proven nothing.
        return new InvariantCheck(
            Name,
            tables.Ok && checks.TrueForAll(c => c.Ok) && canaries.Count > 0 && found.All(f => f.Looked > 0),
            $"{canaries.Count} canaries; {tables.Detail}; {string.Join("; ", checks.Select(c => c.Detail))}");
    }

    private static async Task<FindingsOf> InMetricsAsync(IEnumerable<Uri> hosts, Canaries canaries, CancellationToken ct)
    {
        using var http = new HttpClient();
        var pages = new List<(string, string)>();
        foreach (var page in hosts.Select(h => new Uri(h, "/metrics")))
        {
            pages.Add((page.ToString(), await http.GetStringAsync(page, ct)));
        }

        return CanarySearch.InTexts("pages of metrics", pages, canaries);
    }
}
