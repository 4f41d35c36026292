using System.Data.Common;
using System.Text.RegularExpressions;
using Engine.Domain.Ports;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Orleans.Runtime;

namespace Engine.FrontDoor.Problems;

/// <summary>The edge: whatever leaves the front door as an error leaves it as a problem document, and nothing else about it does.</summary>
internal sealed partial class ProblemMiddleware(RequestDelegate next, ILogger<ProblemMiddleware> log)
{
    public async Task InvokeAsync(HttpContext http)
    {
        http.Response.Headers["X-Request-Id"] = http.TraceIdentifier;
        http.Response.Headers.XContentTypeOptions = "nosniff";
        try
        {
            await next(http);
        }
        catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested)
        {
            return;
        }
        catch (Exception e) when (!http.Response.HasStarted)
        {
            var problem = Of(e);
            if (problem.Status >= 500)
            {
                LogFailed(e, http.TraceIdentifier, problem.Code);
            }

            var requestId = http.Response.Headers["X-Request-Id"];
            http.Response.Clear();
            http.Response.Headers["X-Request-Id"] = requestId;
            http.Response.Headers.XContentTypeOptions = "nosniff";
            await problem.WriteAsync(http);
            return;
        }

        if (http.Response is { HasStarted: false, StatusCode: >= 400, ContentType: null, ContentLength: null or 0 })
        {
            await Problem.ForStatus(http.Response.StatusCode).WriteAsync(http);
        }
    }

    private static Problem Of(Exception e) => e switch
    {
        ProblemException p => p.Problem,
        BadHttpRequestException { StatusCode: StatusCodes.Status400BadRequest } b when Parameter().Match(b.Message) is { Success: true } m =>
            Problem.BadRequest(
                "invalid_parameter",
                $"The parameter '{m.Groups["name"].Value}' cannot be read.",
                new FieldProblem(m.Groups["name"].Value, "Not of the documented form.")),
        BadHttpRequestException b => Problem.ForStatus(b.StatusCode),
        JournalUnavailableException or DbException => Problem.Unavailable("The database cannot be asked just now. Nothing is lost; try again."),
        VaultUnavailableException => Problem.Unavailable("The label store cannot be read just now; try again."),
        ShopUnavailableException => Problem.Unavailable("The shop cannot be called just now: see its state under /v1/shops."),
        TimeoutException => Problem.OutcomeUnknown("No answer in time. The work may still be going on: look before asking again."),
        OrleansException => Problem.Unavailable("The part of the engine that keeps this is moving; try again."),
        _ => Problem.ForStatus(StatusCodes.Status500InternalServerError),
    };

    /// <summary>The framework's own sentence about a parameter that it could not bind.</summary>
    [GeneratedRegex("^Failed to bind parameter \"\\S+ (?<name>\\w+)\" from|^Required parameter \"\\S+ (?<name>\\w+)\" was not provided")]
    private static partial Regex Parameter();

    [LoggerMessage(Level = LogLevel.Error, Message = "Request {RequestId} failed and was answered {Code}")]
    private partial void LogFailed(Exception e, string requestId, string code);
}
