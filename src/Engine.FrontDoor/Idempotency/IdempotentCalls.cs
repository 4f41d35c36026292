using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Engine.Domain;
using Engine.Domain.Ports;
using Engine.FrontDoor.Access;
using Engine.FrontDoor.Problems;
using Engine.FrontDoor.Wire;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Engine.FrontDoor.Idempotency;

/// <summary>One effect for each Idempotency-Key, and the same answer each time.</summary>
/// <remarks>The record is committed in the transaction of the effect itself, so there is no moment at which one exists without the other.
/// A refusal has no effect and leaves no record: the same key may be used again. The key's scope is the merchant and the operation, not the API key:
/// a call repeated with the next key of a rotation is still the same call.</remarks>
internal sealed class IdempotentCalls(
    IIdempotencyKeys keys, [FromKeyedServices(Clocks.System)] TimeProvider clock, IOptions<FrontDoorOptions> options)
{
    public const string Header = "Idempotency-Key";
    private const int KeyLengthMax = 255;

    private readonly ConcurrentDictionary<(string Scope, string Key), byte> running = new();

    /// <param name="operation">Part of the key's scope.</param>
    /// <param name="path">What the call is about; the same key for another is another call.</param>
    /// <param name="body">The request as understood.</param>
    /// <param name="answer">What is answered once the effect is committed; known before, because it is stored with the effect.</param>
    /// <param name="effect">Commits the record with the effect. Null: done (or done before). Else why not.</param>
    public async Task<IResult> RunAsync<TRequest, TAnswer>(
        HttpContext http, string operation, string path, TRequest body, int statusCode, TAnswer answer, Func<IdempotencyRecord, Task<Problem?>> effect)
    {
        var key = KeyOf(http);
        var scope = $"{http.Caller().Merchant}/{operation}";
        var hash = Hash(path, body);
        if (await keys.FindAsync(scope, key, http.RequestAborted) is { } before)
        {
            return Again(before, hash);
        }

        if (!running.TryAdd((scope, key), 0))
        {
            return Running();
        }

        try
        {
            var record = new IdempotencyRecord(
                scope, key, hash, statusCode, JsonSerializer.Serialize(answer, WireJson.Of<TAnswer>()), clock.GetUtcNow() + options.Value.IdempotencyKeyLife);
            var refusal = await effect(record);

            // Refused: perhaps because the same call was committed meanwhile, by another host or by a try whose answer was lost.
            return refusal is null
                ? new StoredAnswer(record, Replayed: false)
                : await keys.FindAsync(scope, key, http.RequestAborted) is { } meanwhile ? Again(meanwhile, hash) : refusal;
        }
        finally
        {
            running.TryRemove((scope, key), out _);
        }
    }

    private static IResult Again(IdempotencyRecord before, string hash) => before.RequestHash == hash
        ? new StoredAnswer(before, Replayed: true)
        : new Problem(
            StatusCodes.Status422UnprocessableEntity,
            "idempotency_key_reused",
            "This Idempotency-Key was used for another request: use a new key for a new request.");

    private static Problem Running() => new(
        StatusCodes.Status409Conflict,
        "idempotency_key_running",
        "A request with this Idempotency-Key is still running: ask again for its answer.",
        Retryable: true,
        RetryAfterSeconds: 1);

    private static string KeyOf(HttpContext http)
    {
        var values = http.Request.Headers[Header];
        return values is [{ Length: > 0 and <= KeyLengthMax } key] && key.All(c => c is >= '!' and <= '~')
            ? key
            : throw new ProblemException(Problem.BadRequest(
                values.Count == 0 ? "idempotency_key_missing" : "idempotency_key_invalid",
                $"Send one {Header} of 1 to {KeyLengthMax} printable ASCII characters without blanks, new for every new request.",
                new FieldProblem(Header, "Required.")));
    }

    private static string Hash<T>(string path, T body)
    {
        var text = $"{path}\n{JsonSerializer.Serialize(body, WireJson.Of<T>())}";
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
    }

    private sealed record StoredAnswer(IdempotencyRecord Stored, bool Replayed) : IResult
    {
        public Task ExecuteAsync(HttpContext httpContext)
        {
            httpContext.Response.StatusCode = Stored.StatusCode;
            httpContext.Response.ContentType = "application/json; charset=utf-8";
            if (Replayed)
            {
                httpContext.Response.Headers["Idempotent-Replayed"] = "true";
            }

            return httpContext.Response.WriteAsync(Stored.Body, httpContext.RequestAborted);
        }
    }
}
