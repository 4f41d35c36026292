using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Serialization;

namespace Engine.Host.Clock;

/// <summary>What `GET /sandbox/time` says.</summary>
public sealed record SandboxTime(
    [property: JsonPropertyName("mode")] string Mode,
    [property: JsonPropertyName("speed")] double? Speed,
    [property: JsonPropertyName("system_anchor_ms")] long SystemAnchorMs,
    [property: JsonPropertyName("business_anchor_ms")] long BusinessAnchorMs,
    [property: JsonPropertyName("now_ms")] long NowMs,
    [property: JsonPropertyName("epoch")] long Epoch,
    [property: JsonPropertyName("running")] bool Running)
{
    public bool IsStepped => Mode == "stepped";

    public ClockAnchors Anchors => new(
        DateTimeOffset.FromUnixTimeMilliseconds(SystemAnchorMs), DateTimeOffset.FromUnixTimeMilliseconds(BusinessAnchorMs), Speed ?? 1, Running);

    public SteppedMoment Moment => new(Epoch, DateTimeOffset.FromUnixTimeMilliseconds(NowMs));
}

/// <summary>One host's word that it is (or is not) done with an epoch.</summary>
/// <param name="JournalHead">Newest committed journal row.</param>
/// <param name="JournalApplied">The oldest place of all readers of the journal.</param>
/// <param name="NextWakeMs">Business instant at which this host has something to do; null = never by itself.</param>
/// <param name="WaitMs">System time for which the sandbox may hold the answer.</param>
public sealed record StepReport(
    [property: JsonPropertyName("epoch")] long Epoch,
    [property: JsonPropertyName("work")] long Work,
    [property: JsonPropertyName("webhooks_received")] long WebhooksReceived,
    [property: JsonPropertyName("in_flight")] long InFlight,
    [property: JsonPropertyName("journal_head")] long JournalHead,
    [property: JsonPropertyName("journal_applied")] long JournalApplied,
    [property: JsonPropertyName("next_wake_ms")] long? NextWakeMs,
    [property: JsonPropertyName("wait_ms")] int WaitMs);

/// <summary>The sandbox's clock over HTTP (its README, 'Clocks').</summary>
public sealed class SandboxClockClient(HttpClient http)
{
    public async Task<SandboxTime> GetTimeAsync(CancellationToken ct) =>
        await http.GetFromJsonAsync<SandboxTime>("/sandbox/time", ct).ConfigureAwait(false)
        ?? throw new HttpRequestException("The sandbox answered /sandbox/time with nothing.");

    public async Task<SteppedMoment> RegisterAsync(string host, CancellationToken ct)
    {
        using var response = await http.PostAsJsonAsync("/sandbox/hosts", new HostName(host), ct).ConfigureAwait(false);
        response.EnsureSuccessStatusCode();
        return await MomentOfAsync(response, ct).ConfigureAwait(false);
    }

    public async Task RemoveAsync(string host, CancellationToken ct)
    {
        using var response = await http.DeleteAsync($"/sandbox/hosts/{Uri.EscapeDataString(host)}", ct).ConfigureAwait(false);
    }

    /// <returns>Null when the sandbox does not know this host (any more): register again.</returns>
    public async Task<SteppedMoment?> ReportAsync(string host, StepReport report, CancellationToken ct)
    {
        using var response = await http.PostAsJsonAsync($"/sandbox/hosts/{Uri.EscapeDataString(host)}/report", report, ct).ConfigureAwait(false);
        if (response.StatusCode == HttpStatusCode.NotFound)
        {
            return null;
        }

        response.EnsureSuccessStatusCode();
        return await MomentOfAsync(response, ct).ConfigureAwait(false);
    }

    private static async Task<SteppedMoment> MomentOfAsync(HttpResponseMessage response, CancellationToken ct)
    {
        var answer = await response.Content.ReadFromJsonAsync<Answer>(ct).ConfigureAwait(false)
            ?? throw new HttpRequestException("The sandbox answered with nothing.");
        return new SteppedMoment(answer.Epoch, DateTimeOffset.FromUnixTimeMilliseconds(answer.NowMs));
    }

    private sealed record HostName([property: JsonPropertyName("host")] string Host);

    private sealed record Answer([property: JsonPropertyName("epoch")] long Epoch, [property: JsonPropertyName("now_ms")] long NowMs);
}
