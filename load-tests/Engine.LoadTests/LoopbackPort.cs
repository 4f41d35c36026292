using System.Net;
using System.Net.Sockets;

namespace Engine.LoadTests;

/// <summary>Ports for the silos of contenders.</summary>
internal static class LoopbackPort
{
    /// <summary>A port that nobody listens on just now.</summary>
    public static int Free()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }
}
