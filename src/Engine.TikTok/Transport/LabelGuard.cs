using System.Net;
using System.Net.Sockets;

namespace Engine.TikTok.Transport;

/// <summary>Where a label may be fetched from: a link comes from outside, so it must not lead into our own network.</summary>
internal sealed class LabelGuard
{
    private readonly string[] hosts;
    private readonly string? loopbackOrigin;

    public LabelGuard(TikTokOptions options)
    {
        hosts = [.. options.LabelHosts];

        // With the sandbox on this machine, labels come from the API's own origin, and from no other loopback port.
        var api = new Uri(options.ApiBaseUrl);
        loopbackOrigin = api.IsLoopback ? api.Authority : null;
    }

    /// <summary>Null when allowed, otherwise why not.</summary>
    public string? Refuse(Uri url)
    {
        if (!url.IsAbsoluteUri || url.UserInfo.Length > 0)
        {
            return "the link is not a plain absolute address";
        }

        if (loopbackOrigin is not null && string.Equals(url.Authority, loopbackOrigin, StringComparison.OrdinalIgnoreCase))
        {
            return null;
        }

        if (url.Scheme != Uri.UriSchemeHttps)
        {
            return "the link is not https";
        }

        return hosts.Length == 0 || hosts.Any(host => Matches(url.IdnHost, host)) ? null : "the link's host is not on the list";
    }

    /// <summary>Resolves, refuses addresses of private networks, and connects to the very address that was checked.</summary>
    public async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken ct)
    {
        var end = context.DnsEndPoint;
        var addresses = IPAddress.TryParse(end.Host, out var literal) ? [literal] : await Dns.GetHostAddressesAsync(end.Host, ct).ConfigureAwait(false);
        var local = loopbackOrigin is not null
            && string.Equals(context.InitialRequestMessage.RequestUri?.Authority, loopbackOrigin, StringComparison.OrdinalIgnoreCase);
        var allowed = addresses.Where(address => local ? IPAddress.IsLoopback(address) : IsPublic(address)).ToArray();
        if (allowed.Length == 0)
        {
            throw new HttpRequestException(HttpRequestError.ConnectionError, "the host has no address that labels may come from");
        }

        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(allowed, end.Port, ct).ConfigureAwait(false);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Whether an address lies in the public internet, whatever its spelling was.</summary>
    internal static bool IsPublic(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6)
        {
            address = address.MapToIPv4();
        }

        Span<byte> bytes = stackalloc byte[16];
        if (!address.TryWriteBytes(bytes, out var length))
        {
            return false;
        }

        if (length == 4)
        {
            return (bytes[0], bytes[1]) switch
            {
                (0 or 10 or 127, _) => false,
                (100, >= 64 and <= 127) => false,
                (169, 254) => false,
                (172, >= 16 and <= 31) => false,
                (192, 168) => false,
                (192, 0) => bytes[2] is not (0 or 2),
                (198, 18 or 19) => false,
                (198, 51) => bytes[2] != 100,
                (203, 0) => bytes[2] != 113,
                ( >= 224, _) => false,
                _ => true,
            };
        }

        // Only 2000::/3 is public, without 6to4 (2002::/16), Teredo and other 2001::/23 specials and documentation (2001:db8::/32).
        // NAT64, unique-local, link-local, multicast and mapped spellings lie outside of it.
        return (bytes[0] & 0xE0) == 0x20
            && !(bytes[0] == 0x20 && bytes[1] == 0x02)
            && !(bytes[0] == 0x20 && bytes[1] == 0x01 && (bytes[2] < 2 || (bytes[2] == 0x0D && bytes[3] == 0xB8)));
    }

    private static bool Matches(string host, string rule) => rule.StartsWith('.')
        ? host.EndsWith(rule, StringComparison.OrdinalIgnoreCase)
        : string.Equals(host, rule, StringComparison.OrdinalIgnoreCase);
}
