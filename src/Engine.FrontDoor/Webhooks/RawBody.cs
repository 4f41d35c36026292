using System.Buffers;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Engine.FrontDoor.Webhooks;

/// <summary>A request's bytes exactly as they came, in a rented array.</summary>
internal readonly struct RawBody(byte[]? buffer, int length) : IDisposable
{
    private const int FirstSize = 4096;

    /// <summary>False: the body is larger than the limit, and was not read to its end.</summary>
    public bool Fits => buffer is not null;

    public ReadOnlyMemory<byte> Bytes => buffer.AsMemory(0, length);

    public static async ValueTask<RawBody> ReadAsync(HttpRequest request, int maxBytes, CancellationToken ct)
    {
        // The server's own limit counts the framing of chunks too, and must not come before ours.
        if (request.HttpContext.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
        {
            limit.MaxRequestBodySize = maxBytes * 2L;
        }

        if (request.ContentLength > maxBytes)
        {
            return default;
        }

        // Content-Length is only believed as far as bytes arrive: nobody makes us rent 4 MB by announcing it.
        var buffer = ArrayPool<byte>.Shared.Rent((int)Math.Min(request.ContentLength + 1 ?? FirstSize, 64 * 1024));
        var length = 0;
        try
        {
            while (true)
            {
                if (length == buffer.Length)
                {
                    var larger = ArrayPool<byte>.Shared.Rent((int)Math.Min(buffer.Length * 2L, maxBytes + 1L));
                    buffer.AsSpan(0, length).CopyTo(larger);
                    ArrayPool<byte>.Shared.Return(buffer);
                    buffer = larger;
                }

                var read = await request.Body.ReadAsync(buffer.AsMemory(length), ct);
                if (read == 0)
                {
                    return new RawBody(buffer, length);
                }

                length += read;
                if (length > maxBytes)
                {
                    ArrayPool<byte>.Shared.Return(buffer);
                    return default;
                }
            }
        }
        catch (BadHttpRequestException e) when (e.StatusCode == StatusCodes.Status413PayloadTooLarge)
        {
            ArrayPool<byte>.Shared.Return(buffer);
            return default;
        }
        catch
        {
            ArrayPool<byte>.Shared.Return(buffer);
            throw;
        }
    }

    public void Dispose()
    {
        if (buffer is not null)
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
