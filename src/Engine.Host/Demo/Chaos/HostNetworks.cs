using System.Globalization;
using System.Net;

namespace Engine.Host.Demo.Chaos;

/// <summary>A network namespace for each host, joined by a bridge, so that hosts can be cut off from each other and from nothing else.</summary>
/// <remarks>Within its namespace a host finds the sandbox on loopback, as everywhere (plain http is spoken with nothing else): a relay of ours listens there.
/// PostgreSQL is reached through its Unix socket, which knows no namespaces. Needs the right to administer networks.</remarks>
internal sealed class HostNetworks : IAsyncDisposable
{
    private readonly string bridge = string.Create(CultureInfo.InvariantCulture, $"engbr{Environment.ProcessId}");
    private readonly int hosts;
    private readonly List<LoopbackRelay> relays = [];

    private HostNetworks(int hosts) => this.hosts = hosts;

    /// <summary>The first three numbers of every address; a run's own.</summary>
    public string Prefix { get; } = string.Create(CultureInfo.InvariantCulture, $"10.{128 + (Environment.ProcessId / 254 % 100)}.{Environment.ProcessId % 254}");

    public IPAddress AddressOf(int host) => IPAddress.Parse(string.Create(CultureInfo.InvariantCulture, $"{Prefix}.{10 + host}"));

    /// <summary>Program and first arguments that start something in the host's namespace, under the process id of `ip` itself.</summary>
    public string[] Enter(int host) => ["ip", "netns", "exec", NameOf(host)];

    /// <returns>Null where this user, or this machine, has no namespaces to give.</returns>
    public static async Task<HostNetworks?> TryMakeAsync(int hosts, int sandboxPort)
    {
        var made = new HostNetworks(hosts);
        if (await Tool.TryAsync("ip", "link", "add", made.bridge, "type", "bridge") is not null)
        {
            return null;
        }

        try
        {
            await Tool.RunAsync("ip", "addr", "add", $"{made.Prefix}.1/24", "dev", made.bridge);
            await Tool.RunAsync("ip", "link", "set", made.bridge, "up");
            for (var host = 1; host <= hosts; host++)
            {
                var name = made.NameOf(host);
                await Tool.RunAsync("ip", "netns", "add", name);
                await Tool.RunAsync("ip", "link", "add", name, "type", "veth", "peer", "name", "eth0", "netns", name);
                await Tool.RunAsync("ip", "link", "set", name, "master", made.bridge);
                await Tool.RunAsync("ip", "link", "set", name, "up");
                await Tool.RunAsync("ip", "-n", name, "addr", "add", $"{made.AddressOf(host)}/24", "dev", "eth0");
                await Tool.RunAsync("ip", "-n", name, "link", "set", "eth0", "up");
                await Tool.RunAsync("ip", "-n", name, "link", "set", "lo", "up");
                made.relays.Add(LoopbackRelay.Start(name, sandboxPort));
            }

            return made;
        }
        catch (InvalidOperationException)
        {
            await made.DisposeAsync();
            return null;
        }
    }

    /// <summary>From now on frames between this host and the others go to an address that nobody has: nothing is refused, all is silent.</summary>
    public Task CutAsync(int host) => ForOthersAsync(host, (name, address) =>
        Tool.RunAsync("ip", "-n", name, "neigh", "replace", address.ToString(), "lladdr", "02:00:00:00:00:01", "dev", "eth0", "nud", "permanent"));

    public Task JoinAsync(int host) => ForOthersAsync(host, (name, address) => Tool.TryAsync("ip", "-n", name, "neigh", "del", address.ToString(), "dev", "eth0"));

    public async ValueTask DisposeAsync()
    {
        foreach (var relay in relays)
        {
            await relay.DisposeAsync();
        }

        for (var host = 1; host <= hosts; host++)
        {
            await Tool.TryAsync("ip", "netns", "del", NameOf(host));
        }

        await Tool.TryAsync("ip", "link", "del", bridge);
    }

    private async Task ForOthersAsync(int host, Func<string, IPAddress, Task> change)
    {
        foreach (var other in Enumerable.Range(1, hosts).Where(h => h != host))
        {
            await change(NameOf(host), AddressOf(other));
            await change(NameOf(other), AddressOf(host));
        }
    }

    private string NameOf(int host) => string.Create(CultureInfo.InvariantCulture, $"en{Environment.ProcessId}h{host}");
}
