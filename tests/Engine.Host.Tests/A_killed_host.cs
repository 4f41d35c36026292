using System.Net;
using Engine.Testing;

namespace Engine.Host.Tests;

/// <summary>`kill -9` of the host, then a start: stale membership rows, locks and a database left running must not be in the way.</summary>
public sealed class A_killed_host
{
    private readonly string folder = RunFolder.Create("engine-host-test-").FullName;

    [Fact]
    public async Task Starts_again_on_the_same_port_and_on_another()
    {
        var port = HostUnderTest.FreePort();
        await using (var first = HostUnderTest.Start(HostUnderTest.Settings(folder, port)))
        {
            await first.ReadyAsync();
            Assert.Equal(HttpStatusCode.OK, await ReadyOf(port));
            await first.KillAsync();
        }

        await using (var same = HostUnderTest.Start(HostUnderTest.Settings(folder, port)))
        {
            await same.ReadyAsync();
            Assert.Contains("(adopted)", same.Output, StringComparison.Ordinal);
            Assert.Equal(HttpStatusCode.OK, await ReadyOf(port));
            await same.KillAsync();
        }

        var otherPort = HostUnderTest.FreePort();
        await using var other = HostUnderTest.Start(HostUnderTest.Settings(folder, otherPort));
        await other.ReadyAsync();
        Assert.Equal(HttpStatusCode.OK, await ReadyOf(otherPort));
        Assert.Equal(0, await other.StopAsync());
    }

    [Fact]
    public async Task Leaves_its_database_to_a_second_host_and_the_last_one_stops_it()
    {
        var first = HostUnderTest.Start(HostUnderTest.Settings(folder, HostUnderTest.FreePort()));
        await first.ReadyAsync();
        var settings = HostUnderTest.Settings(folder, HostUnderTest.FreePort());
        settings["ENGINE_HOST_NAME"] = "second";
        await using var second = HostUnderTest.Start(settings);
        await second.ReadyAsync();

        Assert.Equal(0, await first.StopAsync());
        await first.DisposeAsync();
        Assert.Equal(HttpStatusCode.OK, await ReadyOf(new Uri(settings["ENGINE_HTTP"]!).Port));

        Assert.Equal(0, await second.StopAsync());
        Assert.False(File.Exists(Path.Combine(folder, "postgres", "data", "postmaster.pid")), "the last host has left its database running");
    }

    [Fact]
    public async Task The_key_ring_is_made_once_and_only_its_owner_can_read_it()
    {
        await using var host = HostUnderTest.Start(HostUnderTest.Settings(folder, HostUnderTest.FreePort()), "doctor");

        Assert.Equal(0, await host.ExitAsync());

        var file = Path.Combine(folder, "master.key");
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, new FileInfo(file).UnixFileMode);
        Assert.DoesNotContain(File.ReadAllText(file).Trim(), host.Output, StringComparison.Ordinal);
    }

    private static async Task<HttpStatusCode> ReadyOf(int port)
    {
        using var http = new HttpClient();
        using var response = await http.GetAsync($"http://127.0.0.1:{port}/health/ready");
        return response.StatusCode;
    }
}
