using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Engine.TikTok.Tests.Support;

/// <summary>Answers one request a connection, then closes it in an orderly way: at once, or after having read a second request.</summary>
internal sealed class DyingServer : IAsyncDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly Task serving;
    private int requests;
    private int connections;

    public DyingServer(string body, bool readsSecondRequest)
    {
        listener.Start();
        serving = ServeAsync(body, readsSecondRequest);
    }

    public string Url => $"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}";

    /// <summary>Requests read to their end.</summary>
    public int Requests => Volatile.Read(ref requests);

    public int Connections => Volatile.Read(ref connections);

    public async ValueTask DisposeAsync()
    {
        listener.Stop();
        await serving;
    }

    private async Task ServeAsync(string body, bool readsSecondRequest)
    {
        var clients = new List<Task>();
        while (true)
        {
            TcpClient client;
            try
            {
                client = await listener.AcceptTcpClientAsync();
            }
            catch (Exception e) when (e is SocketException or InvalidOperationException)
            {
                // Stopped, while it accepted or just before.
                await Task.WhenAll(clients);
                return;
            }

            Interlocked.Increment(ref connections);
            clients.Add(ServeAsync(client, body, readsSecondRequest));
        }
    }

    private async Task ServeAsync(TcpClient client, string body, bool readsSecondRequest)
    {
        using (client)
        {
            var stream = client.GetStream();
            if (!await ReadRequestAsync(stream))
            {
                return;
            }

            await stream.WriteAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\n\r\n{body}"));
            if (readsSecondRequest)
            {
                await ReadRequestAsync(stream);
            }
        }
    }

    /// <summary>False when the client hung up first.</summary>
    private async Task<bool> ReadRequestAsync(NetworkStream stream)
    {
        var text = new StringBuilder();
        var buffer = new byte[4096];
        while (true)
        {
            var read = await stream.ReadAsync(buffer);
            if (read == 0)
            {
                return false;
            }

            text.Append(Encoding.ASCII.GetString(buffer, 0, read));
            var all = text.ToString();
            var head = all.IndexOf("\r\n\r\n", StringComparison.Ordinal);
            if (head < 0)
            {
                continue;
            }

            var announced = all[..head].Split("Content-Length: ").Skip(1).FirstOrDefault();
            var length = announced is null ? 0 : int.Parse(announced.Split('\r')[0], CultureInfo.InvariantCulture);
            if (all.Length >= head + 4 + length)
            {
                Interlocked.Increment(ref requests);
                return true;
            }
        }
    }
}
