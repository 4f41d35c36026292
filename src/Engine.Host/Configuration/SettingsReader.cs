using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using Engine.Domain.Cancellations;
using Engine.Domain.Orders;
using Engine.Domain.Ports;
using Engine.Grains;
using Engine.Host.KillPoints;
using Engine.Storage.Secrets;
using Engine.TikTok;
using Microsoft.Extensions.Options;
using Npgsql;

namespace Engine.Host.Configuration;

/// <summary>Reads the settings and gathers every problem, one sentence each that says what to do; nothing is opened or started here but what proves a setting.</summary>
internal sealed class SettingsReader(IConfiguration configuration)
{
    public const string ExplicitHttp = "ENGINE_HTTP";
    private const int DefaultSiloPort = 11111;
    private const int DefaultGatewayPort = 30000;

    private readonly List<string> problems = [];

    public IReadOnlyList<string> Problems => problems;

    /// <summary>A connection string was given and cannot be used: no private database is to be started in its stead.</summary>
    public bool IsConnectionStringBroken { get; private set; }

    /// <summary>Usable only without problems.</summary>
    public EngineSettings Read()
    {
        var http = Address(ExplicitHttp, "http://127.0.0.1:8080");
        CheckFree(http);
        var data = Path.GetFullPath(Text("ENGINE_DATA") ?? DefaultDataFolder());
        var writable = CheckWritable("ENGINE_DATA", data);
        var vault = Path.GetFullPath(Text("ENGINE_VAULT") ?? Path.Combine(data, "labels"));
        if (writable || Text("ENGINE_VAULT") is not null)
        {
            CheckWritable("ENGINE_VAULT", vault);
        }

        var fulfillment = Fulfillment();
        var tiktok = TikTok(fulfillment);
        return new EngineSettings
        {
            Http = http,
            Database = new DatabaseSettings(data, ConnectionString(), Text("ENGINE_POSTGRES_BIN")),
            VaultFolder = vault,
            MasterKeys = MasterKeys(data, writable) ?? "",
            Cluster = Cluster(http),
            SandboxClock = Text("ENGINE_SANDBOX_CLOCK") is null ? null : Address("ENGINE_SANDBOX_CLOCK", ""),
            Fulfillment = fulfillment,
            WatermarkLag = Seconds("Intake:WatermarkLagSeconds", new GrainsOptions().WatermarkLag, 60, 3600),
            Budgets = Budgets(),
            TikTok = tiktok,
            Strikes = Strikes(tiktok, data),
            ClockAhead = ClockAhead(tiktok),
        };
    }

    /// <summary>What a command needs that only looks at the database.</summary>
    public DatabaseSettings ReadDatabase() => new(Path.GetFullPath(Text("ENGINE_DATA") ?? DefaultDataFolder()), ConnectionString(), Text("ENGINE_POSTGRES_BIN"));

