using System.Collections.Immutable;
using Engine.Storage.Verification;
using Npgsql;

namespace Engine.Host.Verification;

internal sealed record VerifierReport(ImmutableArray<InvariantCheck> Checks, ImmutableArray<InvariantNotBuilt> NotBuilt)
{
    public bool Ok => Checks.All(c => c.Ok);
}

/// <summary>Design 6: what 'nothing lost' means, checked against the database and, where there is a sandbox, against its ledger.</summary>
/// <param name="sellersBuyToo">The run has people buy labels in Seller Center beside ours: a label of theirs that no parcel knows is theirs, and no finding.</param>
internal sealed class Verifier(NpgsqlDataSource database, bool sellersBuyToo = false)
{
    private static readonly ImmutableArray<InvariantNotBuilt> NotBuilt =
    [
        new("5 stock", "no stock is kept yet: orders take the platform's warehouse and reserve nothing"),
        new("15 erased", "retention and disconnection are not built yet: nothing is ever erased"),
    ];

    /// <summary>The order in which the design numbers what the database can tell by itself.</summary>
    private static readonly (string Number, string Name)[] ByDatabase =
        [("2", "one-label"), ("4", "fold"), ("6", "journal"), ("7", "ldr"), ("10", "intent"), ("11", "awake"), ("12", "idempotent")];

    /// <param name="quiet">All work is done and every reader should have caught up.</param>
    /// <param name="asOf">Business time up to which the marketplace's changes must be stored; null: all of them.</param>
    /// <param name="secrets">What must be found in no row, beside what the sandbox knows of tokens and buyers.</param>
    public async Task<VerifierReport> VerifyAsync(Uri? sandbox, bool quiet, DateTimeOffset? asOf, CancellationToken ct, IReadOnlyList<Canary>? secrets = null)
    {
        var checks = new List<InvariantCheck>();
        var stored = await new DatabaseVerifier(database).VerifyAsync(quiet, ct);
        foreach (var (number, name) in ByDatabase)
        {
            checks.Add(Of(number, stored[name]));
        }

        var rows = new StoredBooks(database);
        checks.Add(await Evaluate("13 no-ghost", () => rows.GhostsAsync(ct)));
        checks.Add(await Evaluate("9 silence", () => rows.PersonalDataAsync(ct)));
        checks.Add(await Evaluate("3 allowed-purchase", () => rows.StaleReadsAsync(ct)));
        Join(checks, await Evaluate("3 allowed-purchase", () => rows.CancellationRaceAsync(ct)), "reads", "cancellations");
        if (sandbox is not null)
        {
            using var http = new HttpClient { BaseAddress = sandbox, Timeout = TimeSpan.FromMinutes(5) };
            var ledger = new LedgerVerifier(new SandboxLedger(http), rows);
            checks.Add(await Evaluate("1 complete", () => ledger.CompleteAsync(asOf, ct)));
            Join(checks, await Evaluate("2 one-label", () => ledger.OneLabelAsync(sellersBuyToo, ct)));
            Join(checks, await Evaluate("3 allowed-purchase", () => ledger.AllowedPurchasesAsync(ct)));
            Join(checks, await Evaluate("10 intent", () => ledger.IntentsAsync(ct)));
            Join(checks, await Evaluate("7 ldr", () => ledger.DispatchAsync(ct)));
            Join(checks, await Evaluate("9 silence", async () =>
                await CanarySearch.InDatabaseAsync(database, await CanaryList.OfAsync(new SandboxLedger(http), secrets ?? [], ct), ct)), "names", "canaries");
            checks.AddRange(await CallsAsync(ledger, ct));
        }

        return new VerifierReport([.. checks.OrderBy(c => NumberOf(c.Name))], NotBuilt);
    }

    private static async Task<IEnumerable<InvariantCheck>> CallsAsync(LedgerVerifier ledger, CancellationToken ct)
    {
        FindingsOf? budget = null, token = null;
        var first = await Evaluate("8 budget", async () =>
        {
            (budget, token) = await ledger.CallsAsync(ct);
            return budget;
        });
        return [first, token is null ? first with { Name = "14 token" } : token.Check("14 token")];
    }

    private static int NumberOf(string name) => int.Parse(name.AsSpan(0, name.IndexOf(' ')), System.Globalization.CultureInfo.InvariantCulture);

    private static InvariantCheck Of(string number, InvariantResult result) => new(
        $"{number} {result.Name}",
        result.Ok,
        result.Ok ? $"{result.Checked} looked at" : $"{result.Violations} of {result.Checked}: {string.Join("; ", result.Findings.Take(FindingsOf.Shown))}");

    /// <summary>What the ledger says joins what the database said under the same name.</summary>
    private static void Join(List<InvariantCheck> checks, InvariantCheck ledger, string first = "database", string second = "ledger")
    {
        var at = checks.FindIndex(c => c.Name == ledger.Name);
        checks[at] = new InvariantCheck(ledger.Name, checks[at].Ok && ledger.Ok, $"{first}: {checks[at].Detail}; {second}: {ledger.Detail}");
    }

    /// <summary>What could not be evaluated is not ok.</summary>
    private static async Task<InvariantCheck> Evaluate(string name, Func<Task<FindingsOf>> check)
    {
        try
        {
            return (await check()).Check(name);
        }
        catch (Exception e) when (e is HttpRequestException or NpgsqlException or System.Text.Json.JsonException)
        {
            return new InvariantCheck(name, false, $"could not be evaluated: {e.Message}");
        }
    }
}

/// <summary>How many things were looked at, and what is wrong with them.</summary>
internal sealed class FindingsOf(string what)
{
    public const int Shown = 10;
    private readonly List<string> shown = [];
    private long count;

    public long Looked { get; set; }

    public void Add(string finding)
    {
        count++;
        if (shown.Count < Shown)
        {
            shown.Add(finding);
        }
    }

    public InvariantCheck Check(string name) => new(
        name, count == 0, count == 0 ? $"{Looked} {what} looked at" : $"{count} findings in {Looked} {what}: {string.Join("; ", shown)}");
}
