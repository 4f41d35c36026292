using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Serialization;
using Engine.Host.Demo.Chaos;

namespace Engine.Host.Demo;

internal sealed record SandboxShop(string ShopId, string Name, string Cipher, string AuthCode);

internal sealed record SandboxShops(IReadOnlyList<SandboxShop> Shops, int? Orders);

internal sealed record SandboxProgress(
    long OrdersTotal, long OrdersPlaced, long Fbt, long Cancelled, long OnHold, long ShippableUnlabelled, long LabelledUnscanned, long Scanned,
    long Unfinishable, long LabelsSold, long LabelsChargedTwice, long Dispatched, long Late, long OverdueUnscanned, long Calls,
    [property: JsonPropertyName("http_429")] long Http429, long WebhooksSent, long WebhooksFailed, long WebhooksPending,
    bool Done, bool Quiet, long NowMs, long? NextEventMs, long Steps);

internal sealed record SandboxBudgetLine(
    string AppKey, string ShopId, string Api, double LimitPerSecond, double WorkSeconds, double Permitted, long UsedWhileWork, long Used, long Refused);

internal sealed record SandboxBudget(IReadOnlyList<SandboxBudgetLine> Budget);

internal sealed record SandboxFault(string Id, long Injected);

/// <param name="Injected">By kind, over the whole run.</param>
internal sealed record SandboxFaults(IReadOnlyList<SandboxFault> Faults, IReadOnlyDictionary<string, long> Injected);

/// <summary>The sandbox's control paths (its README). Shares no type with it, so that both cannot be wrong together.</summary>
internal sealed class SandboxControl(HttpClient http)
{
    /// <summary>Of the orders: buyers who ask to cancel after the hold (default scenario).</summary>
    private const double CancelRequestRatio = 0.02;

    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    public Task<SandboxShops> PrepareScenarioAsync(DemoOptions options, CancellationToken ct) =>
        PostAsync<SandboxShops>(
            "/sandbox/scenario",
            JsonContent.Create(
                new
                {
                    options.Shops,
                    options.Orders,
                    CancelRequestRatio = options.Rate is null ? CancelRequestRatio : 0,
                    SellerShippedRatio = options.SellerShipped ? 0.05 : 0,
                    OverSeconds = options.Chaos is { } chaos ? ChaosSchedule.OrdersFor(chaos).TotalSeconds * (options.Speed ?? 1) : 7200,
                    Arrivals = options.Rate is null ? "spread" : "open_loop",
                    RatePerSecond = options.Rate,
                    RampSeconds = options.Ramp.TotalSeconds,
                    ScanLagMinSeconds = options.Recovery is not null ? 8 : options.Rate is not null ? 30 : options.Chaos is not null ? 600 : 3600,
                    ScanLagMaxSeconds = options.Recovery is not null ? 14 : options.Rate is not null ? 60 : options.Chaos is not null ? 3600 : 21600,
                },
                options: Json),
            ct);

    public async Task<SandboxShops> PrepareReplayAsync(FileInfo csv, CancellationToken ct)
    {
        await using var stream = csv.OpenRead();
        return await PostAsync<SandboxShops>("/sandbox/replay", new StreamContent(stream) { Headers = { ContentType = new("text/csv") } }, ct);
    }

    /// <summary>The seller authorises the app once more.</summary>
    public async Task<SandboxShop> ConsentAsync(string account, CancellationToken ct) =>
        (await PostAsync<SandboxShops>($"/sandbox/shops/{Uri.EscapeDataString(account)}/consent", JsonContent.Create(new { }), ct)).Shops.Single();

    public async Task StartAsync(CancellationToken ct) => (await http.PostAsync("/sandbox/start", null, ct)).EnsureSuccessStatusCode().Dispose();

    /// <summary>Arms a fault plan, in the place of one that had its id.</summary>
    public async Task ArmAsync(string id, object plan, CancellationToken ct)
    {
        await HealAsync(id, ct);
        await ArmAsync(plan, ct);
    }

    /// <summary>A fault plan, as the sandbox's README describes them.</summary>
    public async Task ArmAsync(object plan, CancellationToken ct)
    {
        using var response = await http.PostAsJsonAsync("/sandbox/faults", plan, Json, ct);
        if (!response.IsSuccessStatusCode)
        {
            throw new HttpRequestException($"The sandbox refused a fault plan with {(int)response.StatusCode}: {await response.Content.ReadAsStringAsync(ct)}");
        }
    }

    /// <summary>Heals one plan, or a storm; nothing when there is none of that id.</summary>
    public async Task HealAsync(string id, CancellationToken ct) => (await http.DeleteAsync($"/sandbox/faults/{Uri.EscapeDataString(id)}", ct)).Dispose();

    public async Task HealAllAsync(CancellationToken ct) => (await http.DeleteAsync("/sandbox/faults", ct)).Dispose();

    /// <summary>By kind, over the whole run.</summary>
    public async Task<IReadOnlyDictionary<string, long>> InjectedAsync(CancellationToken ct) =>
        (await http.GetFromJsonAsync<SandboxFaults>("/sandbox/faults", Json, ct))!.Injected;

    /// <summary>How often the plan has struck since it was armed.</summary>
    public async Task<long> InjectedAsync(string id, CancellationToken ct) =>
        (await http.GetFromJsonAsync<SandboxFaults>("/sandbox/faults", Json, ct))!.Faults.Where(f => f.Id == id).Sum(f => f.Injected);

    public Task RemoveHostAsync(string host, CancellationToken ct) => http.DeleteAsync($"/sandbox/hosts/{Uri.EscapeDataString(host)}", ct);

    public async Task<SandboxProgress> ProgressAsync(CancellationToken ct) =>
        (await http.GetFromJsonAsync<SandboxProgress>("/sandbox/progress", Json, ct))!;

    public async Task<SandboxBudget> BudgetAsync(CancellationToken ct) =>
        (await http.GetFromJsonAsync<SandboxBudget>("/sandbox/budget", Json, ct))!;

    private async Task<T> PostAsync<T>(string path, HttpContent content, CancellationToken ct)
    {
        using var response = await http.PostAsync(path, content, ct);
        if (!response.IsSuccessStatusCode)
        {
            throw new HttpRequestException($"The sandbox answered {path} with {(int)response.StatusCode}: {await response.Content.ReadAsStringAsync(ct)}");
        }

        return (await response.Content.ReadFromJsonAsync<T>(Json, ct))!;
    }
}
