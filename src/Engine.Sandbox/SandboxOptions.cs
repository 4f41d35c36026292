using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Engine.Sandbox;

/// <summary>Everything that can be set; README.md lists keys, defaults and meanings.</summary>
public sealed record SandboxOptions
{
    public string Urls { get; init; } = "http://127.0.0.1:8090";
    public ulong Seed { get; init; } = 1;

    /// <summary>Business seconds per system second; ignored in stepped time.</summary>
    public double Speed { get; init; } = 1;
    public bool Stepped { get; init; }

    /// <summary>Business instant at which the clock starts; null = system time at start.</summary>
    public DateTimeOffset? StartAt { get; init; }
    public string Profile { get; init; } = "2025";
    public bool LimiterOnBusinessTime { get; init; }

    /// <summary>True: a second purchase of the same lines is sold; false: it is refused, as documented.</summary>
    public bool ChargeRepeatedPurchase { get; init; }
    public int SignatureWindowSeconds { get; init; } = 300;
    public double VisibilitySeconds { get; init; }
    public string AppKey { get; init; } = "sandbox-app";
    public string AppSecret { get; init; } = "";
    public int HoldSeconds { get; init; } = 3600;
    public bool Api202512 { get; init; } = true;

    /// <summary>Longest production delay of a label, business seconds; the draw leaves four of five labels without any (invented).</summary>
    public int DocumentDelaySeconds { get; init; } = 20;

    /// <summary>Life of an access token, business seconds; documented default 7 days.</summary>
    public long AccessTokenSeconds { get; init; } = 7 * 24 * 3600;

    /// <summary>Life of a refresh token, business seconds. Its real length is the seller's choice at consent; ten years here (invented).</summary>
    public long RefreshTokenSeconds { get; init; } = 3650L * 24 * 3600;

    /// <summary>Create Packages refuses an order with a pending buyer cancellation (21011007). False: it sells.</summary>
    public bool RefusePurchaseOnPendingCancel { get; init; } = true;

    /// <summary>The platform cancels what is not shipped or collected by its due times.</summary>
    public bool AutoCancel { get; init; } = true;

    /// <summary>Webhook posts under way at once.</summary>
    public int WebhookConcurrency { get; init; } = 64;

