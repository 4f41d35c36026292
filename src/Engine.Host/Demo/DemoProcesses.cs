using System.Globalization;
using System.Security.Cryptography;
using Engine.Host.Demo.Chaos;
using Engine.Host.Demo.Recovery;
using Engine.Host.Verification;
using Npgsql;

namespace Engine.Host.Demo;

/// <summary>Starts the sandbox and the hosts of a run, each with the same numbers on both sides.</summary>
internal sealed class DemoProcesses(DemoOptions options, DemoFolder folder, Fence fence, string connectionString, HostNetworks? networks = null)
{
    private const string AppKey = "demo-app";

    /// <summary>The sandbox's '2025' profile, and the hard ceiling of the host (design 3).</summary>
    public const double CallsPerSecond = 50;

    /// <summary>More than this machine can make.</summary>
    private const double WideOpen = 100_000;

    private const int ShortLivesMax = 5;
    private const int ShortLivesInChaosMax = 100;

    private readonly string appSecret = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(20));

    /// <summary>What no log and no table may hold.</summary>
    public IReadOnlyList<Canary> Secrets =>
    [
        new("the app secret", appSecret),
        new("the master key", File.ReadAllText(folder.MasterKeyFile).Trim()),
        new("the database's password", new NpgsqlConnectionStringBuilder(connectionString).Password ?? ""),
    ];

    public ChildProcess StartSandbox()
    {
        // `repeat_purchase = charge`: only the engine can prevent a second label.
        var arguments = new List<string>
        {
            Setting("urls", options.SandboxAddress.GetLeftPart(UriPartial.Authority)),
            Setting("Seed", options.Seed),
            Setting("Speed", options.SpeedText),
            Setting("Profile", options.Rate is null ? "2025" : "open"),
            Setting("LimiterClock", options.IsStepped ? "business" : "system"),
            Setting("RepeatPurchase", "charge"),
            Setting("SignatureWindowSeconds", fence.SignatureWindow),
            Setting("AppKey", AppKey),
        };
        if (options.Chaos is not null)
        {
            // Effects may come late within the bound that the engine counts on (A2).
            arguments.Add(Setting("VisibilitySeconds", fence.Visibility));
        }

        if (options.Rate is not null)
        {
            arguments.Add(Setting("HoldSeconds", 0));
            arguments.Add(Setting("DocumentDelaySeconds", 0));
        }

        return ChildProcess.Start(
            options.SandboxProgram, arguments, new Dictionary<string, string> { ["Sandbox__AppSecret"] = appSecret }, folder.LogOf("sandbox"));
    }

    public HostProcess StartHost(int number)
    {
        var environment = new Dictionary<string, string>
        {
            ["ENGINE_HTTP"] = options.HostAddress(number).GetLeftPart(UriPartial.Authority),
            ["ENGINE_DATA"] = folder.HostData,
            ["ENGINE_HOST_NAME"] = NameOf(number),
            ["ENGINE_SILO_PORT"] = "0",
            ["ENGINE_GATEWAY_PORT"] = "0",
            ["ENGINE_SANDBOX_CLOCK"] = options.SandboxAddress.ToString(),
            ["ENGINE_BUDGET_CLOCK"] = options.IsStepped ? "business" : "system",
            ["ConnectionStrings__Engine"] = connectionString,
            ["TikTok__AppKey"] = AppKey,
            ["TikTok__AppSecret"] = appSecret,
            ["TikTok__ApiBaseUrl"] = options.SandboxAddress.ToString(),
            ["TikTok__AuthBaseUrl"] = options.SandboxAddress.ToString(),
            ["Fulfillment__SignatureWindowSeconds"] = Text(fence.SignatureWindow),
            ["Fulfillment__VisibilityBoundSeconds"] = Text(fence.Visibility),
            ["Fulfillment__RequestTimeoutSeconds"] = Text(fence.RequestTimeout),
            ["Fulfillment__ClockSkewBoundSeconds"] = Text(fence.ClockSkew),
            ["Intake__WatermarkLagSeconds"] = Text(options.WatermarkLag.TotalSeconds),

            // One shop honours buyers' requests to cancel, the others ship what is packed.
            ["Fulfillment__Cancellation__Shops__demo-2__Rule"] = "honour",
            ["Budgets__PerSecond"] = Text(options.Rate is null ? CallsPerSecond : WideOpen),

            // Connecting hundreds of shops at once and sweeping them all is this tool's doing, not an ERP's.
            ["FrontDoor__RequestsPerSecond"] = "10000",
            ["FrontDoor__RequestsBurst"] = "10000",
            ["FrontDoor__ShopRefreshSpacing"] = "00:00:00.050",

            // Only where a balancer looks at readiness need it be seen, several times.
            ["FrontDoor__DrainTime"] = (options.Recovery is null ? TimeSpan.Zero : Balancer.LookEvery * 6).ToString("c", CultureInfo.InvariantCulture),
        };
        if (options.KillPoints is { } kill)
        {
            environment["ENGINE_KILL_POINT"] = kill;
        }

        if (options.FreezePoints is { } freeze)
        {
            environment["ENGINE_FREEZE_POINTS"] = freeze;
        }

        if (options.Chaos is not null)
        {
            environment["ENGINE_CLOCK_AHEAD_MS"] = Text(Math.Round(ChaosSchedule.ClockAhead(options.Seed, number, TimeSpan.FromSeconds(fence.ClockSkew)).TotalMilliseconds));
        }

        string[] program = [Environment.ProcessPath!];
        if (networks is not null)
        {
            environment["ENGINE_CLUSTER_ADDRESS"] = networks.AddressOf(number).ToString();
            program = [.. networks.Enter(number), .. program];
        }

        return new HostProcess(
            number,
            () => ChildProcess.Start(program[0], program[1..], environment, folder.LogOf(NameOf(number))),
            options.Chaos is null ? ShortLivesMax : ShortLivesInChaosMax);
    }

    public static string NameOf(int number) => $"host-{number}";

    private static string Setting(string key, object value) => $"--{key}={Convert.ToString(value, CultureInfo.InvariantCulture)}";

    private static string Text(double value) => value.ToString(CultureInfo.InvariantCulture);
}
