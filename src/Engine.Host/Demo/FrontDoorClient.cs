using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;

namespace Engine.Host.Demo;

internal sealed record IntakeAnswer(DateTimeOffset? CompleteUpTo, DateTimeOffset? LastSweptAt, int LastSweepFound, bool Busy);

internal sealed record ExceptionAnswer(string Shop, string OrderId, string Reason, string Detail);

internal sealed record ExceptionsAnswer(IReadOnlyList<ExceptionAnswer> Exceptions);

internal sealed record EventDataAnswer(string Shop, string OrderId, int Version);

internal sealed record EventAnswer(string Id, string Type, EventDataAnswer Data);

internal sealed record EventsAnswer(IReadOnlyList<EventAnswer> Events, string NextCursor, bool HasMore);

internal sealed record ShopAnswer(IntakeAnswer? Intake);

/// <summary>The engine as an ERP sees it: over its front door, with a key.</summary>
internal sealed class FrontDoorClient
{
    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(200);
    private readonly HttpClient http;

    public FrontDoorClient(Uri address, string apiKey)
    {
        http = new HttpClient(new LostConnections(new SocketsHttpHandler())) { BaseAddress = address, Timeout = TimeSpan.FromMinutes(5) };
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

    /// <summary>The first page of what people must look at.</summary>
    public async Task<IReadOnlyList<ExceptionAnswer>> ExceptionsAsync(CancellationToken ct)
    {
        using var response = await http.GetAsync("/v1/exceptions?limit=500", ct);
        await RequireAsync(response, "listing exceptions", ct);
        return (await response.Content.ReadFromJsonAsync<ExceptionsAnswer>(Json, ct))!.Exceptions;
    }

    /// <summary>The next page of what happened; from the very beginning without a cursor.</summary>
    public async Task<EventsAnswer> EventsAsync(string? cursor, CancellationToken ct)
    {
        using var response = await http.GetAsync($"/v1/events?limit=500{(cursor is null ? "" : $"&cursor={cursor}")}", ct);
        await RequireAsync(response, "reading events", ct);
        return (await response.Content.ReadFromJsonAsync<EventsAnswer>(Json, ct))!;
    }

    /// <summary>Parked order back to work; one that is parked no longer, or cannot be resumed, is left as it is.</summary>
    public async Task ResumeAsync(string shop, string orderId, CancellationToken ct)
    {
        using var response = await http.PostAsync($"/v1/orders/{shop}/{Uri.EscapeDataString(orderId)}:resume", null, ct);
        if (response.StatusCode != System.Net.HttpStatusCode.Conflict)
        {
            await RequireAsync(response, $"resuming order {shop}/{orderId}", ct);
        }
    }

    /// <summary>Business instant before which every order of the shop is said to be stored; null = nothing is said.</summary>
    public async Task<DateTimeOffset?> CompleteUpToAsync(string shop, CancellationToken ct)
    {
        using var response = await http.GetAsync($"/v1/shops/{shop}", ct);
        await RequireAsync(response, $"reading shop {shop}", ct);
        return (await response.Content.ReadFromJsonAsync<ShopAnswer>(Json, ct))!.Intake?.CompleteUpTo;
    }

    /// <returns>False: it was given up, or <paramref name="patience"/> was over.</returns>
    public async Task<bool> BecomesReadyAsync(TimeSpan patience, Func<bool> gaveUp, CancellationToken ct)
    {
        var started = TimeProvider.System.GetTimestamp();
        while (!await IsReadyAsync(ct))
        {
            if (gaveUp() || TimeProvider.System.GetElapsedTime(started) > patience)
            {
                return false;
            }

            await Task.Delay(LookEvery, TimeProvider.System, ct);
        }

        return true;
    }

    private async Task<bool> IsReadyAsync(CancellationToken ct)
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
