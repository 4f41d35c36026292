using System.Net;
using System.Net.Sockets;

namespace Engine.Testing.Postgres;

/// <summary>Stands between client and server. Armed, it lets the next question through, swallows the answer and cuts the line: the effect is there, the answer is not.</summary>
public sealed class CuttingProxy : IAsyncDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource stopping = new();
    private readonly IPEndPoint target;
    private readonly Task accepting;
    private volatile bool armed;

    public CuttingProxy(string host, int port)
    {
        target = new IPEndPoint(IPAddress.Parse(host), port);
        listener.Start();
        accepting = Task.Run(AcceptAsync);
    }

    public int Port => ((IPEndPoint)listener.LocalEndpoint).Port;

    /// <summary>How many answers were swallowed.</summary>
    public int Cuts { get; private set; }

    /// <summary>The next answer of the server on any line is swallowed.</summary>
    public void CutNextAnswer() => armed = true;

    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync();
        listener.Stop();
        await accepting;
        stopping.Dispose();
    }

    private async Task AcceptAsync()
    {
        var lines = new List<Task>();
        try
        {
            while (true)
            {
                var client = await listener.AcceptTcpClientAsync(stopping.Token);
                lines.Add(Task.Run(() => ServeAsync(client)));
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            await Task.WhenAll(lines);
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using var server = new TcpClient();
        using (client)
        {
            try
            {
                await server.ConnectAsync(target, stopping.Token);
                var up = CopyAsync(client.GetStream(), server.GetStream(), cuts: false);
                var down = CopyAsync(server.GetStream(), client.GetStream(), cuts: true);
                await Task.WhenAny(up, down);
                client.Close();
                server.Close();
                await Task.WhenAll(up, down);
            }
            catch (Exception e) when (e is OperationCanceledException or SocketException or IOException or ObjectDisposedException)
            {
                // The line is down: that is what this is for.
            }
        }
    }

    private async Task CopyAsync(NetworkStream from, NetworkStream to, bool cuts)
    {
        var buffer = new byte[64 * 1024];
        while (await from.ReadAsync(buffer, stopping.Token) is var read and > 0)
        {
            if (cuts && armed)
            {
                armed = false;
                Cuts++;
                return;
            }

            await to.WriteAsync(buffer.AsMemory(0, read), stopping.Token);
        }
    }
}
