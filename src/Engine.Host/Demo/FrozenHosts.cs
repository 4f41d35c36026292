using System.Globalization;

namespace Engine.Host.Demo;

/// <summary>Wakes hosts that have frozen themselves, once the others have declared them dead and gone on.</summary>
internal sealed class FrozenHosts(IReadOnlyList<HostProcess> hosts, TimeSpan freezeFor)
{
    private readonly Dictionary<int, long> since = [];

    public int Woken { get; private set; }

    public bool Any => since.Count > 0;

    /// <summary>To be called again and again.</summary>
    public void Look()
    {
        foreach (var host in hosts)
        {
            if (!host.IsFrozen)
            {
                since.Remove(host.Number);
            }
            else if (since.TryAdd(host.Number, TimeProvider.System.GetTimestamp()))
            {
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  host {host.Number} (process {host.ProcessId}) has frozen itself; it is woken in {freezeFor.TotalSeconds} s"));
            }
            else if (TimeProvider.System.GetElapsedTime(since[host.Number]) >= freezeFor)
            {
                Console.WriteLine($"  host {host.Number} (process {host.ProcessId}) is woken");
                host.Wake();
                Woken++;
                since.Remove(host.Number);
            }
        }
    }
}
