using System.Text.Json;
using Engine.FrontDoor.Problems;
using Engine.FrontDoor.Webhooks;
using Microsoft.AspNetCore.Http;

namespace Engine.FrontDoor.Wire;

/// <summary>Reads what is written to us, strictly.</summary>
internal static class JsonBody
{
    /// <exception cref="ProblemException">400 not readable, 413 too large, 415 not JSON.</exception>
    public static async Task<T> ReadAsync<T>(HttpContext http, int maxBytes)
    {
        if (!http.Request.HasJsonContentType())
        {
            throw new ProblemException(Problem.ForStatus(StatusCodes.Status415UnsupportedMediaType));
        }

        using var body = await RawBody.ReadAsync(http.Request, maxBytes, http.RequestAborted);
        if (!body.Fits)
        {
            throw new ProblemException(Problem.ForStatus(StatusCodes.Status413PayloadTooLarge) with { Detail = $"The body has more than {maxBytes} bytes." });
        }

        try
        {
            return JsonSerializer.Deserialize(body.Bytes.Span, WireJson.Of<T>())
                ?? throw new ProblemException(Problem.BadRequest("json_invalid", "The body is null; an object is expected."));
        }
        catch (JsonException e)
        {
            throw new ProblemException(Refusal(e));
        }
    }

    /// <summary>Where and what, without the type names of the framework's own sentence.</summary>
    private static Problem Refusal(JsonException e)
    {
        var field = e.Path is { Length: > 0 } path ? path.TrimStart('$').TrimStart('.') : "";
        var message = e.Message.Contains("could not be mapped", StringComparison.Ordinal) ? "This member is not known here."
            : e.Message.Contains("Duplicate", StringComparison.OrdinalIgnoreCase) ? "This member is given twice."
            : e.Message.Contains("depth", StringComparison.Ordinal) ? $"Nested deeper than {WireJson.Options.MaxDepth} levels."
            : e.Message.Contains("could not be converted", StringComparison.Ordinal) || e.Message.Contains("null", StringComparison.Ordinal)
                ? "Not of the documented type."
            : "The JSON is malformed here.";
        return Problem.BadRequest("json_invalid", "The body cannot be read as documented.", new FieldProblem(field, message));
    }
}
