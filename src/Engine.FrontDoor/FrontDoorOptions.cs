using System.Collections.Immutable;

namespace Engine.FrontDoor;

/// <summary>The front door's settings. All but <see cref="CursorKey"/> have a default.</summary>
public sealed class FrontDoorOptions
{
    /// <summary>At least 32 random bytes, the same on every host: signs list cursors. A changed key ends all cursors handed out before.</summary>
    public byte[] CursorKey { get; set; } = [];

    /// <summary>Largest webhook body that is read and verified. Default 4 MiB; a documented envelope has under 1 KB (invented).</summary>
    /// <remarks>A larger body cannot be verified and is answered 413. Never set it so low that a genuine call could be refused: any answer but
    /// 200 and 401 starts the platform's ladder of retries.</remarks>
    public int WebhookBodyMaxBytes { get; set; } = 4 * 1024 * 1024;

    /// <summary>Notification ids remembered, so that a repeated call costs no second search (invented).</summary>
    public int WebhookIdsRemembered { get; set; } = 16_384;

    /// <summary>Largest JSON body of the API, in bytes. Default 1 MiB (invented).</summary>
    public int JsonBodyMaxBytes { get; set; } = 1024 * 1024;

    /// <summary>Largest CSV body, in bytes. Default 8 MiB (invented).</summary>
    public int CsvBodyMaxBytes { get; set; } = 8 * 1024 * 1024;

    /// <summary>Requests that one key may make at once. Default 200 (invented).</summary>
    public int RequestsBurst { get; set; } = 200;

    /// <summary>Requests per second that one key may keep up on one host. Default 100 (invented).</summary>
    public int RequestsPerSecond { get; set; } = 100;

    /// <summary>System time for which a key, once looked up, is believed: a revoked one works that much longer. Default 10 s.</summary>
    public TimeSpan KeyCacheLife { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>System time for which an answer is kept under its idempotency key. At least 7 days.</summary>
    public TimeSpan IdempotencyKeyLife { get; set; } = TimeSpan.FromDays(8);

    /// <summary>System time between two looks at the list of shops.</summary>
    public TimeSpan ShopRefreshSpacing { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>System time that a readiness check may take.</summary>
    public TimeSpan ReadinessTimeout { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>System time between readiness falling and the shutdown itself, for load balancers to notice. Default none; shorter than the host's own limit.</summary>
    public TimeSpan DrainTime { get; set; } = TimeSpan.Zero;

    /// <summary>IANA zone by region (ISO-2) of a shop; a region without one shows its deadlines in UTC only. Defaults: dispatch-policy.md, markets.</summary>
    public ImmutableDictionary<string, string> ZoneByRegion { get; set; } = ImmutableDictionary.CreateRange(
        StringComparer.OrdinalIgnoreCase,
        [
            KeyValuePair.Create("US", "America/Los_Angeles"),
            KeyValuePair.Create("GB", "Europe/London"),
            KeyValuePair.Create("UK", "Europe/London"),
            KeyValuePair.Create("IE", "Europe/Dublin"),
            KeyValuePair.Create("VN", "Asia/Ho_Chi_Minh"),
            KeyValuePair.Create("ID", "Asia/Jakarta"),
            KeyValuePair.Create("TH", "Asia/Bangkok"),
            KeyValuePair.Create("MY", "Asia/Kuala_Lumpur"),
        ]);

    /// <summary>Everything wrong with these settings, each in a sentence that says what to do.</summary>
    public IEnumerable<string> Problems()
    {
        if (CursorKey.Length < 32)
        {
            yield return $"FrontDoor cursor key has {CursorKey.Length} bytes: give at least 32 random bytes, the same on every host.";
        }

        if (WebhookBodyMaxBytes < 64 * 1024)
        {
            yield return $"FrontDoor webhook body limit is {WebhookBodyMaxBytes} bytes: give at least 65536, or genuine webhooks are refused.";
        }

        if (JsonBodyMaxBytes < 1024 || CsvBodyMaxBytes < 1024)
        {
            yield return "FrontDoor body limits must be at least 1024 bytes.";
        }

        if (RequestsBurst < 1 || RequestsPerSecond < 1)
        {
            yield return "FrontDoor rate limits must be at least 1 request.";
        }

        if (IdempotencyKeyLife < TimeSpan.FromDays(7))
        {
            yield return $"FrontDoor idempotency keys are kept {IdempotencyKeyLife}: keep them at least 7 days, longer than the LDR window.";
        }

        foreach (var (region, zone) in ZoneByRegion)
        {
            if (NodaTime.DateTimeZoneProviders.Tzdb.GetZoneOrNull(zone) is null)
            {
                yield return $"FrontDoor zone '{zone}' of region {region} is no IANA time zone: name one such as America/Los_Angeles.";
            }
        }
    }
}
