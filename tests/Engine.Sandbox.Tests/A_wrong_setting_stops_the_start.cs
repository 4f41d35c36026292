using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Engine.Sandbox.Tests;

public sealed class A_wrong_setting_stops_the_start
{
    [Fact]
    public async Task All_problems_are_told_at_once_one_sentence_each_and_the_exit_code_is_2()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var port = ((IPEndPoint)taken.LocalEndpoint).Port;
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "Engine.Sandbox.dll"), $"--urls=http://127.0.0.1:{port}", "--Speed=0", "--Profile=2024", "--StartAt=soon"])
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        };
        start.Environment.Remove("Sandbox__AppSecret");
        using var process = Process.Start(start)!;
        var errors = (await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken)).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(2, process.ExitCode);
        Assert.Equal(5, errors.Length);
        foreach (var word in new[] { "AppSecret", "Speed", "Profile", "StartAt", $"port {port} is already in use" })
        {
            Assert.Single(errors, e => e.Contains(word, StringComparison.Ordinal));
        }
    }
}
