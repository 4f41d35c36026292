using Engine.FrontDoor.Access;
using Engine.FrontDoor.Problems;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Engine.FrontDoor.OpenApi;

/// <summary>A status that is answered without a body.</summary>
internal sealed record AnswersNothing(int StatusCode, string Description);

/// <summary>What an operation is, takes and answers; read by the API document, and the scope by the access check.</summary>
internal static class Operations
{
    public static RouteHandlerBuilder Is(this RouteHandlerBuilder operation, string name, string tag, string summary, string scope) =>
        operation.WithName(name).WithTags(tag).WithSummary(summary).WithDescription($"Needs the scope `{scope}`.").WithMetadata(new RequiredScope(scope));

    public static RouteHandlerBuilder Takes<T>(this RouteHandlerBuilder operation)
        where T : notnull => operation.Accepts<T>("application/json");

    public static RouteHandlerBuilder Answers<T>(this RouteHandlerBuilder operation, int status) =>
        operation.Produces<T>(status, "application/json");

    public static TBuilder Refuses<TBuilder>(this TBuilder operations, params ReadOnlySpan<int> statuses)
        where TBuilder : IEndpointConventionBuilder
    {
        foreach (var status in statuses)
        {
            operations.WithMetadata(new ProducesResponseTypeMetadata(status, typeof(ApiProblem), [Problem.ContentType]));
        }

        return operations;
    }
}
