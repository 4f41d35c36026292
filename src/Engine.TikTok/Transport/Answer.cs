using System.Buffers;
using System.Net;

namespace Engine.TikTok.Transport;

/// <summary>A received answer, its body in a rented buffer: dispose after translation, and keep no slice of it.</summary>
internal sealed class Answer(HttpStatusCode status, DateTimeOffset? retryAt, byte[] rented, int length) : IDisposable
{
    public HttpStatusCode Status { get; } = status;

    public int StatusNumber => (int)Status;

    /// <summary>Retry-After, as an instant of system time.</summary>
    public DateTimeOffset? RetryAt { get; } = retryAt;

    public ReadOnlyMemory<byte> Body => rented.AsMemory(0, length);

    public void Dispose() => ArrayPool<byte>.Shared.Return(rented, clearArray: true);
}
