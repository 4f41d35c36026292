namespace Engine.FrontDoor.Problems;

/// <summary>What went wrong, as `application/problem+json` (RFC 9457).</summary>
/// <param name="Type">Stable URN of the code.</param>
/// <param name="Title">The code in words; the same for every occurrence.</param>
/// <param name="Status">The HTTP status.</param>
/// <param name="Detail">What is wrong here, and what to do. No personal data, no stack trace.</param>
/// <param name="Code">Stable, for programs. New ones may appear.</param>
/// <param name="Source">Who refused: `engine`, or `erp` where the request itself is wrong.</param>
/// <param name="Retryable">The same request may succeed later.</param>
/// <param name="RequestId">Quote it when asking for help; also in the header X-Request-Id.</param>
/// <param name="Errors">One entry for each wrong field or line.</param>
public sealed record ApiProblem(
    string Type,
    string Title,
    int Status,
    string? Detail,
    string Code,
    string Source,
    bool Retryable,
    string RequestId,
    IReadOnlyList<FieldProblem>? Errors = null);

/// <param name="Field">Path of the member, name of the parameter, or column.</param>
/// <param name="Line">Line of a CSV file; the first is 1.</param>
public sealed record FieldProblem(string Field, string Message, int? Line = null);
