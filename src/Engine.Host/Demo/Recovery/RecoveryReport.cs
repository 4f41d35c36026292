using System.Globalization;
using System.Text.Json.Serialization;

namespace Engine.Host.Demo.Recovery;

/// <summary>What a run with `--recovery` measured.</summary>
/// <param name="WebhooksPassedOn">Webhooks that a host gave no answer to and the next ready one took.</param>
public sealed record RecoveryReport(
    [property: JsonPropertyName("phases")] IReadOnlyList<PhaseFigures> Phases,
    [property: JsonPropertyName("webhooks_passed_on")] int WebhooksPassedOn);

/// <summary>One phase. Seconds are of system time and count from the signal.</summary>
public sealed record PhaseFigures
{
    [JsonPropertyName("phase")]
    public required string Phase { get; init; }

    [JsonPropertyName("host")]
    public int? Host { get; init; }

    [JsonPropertyName("struck_at")]
    public required DateTimeOffset StruckAt { get; init; }

    [JsonPropertyName("length_s")]
    public required double LengthSeconds { get; init; }

    /// <summary>Until the membership table called the host dead; null when nobody had to be declared dead.</summary>
    [JsonPropertyName("declared_dead_s")]
    public double? DeclaredDeadSeconds { get; init; }

    /// <summary>Until the process had ended by itself (SIGTERM; a frozen one: since it was woken).</summary>
    [JsonPropertyName("exit_s")]
    public double? ExitSeconds { get; init; }

    /// <summary>Until every host was ready again.</summary>
    [JsonPropertyName("all_ready_s")]
    public double? AllReadySeconds { get; init; }

    /// <summary>Silos declared dead that had not been struck.</summary>
    [JsonPropertyName("false_evictions")]
    public required int FalseEvictions { get; init; }

    [JsonPropertyName("shops")]
    public int Shops { get; init; }

    /// <summary>Orders that waited for the engine at some moment of the phase.</summary>
    [JsonPropertyName("orders")]
    public int Orders { get; init; }

    /// <summary>Longest wait of any order in the seconds before: what the load alone costs.</summary>
    [JsonPropertyName("longest_wait_before_s")]
    public double LongestBeforeSeconds { get; init; }

    /// <summary>Longest wait of any order without an open purchase attempt: all moved again within this.</summary>
    [JsonPropertyName("moved_within_s")]
    public double MovedWithinSeconds { get; init; }

    /// <summary>The same for half of the shops.</summary>
    [JsonPropertyName("moved_within_median_shop_s")]
    public double MedianShopSeconds { get; init; }

    /// <summary>Orders that stood with an open purchase attempt at the signal.</summary>
    [JsonPropertyName("open_intents")]
    public int OpenIntents { get; init; }

    [JsonPropertyName("open_intents_longest_s")]
    public double OpenIntentsLongestSeconds { get; init; }

    /// <summary>Orders that never went on to their label.</summary>
    [JsonPropertyName("stuck")]
    public int Stuck { get; init; }

    [JsonPropertyName("worst")]
    public IReadOnlyList<string> Worst { get; init; } = [];

    [JsonPropertyName("calls")]
    public int Calls { get; init; }

    [JsonPropertyName("failed_calls")]
    public int FailedCalls { get; init; }

    [JsonPropertyName("longest_call_ms")]
    public double LongestCallMs { get; init; }

    [JsonPropertyName("webhooks")]
    public int Webhooks { get; init; }

    /// <summary>Answered 5xx, or by nobody.</summary>
    [JsonPropertyName("failed_webhooks")]
    public int FailedWebhooks { get; init; }

    [JsonPropertyName("failures")]
    public IReadOnlyList<string> Failures { get; init; } = [];

    /// <summary>Share of all processors that was in use during the phase.</summary>
    [JsonPropertyName("cpu_ratio")]
    public double CpuRatio { get; init; }

    public IEnumerable<string> Lines()
    {
        static string Text(double? seconds) => seconds is { } s ? s.ToString("F2", CultureInfo.InvariantCulture) + " s" : "-";
        yield return $"{Phase}{(Host is { } h ? $" (host {h})" : "")}: all orders moved within {Text(MovedWithinSeconds)} (before: {Text(LongestBeforeSeconds)}), half of the {Shops} shops within {Text(MedianShopSeconds)}; {Orders} orders waited, {OpenIntents} had an open intent, the longest of those {Text(OpenIntentsLongestSeconds)}; {Stuck} stuck";
        yield return $"  declared dead after {Text(DeclaredDeadSeconds)}, ended after {Text(ExitSeconds)}, all ready after {Text(AllReadySeconds)}; {FalseEvictions} false evictions; processors used to {CpuRatio.ToString("P0", CultureInfo.InvariantCulture)}";
        yield return $"  {Calls} calls, {FailedCalls} failed, longest {LongestCallMs.ToString("F0", CultureInfo.InvariantCulture)} ms; {Webhooks} webhooks, {FailedWebhooks} failed";
        foreach (var line in Worst.Concat(Failures))
        {
            yield return $"    {line}";
        }
    }
}
