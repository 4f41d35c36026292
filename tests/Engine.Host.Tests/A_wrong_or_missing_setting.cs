using System.Net;
using System.Net.Sockets;
using Engine.Testing;

namespace Engine.Host.Tests;

/// <summary>Issue 2: each stops the start with one sentence that says what to do, all of them at once. Real processes.</summary>
public sealed class A_wrong_or_missing_setting
{
    private readonly string folder = RunFolder.Create("engine-host-test-").FullName;

    [Fact]
    public async Task No_app_secret()
    {
        var settings = Settings();
        settings.Remove("TikTok__AppSecret");

        var problem = Assert.Single(await ProblemsAsync(settings));

        Assert.Contains("AppSecret is missing", problem, StringComparison.Ordinal);
        Assert.Contains("copy the app secret from the developer portal", problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_connection_string_that_is_none()
    {
        var problem = Assert.Single(await ProblemsAsync(Settings(("ConnectionStrings__Engine", "this is not one; Password=hunter2"))));

        Assert.Contains("ConnectionStrings__Engine cannot be read as a connection string: write it like", problem, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_database_that_does_not_answer()
    {
        var problem = Assert.Single(await ProblemsAsync(
            Settings(("ConnectionStrings__Engine", $"Host=127.0.0.1;Port={HostUnderTest.FreePort()};Database=engine;Username=engine;Password=hunter2;Timeout=3"))));

        Assert.Contains("cannot be reached", problem, StringComparison.Ordinal);
        Assert.Contains("leave the setting away to use a private one", problem, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_port_in_use()
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        var port = ((IPEndPoint)other.LocalEndpoint).Port;

        var problem = Assert.Single(await ProblemsAsync(Settings(("ENGINE_HTTP", $"http://127.0.0.1:{port}"))));

        Assert.Contains($"port {port} is in use: end what listens there or choose another port", problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_silo_port_in_use()
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        var port = ((IPEndPoint)other.LocalEndpoint).Port;

        var problem = Assert.Single(await ProblemsAsync(Settings(("ENGINE_SILO_PORT", $"{port}"))));

        Assert.Contains($"ENGINE_SILO_PORT is {port}", problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task No_PostgreSQL_programs()
    {
        var problem = Assert.Single(await ProblemsAsync(Settings(("ENGINE_POSTGRES_BIN", folder))));

        Assert.Contains("does not hold PostgreSQL's server programs", problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ENGINE_KILL_POINT", "P4")]
    [InlineData("ENGINE_FREEZE_POINTS", "P0,P1")]
    [InlineData("ENGINE_CLOCK_AHEAD_MS", "400")]
    public async Task A_kill_point_towards_the_real_platform(string setting, string points)
    {
        var problem = Assert.Single(await ProblemsAsync(Settings((setting, points))));

        Assert.Contains("for tests against a sandbox on this machine, but the marketplace is https://", problem, StringComparison.Ordinal);
        Assert.Matches("leave (it|them) away", problem);
    }

    [Theory]
    [InlineData("P2")]
    [InlineData("P4:0")]
    [InlineData("P4,P4:2")]
    public async Task A_kill_point_that_is_none(string points)
    {
        const string sandbox = "http://127.0.0.1:8090/";

        var problem = Assert.Single(await ProblemsAsync(Settings(("ENGINE_KILL_POINT", points), ("TikTok__ApiBaseUrl", sandbox), ("TikTok__AuthBaseUrl", sandbox))));

        Assert.Contains($"ENGINE_KILL_POINT is '{points}': give points such as P0,P4:2", problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_folder_that_cannot_be_written()
    {
        // A file in the folder's place: not even root can write below it.
        var file = Path.Combine(folder, "file");
        await File.WriteAllTextAsync(file, "");

        var problem = Assert.Single(await ProblemsAsync(Settings(("ENGINE_DATA", Path.Combine(file, "data")))));

        Assert.Contains("cannot be written", problem, StringComparison.Ordinal);
        Assert.Contains("choose another with ENGINE_DATA", problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_key_ring_that_holds_no_key()
    {
        var problem = Assert.Single(await ProblemsAsync(Settings(("ENGINE_MASTER_KEY", "k1:tooshort"))));

        Assert.Contains("ENGINE_MASTER_KEY cannot be used", problem, StringComparison.Ordinal);
        Assert.DoesNotContain("tooshort", problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_secret_file_that_is_not_there()
    {
        var settings = Settings(("TikTok__AppSecret_FILE", Path.Combine(folder, "absent")));

        Assert.Contains(await ProblemsAsync(settings), p => p.Contains("TikTok__AppSecret_FILE names", StringComparison.Ordinal));
    }

    [Fact]
    public async Task All_problems_are_named_at_once()
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        var settings = Settings(
            ("ENGINE_HTTP", $"http://127.0.0.1:{((IPEndPoint)other.LocalEndpoint).Port}"),
            ("ENGINE_POSTGRES_BIN", folder),
            ("Budgets__PerSecond", "51"),
            ("Fulfillment__VisibilityBoundSeconds", "soon"));
        settings.Remove("TikTok__AppSecret");
        settings.Remove("TikTok__AppKey");

        var problems = await ProblemsAsync(settings);

        Assert.Equal(6, problems.Count);
        Assert.Contains(problems, p => p.Contains("Budgets__PerSecond is '51': give calls per second from 0.001 to 50", StringComparison.Ordinal));
    }

    private Dictionary<string, string?> Settings(params (string Key, string Value)[] changes)
    {
        var settings = HostUnderTest.Settings(Path.Combine(folder, "data"), HostUnderTest.FreePort());
        foreach (var (key, value) in changes)
        {
            settings[key] = value;
        }

        return settings;
    }

    private static async Task<List<string>> ProblemsAsync(IReadOnlyDictionary<string, string?> settings)
    {
        await using var host = HostUnderTest.Start(settings);
        var exit = await host.ExitAsync();
        Assert.True(exit == 2, $"Expected exit code 2, got {exit}:\n{host.Output}");
        Assert.DoesNotContain("   at ", host.Output, StringComparison.Ordinal);
        return [.. host.Output.Split('\n').Where(l => l.StartsWith("- ", StringComparison.Ordinal))];
    }
}
