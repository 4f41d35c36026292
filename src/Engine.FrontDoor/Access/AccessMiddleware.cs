using System.Security.Cryptography;
using Engine.Domain;
using Engine.Domain.Ports;
using Engine.FrontDoor.Problems;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Engine.FrontDoor.Access;

/// <summary>Before every endpoint that names a scope: who asks, and may he?</summary>
internal sealed class AccessMiddleware(
    RequestDelegate next, ApiKeyCache keys, IFrontDoorInstruments instruments, [FromKeyedServices(Clocks.System)] TimeProvider clock)
{
    private const string Scheme = "Bearer ";

    public async Task InvokeAsync(HttpContext http)
    {
        if (!http.Request.Path.StartsWithSegments("/v1"))
        {
            await next(http);
            return;
        }

        var startedAt = clock.GetTimestamp();
        var operation = http.GetEndpoint()?.Metadata.GetMetadata<IEndpointNameMetadata>()?.EndpointName ?? "none";
        var status = StatusCodes.Status500InternalServerError;
        http.Response.Headers.CacheControl = "no-store";
        try
        {
            if (http.GetEndpoint()?.Metadata.GetMetadata<RequiredScope>() is { } required)
            {
                http.Features.Set(await AuthorizeAsync(http, required.Scope));
            }

            await next(http);
            status = http.Response.StatusCode;
        }
        catch (ProblemException e)
        {
            status = e.Problem.Status;
            throw;
        }
        finally
        {
            instruments.ApiAnswered(operation, status, clock.GetElapsedTime(startedAt));
        }
    }

    private async Task<Caller> AuthorizeAsync(HttpContext http, string scope)
    {
        var header = http.Request.Headers.Authorization.ToString();
        if (header.Length == 0)
        {
            throw Unauthorized(http, "key_missing", "Send 'Authorization: Bearer eng_...' with an API key.");
        }

        if (!header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) || ApiKeys.KeyIdOf(header[Scheme.Length..].Trim()) is not { } keyId)
        {
            throw Unauthorized(http, "key_invalid", "The credential is no API key of this engine.");
        }

        // An unknown key costs the same comparison as a wrong secret: the answer does not tell them apart, nor does its time.
        var key = await keys.FindAsync(keyId, http.RequestAborted);
        var given = ApiKeys.Hash(header[Scheme.Length..].Trim());
        var same = CryptographicOperations.FixedTimeEquals(given, key?.SecretHash ?? new byte[SHA256.HashSizeInBytes]);
        if (key is null || !same)
        {
            throw Unauthorized(http, "key_invalid", "The credential is no API key of this engine.");
        }

        if (key.ExpiresAt is { } end && clock.GetUtcNow() >= end)
        {
            throw Unauthorized(http, "key_expired", $"This key ended at {Wire.UtcConverter.Text(end)}: use its successor.");
        }

        return key.Scopes.Contains(scope)
            ? new Caller(key)
            : throw new ProblemException(new Problem(
                StatusCodes.Status403Forbidden, "scope_missing", $"This needs the scope '{scope}', which the key does not have."));
    }

    private static ProblemException Unauthorized(HttpContext http, string code, string detail)
    {
        // Cleared with the response by the outermost middleware, which is why the challenge is set when the answer starts.
        http.Response.OnStarting(() =>
        {
            http.Response.Headers.WWWAuthenticate = "Bearer";
            return Task.CompletedTask;
        });
        return new ProblemException(new Problem(StatusCodes.Status401Unauthorized, code, detail));
    }
}