    private static string DefaultDataFolder() => Environment.IsPrivilegedProcess && OperatingSystem.IsLinux()
        ? "/var/lib/engine"
        : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.Create), "engine");

    private string? Text(string key) => string.IsNullOrWhiteSpace(configuration[key]) ? null : configuration[key]!.Trim();

    /// <summary>The setting, or the content of the file named by the setting with `_FILE` behind its name.</summary>
    private string? Secret(string key)
    {
        if (Text(key + "_FILE") is not { } file)
        {
            return Text(key);
        }

        try
        {
            return File.ReadAllText(file).Trim();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            problems.Add($"{EnvironmentName(key)}_FILE names '{file}', which cannot be read ({e.Message.TrimEnd('.')}): correct the path or the file's rights.");
            return null;
        }
    }

    private static string EnvironmentName(string key) => key.Replace(":", "__", StringComparison.Ordinal);

    private Uri Address(string key, string fallback)
    {
        var text = Text(key) ?? fallback;
        if (Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https" && uri.AbsolutePath == "/")
        {
            return uri;
        }

        problems.Add($"{key} is '{text}', which is no address of a host and port: give one like http://127.0.0.1:8080.");
        return new Uri(fallback.Length > 0 ? fallback : "http://127.0.0.1:1");
    }

    private void CheckFree(Uri http)
    {
        if (http.Scheme != "http")
        {
            problems.Add($"{ExplicitHttp} is '{http}': the engine speaks plain http behind your proxy, so give an http address.");
        }
        else if (Ports.ProblemOf(http) is { } problem)
        {
            problems.Add($"{ExplicitHttp} is {http.GetLeftPart(UriPartial.Authority)}, but {problem}: end what listens there or choose another port.");
        }
    }

    private bool CheckWritable(string key, string folder)
    {
        if (Folders.ProblemOf(folder) is not { } problem)
        {
            return true;
        }

        problems.Add($"The folder '{folder}' cannot be written ({problem}): give this user the right to it, or choose another with {key}.");
        return false;
    }

    private string? ConnectionString()
    {
        const string key = "ConnectionStrings:Engine";
        if (Secret(key) is not { } text)
        {
            return null;
        }

        try
        {
            var parsed = new NpgsqlConnectionStringBuilder(text);
            if (string.IsNullOrWhiteSpace(parsed.Host) || string.IsNullOrWhiteSpace(parsed.Database))
            {
                IsConnectionStringBroken = true;
                problems.Add($"{EnvironmentName(key)} names no host or no database: write it like 'Host=db;Database=engine;Username=engine;Password=...'.");
                return null;
            }

            return text;
        }
        catch (Exception e) when (e is ArgumentException or FormatException or KeyNotFoundException)
        {
            IsConnectionStringBroken = true;
            // The parser's message may quote the text, which holds a password: it is not repeated.
            problems.Add($"{EnvironmentName(key)} cannot be read as a connection string: write it like 'Host=db;Database=engine;Username=engine;Password=...'.");
            return null;
        }
    }

    private string? MasterKeys(string data, bool writable)
    {
        const string key = "ENGINE_MASTER_KEY";
        var file = Path.Combine(data, "master.key");
        var text = Secret(key);
        if (text is null && Text(key + "_FILE") is null && writable)
        {
            try
            {
                text = MasterKeyFile.ReadOrMake(file);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                problems.Add($"The master key in '{file}' can neither be read nor made ({e.Message.TrimEnd('.')}): correct the file's rights or give {key}.");
            }
        }

        if (text is null)
        {
            return null;
        }

        try
        {
            _ = KeyRing.Parse(text);
            return text;
        }
        catch (FormatException e)
        {
            problems.Add($"{key} cannot be used: {e.Message}");
            return null;
        }
    }

    private ClusterSettings Cluster(Uri http)
    {
        var addressText = Text("ENGINE_CLUSTER_ADDRESS") ?? "127.0.0.1";
        if (!IPAddress.TryParse(addressText, out var address))
        {
            problems.Add($"ENGINE_CLUSTER_ADDRESS is '{addressText}': give the IP address by which other hosts reach this one.");
            address = IPAddress.Loopback;
        }

        return new ClusterSettings(
            Text("ENGINE_HOST_NAME") ?? $"{Environment.MachineName}-{http.Port}",
            address,
            Port("ENGINE_SILO_PORT", DefaultSiloPort, address),
            Port("ENGINE_GATEWAY_PORT", DefaultGatewayPort, address),
            Text("ENGINE_CLUSTER_ID") ?? "engine");
    }

    /// <summary>What was asked for must be free; the default gives way to a free port.</summary>
    private int Port(string key, int standard, IPAddress address)
    {
        if (Text(key) is not { } text)
        {
            return Ports.IsFree(address, standard) ? standard : Ports.Free(address);
        }

        if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port) || port is < 0 or > 65535)
        {
            problems.Add($"{key} is '{text}': give a port from 1 to 65535, or 0 for any free one.");
            return standard;
        }

        if (port == 0)
        {
            return Ports.Free(address);
        }

        if (!Ports.IsFree(address, port))
        {
            problems.Add($"{key} is {port}, but that port of {address} is in use: end what listens there, choose another, or leave it away.");
        }

        return port;
    }

    private FulfillmentPolicy Fulfillment()
    {
        var standard = new FulfillmentPolicy();
        return standard with
        {
            SignatureWindow = Seconds("Fulfillment:SignatureWindowSeconds", standard.SignatureWindow, 1, 300),
            RequestTimeout = Seconds("Fulfillment:RequestTimeoutSeconds", standard.RequestTimeout, 0.05, 60),
            ClockSkewBound = Seconds("Fulfillment:ClockSkewBoundSeconds", standard.ClockSkewBound, 0, 60),
            VisibilityBound = Seconds("Fulfillment:VisibilityBoundSeconds", standard.VisibilityBound, 0, 3600),
            MaxReadAge = Seconds("Fulfillment:MaxReadAgeSeconds", standard.MaxReadAge, 1, 30),
            ParkUnknownAfter = Seconds("Fulfillment:ParkUnknownAfterSeconds", standard.ParkUnknownAfter, 1, 86_400),
            ScanAlarmMargin = Seconds("Fulfillment:ScanAlarmMarginSeconds", standard.ScanAlarmMargin, 0, 604_800),
            AutoCancelMargin = Seconds("Fulfillment:AutoCancelMarginSeconds", standard.AutoCancelMargin, 0, 604_800),
            RereadEvery = Seconds("Fulfillment:RereadEverySeconds", standard.RereadEvery, 60, 86_400),
            ReplansMax = (int)Number("Fulfillment:ReplansMax", standard.ReplansMax, 0, 100, "a whole number"),
            Cancellation = Cancellation("Fulfillment:Cancellation", standard.Cancellation, out var cancellation),
            CancellationByShop = CancellationByShop(cancellation),
        };
    }

    /// <summary>`Fulfillment__Cancellation__Shops__SHOP__Rule` and its neighbours; what a shop does not set is the installation's.</summary>
    private ImmutableDictionary<ShopId, CancellationPolicy> CancellationByShop(CancellationPolicy standard)
    {
        var shops = ImmutableDictionary.CreateBuilder<ShopId, CancellationPolicy>();
        foreach (var section in configuration.GetSection("Fulfillment:Cancellation:Shops").GetChildren())
        {
            if (!ShopId.IsValid(section.Key))
            {
                problems.Add($"{EnvironmentName(section.Path)} names no shop: a shop's id has 1 to 40 of a-z, 0-9 and '-'.");
                continue;
            }

            shops[new ShopId(section.Key)] = Cancellation(section.Path, standard, out _);
        }

        return shops.ToImmutable();
    }

    private CancellationPolicy Cancellation(string key, CancellationPolicy standard, out CancellationPolicy read) => read = standard with
    {
        Rule = Word($"{key}:Rule", standard.Rule, ("ship_if_packed", CancellationRule.ShipIfPacked), ("honour", CancellationRule.Honour), ("ask", CancellationRule.Ask)),
        Fallback = Word($"{key}:Fallback", standard.Fallback, ("approve", CancellationAnswer.Approve), ("reject", CancellationAnswer.Reject)),
        DecideBeforeEnd = Seconds($"{key}:DecideBeforeEndSeconds", standard.DecideBeforeEnd, 60, 86_400),
        AnswerWindow = Seconds($"{key}:AnswerWindowSeconds", standard.AnswerWindow, 3600, 172_800),
        RefusalsMax = (int)Number($"{key}:RefusalsMax", standard.RefusalsMax, 1, 100, "a whole number"),
    };

    private T Word<T>(string key, T standard, params (string Word, T Value)[] words)
    {
        if (Text(key) is not { } text)
        {
            return standard;
        }

        foreach (var (word, value) in words)
        {
            if (word == text)
            {
                return value;
            }
        }

        problems.Add($"{EnvironmentName(key)} is '{text}': give {string.Join(" or ", words.Select(w => w.Word))}.");
        return standard;
    }

    private BudgetSettings Budgets()
    {
        // A load test opens the sandbox's limits wide; towards anything else the ceiling is hard.
        var ceiling = Text("ENGINE_SANDBOX_CLOCK") is null ? BudgetSettings.PerSecondCeiling : BudgetSettings.SandboxCeiling;
        var everything = Text("Budgets:PerSecond") is null
            ? (double?)null
            : Number("Budgets:PerSecond", 1, 0.001, ceiling, "calls per second");
        var rates = Enum.GetValues<MarketplaceApi>().ToDictionary(
            api => api,
            api => Number(
                $"Budgets:{api}",
                everything ?? (BudgetSettings.IsWrite(api) ? BudgetSettings.WritesPerSecond : BudgetSettings.ReadsPerSecond),
                0.001,
                ceiling,
                "calls per second"));
        var clock = Text("ENGINE_BUDGET_CLOCK") ?? "system";
        if (clock is not ("system" or "business"))
        {
            problems.Add($"ENGINE_BUDGET_CLOCK is '{clock}': set it to system, or, where the platform is a sandbox that does likewise, to business.");
        }

        return new BudgetSettings(rates, clock == "business", Seconds("Budgets:SearchSpacingSeconds", TimeSpan.FromSeconds(1), 0.01, 60));
    }

    private StrikeSettings Strikes(TikTokOptions marketplace, string data)
    {
        var kill = Points("ENGINE_KILL_POINT");
        var freeze = Points("ENGINE_FREEZE_POINTS");
        var strikes = new StrikeSettings(kill, freeze, Path.Combine(data, "strikes"));
        if (!strikes.IsNone && Elsewhere(marketplace) is { } address)
        {
            problems.Add($"ENGINE_KILL_POINT and ENGINE_FREEZE_POINTS end or freeze this process in the midst of a purchase, for tests against a sandbox on this machine, but the marketplace is {address}: leave them away.");
        }

        return strikes;
    }

    private TimeSpan ClockAhead(TikTokOptions marketplace)
    {
        if (Text("ENGINE_CLOCK_AHEAD_MS") is not { } text)
        {
            return TimeSpan.Zero;
        }

        if (!int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var milliseconds))
        {
            problems.Add($"ENGINE_CLOCK_AHEAD_MS is '{text}': set it to a whole number of milliseconds (negative: behind), or leave it away.");
        }
        else if (milliseconds != 0 && Elsewhere(marketplace) is { } address)
        {
            problems.Add($"ENGINE_CLOCK_AHEAD_MS makes this process's clocks wrong, for tests against a sandbox on this machine, but the marketplace is {address}: leave it away.");
        }

        return TimeSpan.FromMilliseconds(milliseconds);
    }

    /// <summary>An address of the marketplace that is not on this machine; null: it is a sandbox beside us.</summary>
    private static string? Elsewhere(TikTokOptions marketplace)
    {
        string[] addresses = [marketplace.ApiBaseUrl, marketplace.AuthBaseUrl];
        return addresses.FirstOrDefault(a => !Uri.TryCreate(a, UriKind.Absolute, out var uri) || !uri.IsLoopback);
    }

    private ImmutableDictionary<KillPoint, int> Points(string key)
    {
        if (Text(key) is not { } text)
        {
            return ImmutableDictionary<KillPoint, int>.Empty;
        }

        if (KillPointNames.Read(text) is { } points)
        {
            return points;
        }

        problems.Add($"{key} is '{text}': give points such as P0,P4:2 out of {string.Join(", ", KillPointNames.Names)}, each once (P2 and P3 lie at the marketplace: the sandbox kills there).");
        return ImmutableDictionary<KillPoint, int>.Empty;
    }

    private TimeSpan Seconds(string key, TimeSpan standard, double min, double max) =>
        TimeSpan.FromSeconds(Number(key, standard.TotalSeconds, min, max, "seconds"));

    private double Number(string key, double standard, double min, double max, string unit)
    {
        if (Text(key) is not { } text)
        {
            return standard;
        }

        if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && value >= min && value <= max)
        {
            return value;
        }

        problems.Add(string.Create(CultureInfo.InvariantCulture, $"{EnvironmentName(key)} is '{text}': give {unit} from {min} to {max}."));
        return standard;
    }

    /// <summary>The client's own rules judge its options; the purchase's fence and the client share one window and one time-out.</summary>
    private TikTokOptions TikTok(FulfillmentPolicy fulfillment)
    {
        var options = new TikTokOptions { SignatureWindow = fulfillment.SignatureWindow, PurchaseTimeout = fulfillment.RequestTimeout };
        try
        {
            configuration.GetSection("TikTok").Bind(options);
        }
        catch (InvalidOperationException e)
        {
            problems.Add($"A setting below TikTok__ cannot be read ({(e.InnerException ?? e).Message.TrimEnd('.')}): correct it or leave it away.");
        }

        options.AppSecret = Secret("TikTok:AppSecret") ?? "";
        using var rules = new ServiceCollection().AddEngineTikTok(_ => { }).BuildServiceProvider();
        foreach (var rule in rules.GetServices<IValidateOptions<TikTokOptions>>())
        {
            problems.AddRange(rule.Validate(null, options).Failures ?? []);
        }

        if (options.PurchaseTimeout > fulfillment.RequestTimeout || options.SignatureWindow != fulfillment.SignatureWindow)
        {
            problems.Add("TikTok__PurchaseTimeout and TikTok__SignatureWindow belong to the fence against double purchases: set Fulfillment__RequestTimeoutSeconds and Fulfillment__SignatureWindowSeconds instead.");
        }

        return options;
    }
}
