using Engine.FrontDoor.Wire;
using Microsoft.AspNetCore.Http;

namespace Engine.FrontDoor.Problems;

/// <summary>A refusal on its way to the caller.</summary>
/// <param name="RetryAfterSeconds">Sent as Retry-After.</param>
public sealed record Problem(
    int Status,
    string Code,
    string? Detail,
    bool Retryable = false,
    int? RetryAfterSeconds = null,
    IReadOnlyList<FieldProblem>? Errors = null) : IResult
{
    public const string ContentType = "application/problem+json";

    public static Problem BadRequest(string code, string detail, params FieldProblem[] errors) =>
        new(StatusCodes.Status400BadRequest, code, detail, Errors: errors.Length == 0 ? null : errors);

    /// <summary>Of a query: each of them with what it should be.</summary>
    public static Problem WrongParameters(params FieldProblem[] wrong) => BadRequest("invalid_parameter", "Some parameters are not as documented.", wrong);

    public static Problem Invalid(string detail, IReadOnlyList<FieldProblem> errors) =>
        new(StatusCodes.Status422UnprocessableEntity, "invalid", detail, Errors: errors);

    public static Problem NotFound(string code, string detail) => new(StatusCodes.Status404NotFound, code, detail);

    public static Problem Unavailable(string detail) =>
        new(StatusCodes.Status503ServiceUnavailable, "unavailable", detail, Retryable: true, RetryAfterSeconds: 1);

    /// <summary>Perhaps done: the caller may ask again only under the same idempotency key, or after looking.</summary>
    public static Problem OutcomeUnknown(string detail) =>
        new(StatusCodes.Status503ServiceUnavailable, "outcome_unknown", detail, Retryable: true, RetryAfterSeconds: 2);

    /// <summary>For a status that was set without a body: routing and the server know nothing of problems.</summary>
    public static Problem ForStatus(int status) => status switch
    {
        400 => new(status, "bad_request", "The request is malformed."),
        401 => new(status, "unauthorized", "The request carries no valid credential."),
        404 => new(status, "not_found", "There is nothing at this address."),
        405 => new(status, "method_not_allowed", "This address does not take this method; see the Allow header."),
        406 => new(status, "not_acceptable", "The answer cannot be given in the asked form."),
        408 => new(status, "request_timeout", "The request came in too slowly.", Retryable: true),
        413 => new(status, "body_too_large", "The body is larger than this address takes."),
        415 => new(status, "unsupported_media_type", "The body's content type is not taken here; see the API document."),
        429 => new(status, "too_many_requests", "Too many requests with this key.", Retryable: true, RetryAfterSeconds: 1),
        503 => Unavailable("The engine cannot answer just now."),
        >= 500 => new(status, "internal_error", "Something unexpected happened; it is logged under the request id."),
        _ => new(status, "refused", "The request was refused."),
    };

    public Task ExecuteAsync(HttpContext httpContext) => WriteAsync(httpContext);

    public async Task WriteAsync(HttpContext http)
    {
        var body = new ApiProblem(
            $"urn:engine:problem:{Code}",
            Code.Replace('_', ' '),
            Status,
            Detail,
            Code,
            Status >= 500 || Status == 429 ? "engine" : "erp",
            Retryable,
            http.TraceIdentifier,
            Errors);
        http.Response.StatusCode = Status;
        http.Response.Headers.CacheControl = "no-store";
        if (RetryAfterSeconds is { } seconds)
        {
            http.Response.Headers.RetryAfter = seconds.ToString(System.Globalization.CultureInfo.InvariantCulture);
        }

        await http.Response.WriteAsJsonAsync(body, WireJson.Of<ApiProblem>(), ContentType, http.RequestAborted);
    }
}

/// <summary>Leaves a handler with a refusal; the outermost middleware writes it.</summary>
public sealed class ProblemException(Problem problem) : Exception(problem.Detail)
{
    public Problem Problem { get; } = problem;
}
