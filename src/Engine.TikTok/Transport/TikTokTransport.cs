using System.Buffers;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using Microsoft.Extensions.Options;

namespace Engine.TikTok.Transport;

/// <summary>A layer between the client and the socket, registered by <see cref="TikTokServices.AddTikTokTransportLayer"/>: sees every exchange
/// of the API host, the token host and the label storage, secrets included, so it must not log.</summary>
/// <remarks>Called once per connection pool; each call must give a new handler. A layer must send what it gets at most once.</remarks>
public sealed record TikTokTransportLayer(Func<IServiceProvider, DelegatingHandler> Create);

/// <summary>Three connection pools: API host, token host, label storage. No cookies, no redirects, no proxy, no tracing headers.</summary>
internal sealed class TikTokTransport : IDisposable
{
    private const int FirstRentBytes = 16 * 1024;
    private readonly TimeProvider time;
    private readonly HttpClient api;
    private readonly HttpClient auth;
    private readonly HttpClient labels;

    public TikTokTransport(
        IOptions<TikTokOptions> options, TimeProvider time, IEnumerable<TikTokTransportLayer> layers, IServiceProvider services)
    {
        this.time = time;
        var chosen = layers.ToArray();
        var guard = new LabelGuard(options.Value);
        api = Client(Sockets(options.Value.ConnectionsMax), chosen, services);

        // A handler repeats a body-less request by itself when a pooled connection turns out dead. A token refresh must not run twice,
        // so the token host's connections are never reused.
        var fresh = Sockets(4);
        fresh.PooledConnectionLifetime = TimeSpan.Zero;
        auth = Client(fresh, chosen, services);

        var guarded = Sockets(32);
        guarded.ConnectCallback = guard.ConnectAsync;
        labels = Client(guarded, chosen, services);
    }

    public Task<Answer> SendToApiAsync(HttpRequestMessage request, int bytesMax, CancellationToken ct) => SendAsync(api, request, bytesMax, ct);

    public Task<Answer> SendToAuthAsync(HttpRequestMessage request, int bytesMax, CancellationToken ct) => SendAsync(auth, request, bytesMax, ct);

    public Task<Answer> SendToLabelStorageAsync(HttpRequestMessage request, int bytesMax, CancellationToken ct) => SendAsync(labels, request, bytesMax, ct);

    public void Dispose()
    {
        api.Dispose();
        auth.Dispose();
        labels.Dispose();
    }

    private async Task<Answer> SendAsync(HttpClient client, HttpRequestMessage request, int bytesMax, CancellationToken ct)
    {
        using var response = await HeadersAsync(client, request, ct).ConfigureAwait(false);
        var announced = response.Content.Headers.ContentLength;
        if (announced > bytesMax)
        {
            throw new AnswerTooLargeException();
        }

        var stream = await response.Content.ReadAsStreamAsync(ct).ConfigureAwait(false);
        await using (stream.ConfigureAwait(false))
        {
            // One byte more than announced, so that the end is seen without growing.
            var buffer = ArrayPool<byte>.Shared.Rent((int)Math.Min(announced + 1 ?? FirstRentBytes, bytesMax + 1L));
            var length = 0;
            try
            {
                while (true)
                {
                    var read = await stream.ReadAsync(buffer.AsMemory(length), ct).ConfigureAwait(false);
                    if (read == 0)
                    {
                        return new Answer(response.StatusCode, RetryAt(response), buffer, length);
                    }

                    length += read;
                    if (length > bytesMax)
                    {
                        throw new AnswerTooLargeException();
                    }

                    if (length == buffer.Length)
                    {
                        var larger = ArrayPool<byte>.Shared.Rent((int)Math.Min(2L * buffer.Length, bytesMax + 1L));
                        buffer.AsSpan(0, length).CopyTo(larger);
                        ArrayPool<byte>.Shared.Return(buffer, clearArray: true);
                        buffer = larger;
                    }
                }
            }
            catch
            {
                ArrayPool<byte>.Shared.Return(buffer, clearArray: true);
                throw;
            }
        }
    }

    /// <summary>A connection that ends while it is being made can leave .NET as a bare <see cref="SocketException"/>: it asks the new socket who
    /// is at its other end, before anything is sent. Said here as every other lost connection is.</summary>
    private static async Task<HttpResponseMessage> HeadersAsync(HttpClient client, HttpRequestMessage request, CancellationToken ct)
    {
        try
        {
            return await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, ct).ConfigureAwait(false);
        }
        catch (SocketException e)
        {
            throw new HttpRequestException(HttpRequestError.ConnectionError, e.Message, e);
        }
    }

    private DateTimeOffset? RetryAt(HttpResponseMessage response)
    {
        var header = response.Headers.RetryAfter;
        return header?.Date ?? (header?.Delta is { } delta ? time.GetUtcNow() + delta : null);
    }

    private static SocketsHttpHandler Sockets(int connectionsMax) => new()
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        UseProxy = false,
        AutomaticDecompression = DecompressionMethods.None,
        MaxConnectionsPerServer = connectionsMax,
        // Shorter than what servers usually keep an idle connection, so that a purchase seldom meets one that is just being closed.
        PooledConnectionIdleTimeout = TimeSpan.FromSeconds(20),
        PooledConnectionLifetime = TimeSpan.FromMinutes(10),
        ActivityHeadersPropagator = null,
        SslOptions = new SslClientAuthenticationOptions
        {
            EnabledSslProtocols = System.Security.Authentication.SslProtocols.Tls12 | System.Security.Authentication.SslProtocols.Tls13,
        },
    };

    private static HttpClient Client(SocketsHttpHandler sockets, TikTokTransportLayer[] layers, IServiceProvider services)
    {
        HttpMessageHandler handler = sockets;
        foreach (var layer in layers)
        {
            var outer = layer.Create(services);
            outer.InnerHandler = handler;
            handler = outer;
        }

        return new HttpClient(handler)
        {
            Timeout = Timeout.InfiniteTimeSpan,
            DefaultRequestVersion = HttpVersion.Version11,
            DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
    }
}

/// <summary>An answer beyond the size that is read.</summary>
internal sealed class AnswerTooLargeException() : Exception("the answer is larger than what is read");
