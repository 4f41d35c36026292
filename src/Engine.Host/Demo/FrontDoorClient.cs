using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;

namespace Engine.Host.Demo;

internal sealed record IntakeAnswer(DateTimeOffset? CompleteUpTo, DateTimeOffset? LastSweptAt, int LastSweepFound, bool Busy);

/// <summary>The engine as an ERP sees it: over its front door, with a key.</summary>
internal sealed class FrontDoorClient
{
    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };
    private readonly HttpClient http;

    public FrontDoorClient(Uri address, string apiKey)
    {
        http = new HttpClient { BaseAddress = address, Timeout = TimeSpan.FromMinutes(5) };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", apiKey);
    }

    public async Task ConnectAsync(string shop, SandboxShop account, Uri webhooks, CancellationToken ct)
    {
        using var response = await http.PostAsJsonAsync(
            "/v1/shops", new { Shop = shop, account.AuthCode, MarketplaceShopId = account.ShopId, WebhookAddress = webhooks.ToString() }, Json, ct);
        await RequireAsync(response, $"connecting shop {shop}", ct);
    }

    /// <summary>One full sweep; answers when it is done.</summary>
    public async Task<IntakeAnswer> ReconcileAsync(string shop, CancellationToken ct)
    {
        using var response = await http.PostAsync($"/v1/shops/{shop}:reconcile", null, ct);
        await RequireAsync(response, $"sweeping shop {shop}", ct);
        return (await response.Content.ReadFromJsonAsync<IntakeAnswer>(Json, ct))!;
    }

    public async Task<bool> IsReadyAsync(CancellationToken ct)
    {
        try
        {
            using var response = await http.GetAsync("/health/ready", ct);
            return response.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private static async Task RequireAsync(HttpResponseMessage response, string doing, CancellationToken ct)
    {
        if (!response.IsSuccessStatusCode)
        {
            throw new HttpRequestException($"The engine answered {doing} with {(int)response.StatusCode}: {await response.Content.ReadAsStringAsync(ct)}", null, response.StatusCode);
        }
    }
}
