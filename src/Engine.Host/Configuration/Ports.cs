using System.Net;
using System.Net.Sockets;

namespace Engine.Host.Configuration;

internal static class Ports
{
    public static bool IsFree(IPAddress address, int port) => Try(address, port) is null;

    /// <summary>A port that was free a moment ago.</summary>
    public static int Free(IPAddress address)
    {
        using var probe = new TcpListener(address, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }

    /// <summary>Why nobody could listen there, as half a sentence; null when it is free.</summary>
    public static string? ProblemOf(Uri http)
    {
        var address = http.Host switch
        {
            "localhost" => IPAddress.Loopback,
            "*" or "+" => IPAddress.Any,
            var host => IPAddress.TryParse(host.Trim('[', ']'), out var parsed) ? parsed : null,
        };
        if (address is null)
        {
            return $"'{http.Host}' is no address of this machine's own (give an IP address or localhost)";
        }

        return Try(address, http.Port) switch
        {
            null => null,
            SocketError.AddressAlreadyInUse => $"port {http.Port} is in use",
            SocketError.AccessDenied => $"this user may not listen on port {http.Port}",
            var error => $"listening there fails ({error})",
        };
    }

    private static SocketError? Try(IPAddress address, int port)
    {
        try
        {
            using var probe = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            // As Kestrel does: a port whose last user was killed a moment ago is free.
            probe.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
            probe.Bind(new IPEndPoint(address, port));
            probe.Listen(1);
            return null;
        }
        catch (SocketException e)
        {
            return e.SocketErrorCode;
        }
    }
}
