using System.Net;
using System.Net.Sockets;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Engine.Host.Demo.Chaos;

/// <summary>Carries connections from a port of another network namespace's loopback to the same port of ours.</summary>
/// <remarks>A socket belongs to the namespace in which its thread was when it was made: only the listening one is made over there.</remarks>
internal sealed class LoopbackRelay : IAsyncDisposable
{
    private const int NetworkNamespace = 0x40000000;
    private readonly TcpListener listener;
    private readonly IPEndPoint target;
    private readonly CancellationTokenSource stop = new();
    private readonly Task accepting;

    private LoopbackRelay(TcpListener listener, int port)
    {
        this.listener = listener;
        target = new IPEndPoint(IPAddress.Loopback, port);
        accepting = AcceptAsync();
    }

    public static LoopbackRelay Start(string networkNamespace, int port) => new(ListenIn($"/run/netns/{networkNamespace}", port), port);

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        listener.Dispose();
        await accepting;
        stop.Dispose();
    }

    private static TcpListener ListenIn(string networkNamespace, int port)
    {
        TcpListener? made = null;
        ExceptionDispatchInfo? problem = null;

        // A thread of its own, which ends over there.
        var thread = new Thread(() =>
        {
            try
            {
                using var there = File.OpenHandle(networkNamespace);
                if (Enter(there, NetworkNamespace) != 0)
                {
                    throw new InvalidOperationException($"'{networkNamespace}' cannot be entered: error {Marshal.GetLastPInvokeError()}.");
                }

                made = new TcpListener(IPAddress.Loopback, port);
                made.Start();
            }
            catch (Exception e)
            {
                problem = ExceptionDispatchInfo.Capture(e);
            }
        });
        thread.Start();
        thread.Join();
        problem?.Throw();
        return made!;
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                _ = CarryAsync(await listener.AcceptSocketAsync(stop.Token));
            }
        }
        catch (Exception e) when (stop.IsCancellationRequested && e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // Told to stop.
        }
    }

    private async Task CarryAsync(Socket from)
    {
        using (from)
        using (var to = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true })
        {
            from.NoDelay = true;
            try
            {
                await to.ConnectAsync(target, stop.Token);
                await Task.WhenAny(CopyAsync(from, to), CopyAsync(to, from));
            }
            catch (Exception e) when (e is SocketException or OperationCanceledException)
            {
                // One side is gone: the other is told by the end of its connection.
            }
        }
    }

    private async Task CopyAsync(Socket from, Socket to)
    {
        var buffer = new byte[16 * 1024];
        try
        {
            int read;
            while ((read = await from.ReceiveAsync(buffer, stop.Token)) > 0)
            {
                for (var sent = 0; sent < read;)
                {
                    sent += await to.SendAsync(buffer.AsMemory(sent, read - sent), stop.Token);
                }
            }
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // As above.
        }
    }

    [DllImport("libc", EntryPoint = "setns", SetLastError = true)]
    private static extern int Enter(SafeFileHandle fd, int type);
}
