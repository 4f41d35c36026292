using System.Net.Sockets;

namespace Engine.Host.Demo;

/// <summary>Calls to hosts that may be killed at any moment. Where one dies while a connection to it is being made, .NET asks the new socket who is at
/// its other end and lets that error out as it is; here it is a lost connection like every other.</summary>
internal sealed class LostConnections(SocketsHttpHandler sockets) : DelegatingHandler(sockets)
{
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        try
        {
            return await base.SendAsync(request, cancellationToken);
        }
        catch (SocketException e)
        {
            throw new HttpRequestException(HttpRequestError.ConnectionError, e.Message, e);
        }
    }
}