    /// <summary>Reads command line and environment; every problem found is added to <paramref name="problems"/> as one sentence.</summary>
    public static SandboxOptions From(IConfiguration configuration, List<string> problems)
    {
        var defaults = new SandboxOptions();
        string? Text(string key) => configuration[key] ?? configuration["Sandbox:" + key];

        T Read<T>(string key, T fallback, string expected, Func<string, (bool Ok, T Value)> parse)
        {
            var text = Text(key);
            if (string.IsNullOrWhiteSpace(text))
            {
                return fallback;
            }

            var (ok, value) = parse(text.Trim());
            if (!ok)
            {
                problems.Add($"{key}: '{text}' is not {expected}.");
            }

            return ok ? value : fallback;
        }

        (bool, int) Whole(string s) => (int.TryParse(s, NumberStyles.None, CultureInfo.InvariantCulture, out var v), v);
        (bool, long) WholeLong(string s) => (long.TryParse(s, NumberStyles.None, CultureInfo.InvariantCulture, out var v), v);
        (bool, bool) Flag(string s) => (bool.TryParse(s, out var v), v);

        var stepped = string.Equals(Text("Speed")?.Trim(), "max", StringComparison.OrdinalIgnoreCase);
        var secret = Text("AppSecret");
        if (string.IsNullOrWhiteSpace(secret))
        {
            problems.Add("AppSecret: no app secret is set; give --AppSecret=... or the environment variable Sandbox__AppSecret.");
        }

        return new SandboxOptions
        {
            Urls = Text("Urls") ?? defaults.Urls,
            Seed = Read("Seed", defaults.Seed, "a whole number of 0 or more",
                s => (ulong.TryParse(s, NumberStyles.None, CultureInfo.InvariantCulture, out var v), v)),
            Stepped = stepped,
            Speed = stepped ? 1 : Read("Speed", defaults.Speed, "a number above 0 (business seconds per system second) or 'max'",
                s => (double.TryParse(s, NumberStyles.Float, CultureInfo.InvariantCulture, out var v) && v > 0 && double.IsFinite(v), v)),
            StartAt = Read("StartAt", defaults.StartAt, "an ISO 8601 instant such as 2026-11-20T08:00:00Z",
                s => (DateTimeOffset.TryParse(s, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var v), (DateTimeOffset?)v)),
            Profile = Read("Profile", defaults.Profile, "one of 2025, 2026, dev, open", s => (s is "2025" or "2026" or "dev" or "open", s)),
            LimiterOnBusinessTime = Read("LimiterClock", defaults.LimiterOnBusinessTime, "'system' or 'business'",
                s => (s is "system" or "business", s == "business")),
            ChargeRepeatedPurchase = Read("RepeatPurchase", defaults.ChargeRepeatedPurchase, "'refuse' or 'charge'",
                s => (s is "refuse" or "charge", s == "charge")),
            SignatureWindowSeconds = Read("SignatureWindowSeconds", defaults.SignatureWindowSeconds, "a whole number of seconds", Whole),
            VisibilitySeconds = Read("VisibilitySeconds", defaults.VisibilitySeconds, "a number of seconds of 0 or more",
                s => (double.TryParse(s, NumberStyles.Float, CultureInfo.InvariantCulture, out var v) && v >= 0 && double.IsFinite(v), v)),
            AppKey = Text("AppKey") ?? defaults.AppKey,
            AppSecret = secret ?? "",
            HoldSeconds = Read("HoldSeconds", defaults.HoldSeconds, "a whole number of seconds", Whole),
            Api202512 = Read("Api202512", defaults.Api202512, "'true' or 'false'", Flag),
            DocumentDelaySeconds = Read("DocumentDelaySeconds", defaults.DocumentDelaySeconds, "a whole number of seconds", Whole),
            AccessTokenSeconds = Read("AccessTokenSeconds", defaults.AccessTokenSeconds, "a whole number of seconds", WholeLong),
            RefreshTokenSeconds = Read("RefreshTokenSeconds", defaults.RefreshTokenSeconds, "a whole number of seconds", WholeLong),
            RefusePurchaseOnPendingCancel = Read("RefusePurchaseOnPendingCancel", defaults.RefusePurchaseOnPendingCancel, "'true' or 'false'", Flag),
            AutoCancel = Read("AutoCancel", defaults.AutoCancel, "'true' or 'false'", Flag),
            WebhookConcurrency = Read("WebhookConcurrency", defaults.WebhookConcurrency, "a whole number from 1",
                s => (int.TryParse(s, NumberStyles.None, CultureInfo.InvariantCulture, out var v) && v >= 1, v)),
        };
    }

    /// <summary>Tries every address once, so that a taken port is reported together with all other problems.</summary>
    public void CheckAddresses(List<string> problems)
    {
        foreach (var url in Urls.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            if (!Uri.TryCreate(url, UriKind.Absolute, out var address) || address.Scheme is not "http")
            {
                problems.Add($"Urls: '{url}' is not an http address such as http://127.0.0.1:8090.");
                continue;
            }

            var ip = IPAddress.TryParse(address.Host.Trim('[', ']'), out var parsed) ? parsed : IPAddress.Loopback;
            using var listener = new TcpListener(ip, address.Port);
            try
            {
                listener.Start();
            }
            catch (SocketException e) when (e.SocketErrorCode == SocketError.AddressAlreadyInUse)
            {
                problems.Add($"Urls: port {address.Port} is already in use; stop the process that has it or choose another with --urls.");
            }
            catch (SocketException e)
            {
                problems.Add($"Urls: cannot listen on {url} ({e.SocketErrorCode}); choose another address with --urls.");
            }
        }
    }
}
