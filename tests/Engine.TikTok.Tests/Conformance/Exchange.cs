using System.Collections.Concurrent;
using System.Net;

namespace Engine.TikTok.Tests.Conformance;

/// <param name="Path">Without the query.</param>
/// <param name="Query">Decoded.</param>
internal sealed record Exchange(
    string Method, string Path, IReadOnlyDictionary<string, string> Query, IReadOnlyDictionary<string, string> Headers, byte[] Request, int Status, byte[] Response);

/// <summary>Keeps every exchange between the client and the sandbox, bytes as they went.</summary>
internal sealed class ExchangeRecorder(ConcurrentQueue<Exchange> exchanges) : DelegatingHandler
{
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var sent = new MemoryStream();
        if (request.Content is { } content)
        {
            request.Content = new TeeContent(content, sent);
        }

        var response = await base.SendAsync(request, cancellationToken);
        await response.Content.LoadIntoBufferAsync(cancellationToken);
        var query = request.RequestUri!.Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries)
            .Select(pair => pair.Split('=', 2)).ToDictionary(pair => pair[0], pair => Uri.UnescapeDataString(pair[1]), StringComparer.Ordinal);
        var headers = request.Headers.Concat(request.Content?.Headers ?? Enumerable.Empty<KeyValuePair<string, IEnumerable<string>>>())
            .ToDictionary(pair => pair.Key, pair => string.Join(',', pair.Value), StringComparer.OrdinalIgnoreCase);
        exchanges.Enqueue(new Exchange(
            request.Method.Method, request.RequestUri.AbsolutePath, query, headers, sent.ToArray(), (int)response.StatusCode,
            await response.Content.ReadAsByteArrayAsync(cancellationToken)));
        return response;
    }

    /// <summary>Copies what goes to the socket; the client's own body refuses to be read twice, as it must.</summary>
    private sealed class TeeContent : HttpContent
    {
        private readonly HttpContent inner;
        private readonly MemoryStream copy;

        public TeeContent(HttpContent inner, MemoryStream copy)
        {
            this.inner = inner;
            this.copy = copy;
            foreach (var header in inner.Headers)
            {
                Headers.TryAddWithoutValidation(header.Key, header.Value);
            }
        }

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
            SerializeToStreamAsync(stream, context, CancellationToken.None);

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
        {
            await inner.CopyToAsync(copy, context, cancellationToken);
            await stream.WriteAsync(copy.ToArray(), cancellationToken);
        }

        protected override bool TryComputeLength(out long length)
        {
            length = inner.Headers.ContentLength ?? 0;
            return inner.Headers.ContentLength is not null;
        }
    }
}
