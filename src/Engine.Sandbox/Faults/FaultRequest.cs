using System.Text.Json;

namespace Engine.Sandbox.Faults;

/// <summary>A plan as it is sent to POST /sandbox/faults; README.md says which members each kind takes. Times ending in Ms are milliseconds.</summary>
/// <param name="Id">Chosen by the caller, or the kind and a running number. The draws are keyed by it.</param>
/// <param name="Seed">Null: the sandbox's own.</param>
/// <param name="Api">'any', a group or 'METHOD /path/template'; null: what the kind is about.</param>
/// <param name="Nth">Only the n-th call that the plan looks at (from 1), of each entity when <paramref name="PerEntity"/>.</param>
/// <param name="FromMs">From this instant, included; until the other, excluded; of the clock named by <paramref name="Clock"/> (business or system).</param>
public sealed record FaultRequest(
    string? Kind, string? Id = null, ulong? Seed = null, string? Api = null, List<string>? Shops = null, List<string>? Orders = null,
    double? Probability = null, long? Nth = null, bool PerEntity = false, long? AtMost = null, long? AtMostPerEntity = null,
    long? FromMs = null, long? UntilMs = null, string? Clock = null,
    string? Effect = null, string? Reply = null, string? How = null, string? Moment = null, string? Lines = null, string? Member = null, bool? Protected = null,
    long? DelayMinMs = null, long? DelayMaxMs = null, long? LagMs = null, long? SkewMs = null, long? HideMs = null, long? SizeBytes = null,
    int? Http = null, int? RetryAfterSeconds = null, double? Intensity = null, long? Sale = null, int? Pid = null)
{
    /// <summary>The members that belong to single kinds, as far as they were given.</summary>
    public IEnumerable<string> Particulars()
    {
        (string Name, bool Given)[] all =
        [
            ("effect", Effect is not null), ("reply", Reply is not null), ("how", How is not null), ("moment", Moment is not null), ("lines", Lines is not null),
            ("member", Member is not null), ("protected", Protected is not null), ("delay_min_ms", DelayMinMs is not null), ("delay_max_ms", DelayMaxMs is not null),
            ("lag_ms", LagMs is not null), ("skew_ms", SkewMs is not null), ("hide_ms", HideMs is not null), ("size_bytes", SizeBytes is not null),
            ("http", Http is not null), ("retry_after_seconds", RetryAfterSeconds is not null), ("intensity", Intensity is not null), ("sale", Sale is not null), ("pid", Pid is not null),
        ];
        return all.Where(static m => m.Given).Select(static m => m.Name);
    }

    /// <summary>Reads one plan or a list of them.</summary>
    public static List<FaultRequest> Read(JsonElement body) => body.ValueKind == JsonValueKind.Array
        ? [.. body.EnumerateArray().Select(static e => e.Deserialize(Control.ControlJson.Default.FaultRequest) ?? throw new JsonException("A plan is null."))]
        : [body.Deserialize(Control.ControlJson.Default.FaultRequest) ?? throw new JsonException("A plan is an object or a list of them.")];
}

public sealed record FaultIds(List<string> Ids);

/// <param name="Matched">Calls, orders or webhooks that the plan looked at inside its window.</param>
public sealed record FaultInfo(string Id, long Matched, long Injected, bool Open, FaultRequest Plan);

/// <param name="Injected">By kind, over the whole run, healed plans included.</param>
public sealed record FaultReport(List<FaultInfo> Faults, SortedDictionary<string, long> Injected, long InjectedTotal);
