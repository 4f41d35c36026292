using System.Net;
using System.Net.Http.Headers;

namespace Engine.TikTok.Transport;

/// <summary>The body of one attempt: lets the first byte leave only before the deadline, only once, and remembers whether it left.</summary>
/// <remarks>The handler asks for the body after it has a connection and before anything is flushed to the socket, so that this is the last
/// moment to change one's mind. A second ask would be a silent repeat on another connection: it is refused.</remarks>
internal sealed class AttemptContent : HttpContent
{
    private static readonly MediaTypeHeaderValue Json = new("application/json");
    private readonly ReadOnlyMemory<byte> body;
    private readonly TimeProvider time;
    private readonly long? sendBeforeTimestamp;
    private int asked;

    public AttemptContent(ReadOnlyMemory<byte> body, TimeProvider time, long? sendBeforeTimestamp)
    {
        this.body = body;
        this.time = time;
        this.sendBeforeTimestamp = sendBeforeTimestamp;
        Headers.ContentType = Json;
    }

    /// <summary>False: surely nothing of this attempt reached the socket.</summary>
    public bool Left { get; private set; }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        if (Interlocked.Exchange(ref asked, 1) != 0)
        {
            throw new NotSentException("a silent repeat was refused", afterFirst: true);
        }

        if (sendBeforeTimestamp is { } deadline && time.GetTimestamp() > deadline)
        {
            throw new NotSentException("its moment had passed before the connection was ready", afterFirst: false);
        }

        cancellationToken.ThrowIfCancellationRequested();
        Left = true;
        return stream.WriteAsync(body, cancellationToken).AsTask();
    }

    protected override bool TryComputeLength(out long length)
    {
        length = body.Length;
        return true;
    }
}

/// <param name="reason">Without ids and personal data.</param>
/// <param name="afterFirst">An earlier ask of the same attempt may have left.</param>
internal sealed class NotSentException(string reason, bool afterFirst) : Exception(reason)
{
    public bool AfterFirst { get; } = afterFirst;
}
