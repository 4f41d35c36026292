using System.Net.Http.Json;
using System.Text.Json;

namespace Engine.Host.Verification;

internal sealed record LedgerLabel(
    long Seq, string PackageId, string ShopId, IReadOnlyList<string> OrderIds, IReadOnlyList<string> LineIds, long SoldAtMs, double SoldSystemMs, string State, bool ChargedAgain,
    IReadOnlyList<string> LiveBefore, string BoughtBy)
{
    public bool IsBoughtByUs => BoughtBy == "api";
}

internal sealed record LedgerCall(
    long Seq, string AppKey, string? ShopId, string Api, int Http, double ArrivedSystemMs, long BusinessMs, double TookMs, double LimitInForce, bool Limited);

internal sealed record LedgerOrder(
    long Seq, string OrderId, string ShopId, string Status, long UpdateTime, bool Fbt, string ShippingType, long PlacedAtMs, long? ShippableAtMs, double? ShippableSystemMs,
    long? TtsSlaMs, long? ScannedAtMs, long? CancelledAtMs, bool CancelPending, string? Unfinishable);

internal sealed record LedgerToken(long Seq, string AccessToken, string RefreshToken);

internal sealed record LedgerBuyer(long Seq, string OrderId, string Name, string Phone, string Email, string AddressLine);

/// <summary>`GET /sandbox/ledger`: what the other side of the engine's books says. Lines are read one by one; a page at a time is held.</summary>
internal sealed class SandboxLedger(HttpClient http)
{
    private const int PageLimit = 5000;
    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    public IAsyncEnumerable<LedgerLabel> LabelsAsync(CancellationToken ct) => ReadAsync<LedgerLabel>("labels", l => l.Seq, ct);

    public IAsyncEnumerable<LedgerCall> CallsAsync(CancellationToken ct) => ReadAsync<LedgerCall>("calls", c => c.Seq, ct);

    public IAsyncEnumerable<LedgerOrder> OrdersAsync(CancellationToken ct) => ReadAsync<LedgerOrder>("orders", o => o.Seq, ct);

    public IAsyncEnumerable<LedgerToken> TokensAsync(CancellationToken ct) => ReadAsync<LedgerToken>("tokens", t => t.Seq, ct);

    public IAsyncEnumerable<LedgerBuyer> BuyersAsync(CancellationToken ct) => ReadAsync<LedgerBuyer>("buyers", b => b.Seq, ct);

    /// <summary>Whether the sandbox's limiters count business time instead of its arrival clock.</summary>
    public async Task<bool> LimitsOnBusinessTimeAsync(CancellationToken ct) =>
        (await http.GetFromJsonAsync<LimiterClockAnswer>("/sandbox/budget", Json, ct))!.LimiterClock == "business";

    /// <summary>Everything of one kind, as it came, in a file: for whoever looks into a failed run.</summary>
    public async Task KeepAsync(string kind, string file, CancellationToken ct)
    {
        await using var kept = new StreamWriter(file);
        await foreach (var line in ReadAsync<JsonElement>(kind, l => l.GetProperty("seq").GetInt64(), ct))
        {
            await kept.WriteLineAsync(line.GetRawText().AsMemory(), ct);
        }
    }

    private sealed record LimiterClockAnswer(string LimiterClock);

    private async IAsyncEnumerable<T> ReadAsync<T>(string kind, Func<T, long> seqOf, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken ct)
    {
        var after = 0L;
        while (true)
        {
            using var response = await http.GetAsync($"/sandbox/ledger?kind={kind}&after={after}&limit={PageLimit}", HttpCompletionOption.ResponseHeadersRead, ct);
            response.EnsureSuccessStatusCode();
            using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(ct));
            var lines = 0;
            while (await reader.ReadLineAsync(ct) is { } line)
            {
                if (line.Length == 0)
                {
                    continue;
                }

                var entry = JsonSerializer.Deserialize<T>(line, Json)!;
                after = seqOf(entry);
                lines++;
                yield return entry;
            }

            if (lines == 0)
            {
                yield break;
            }
        }
    }
}
