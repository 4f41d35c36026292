using Microsoft.AspNetCore.Http;

namespace Engine.FrontDoor.Wire;

/// <summary>A JSON answer in the API's own dialect.</summary>
internal sealed class Answer<T>(T value, int statusCode = StatusCodes.Status200OK) : IResult
{
    public async Task ExecuteAsync(HttpContext httpContext)
    {
        httpContext.Response.StatusCode = statusCode;
        await httpContext.Response.WriteAsJsonAsync(value, WireJson.Of<T>(), cancellationToken: httpContext.RequestAborted);
    }
}

internal static class Answer
{
    public static Answer<T> Ok<T>(T value) => new(value);
}
