using System.Text.Json;
using Engine.FrontDoor.Access;
using Engine.FrontDoor.Idempotency;
using Engine.FrontDoor.Orders;
using Engine.FrontDoor.ParcelProfiles;
using Engine.FrontDoor.Shops;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.OpenApi;
using Scalar.AspNetCore;

namespace Engine.FrontDoor.OpenApi;

/// <summary>The API described: `/openapi/v1.json` (OpenAPI 3.1) and a page to read it on, which loads nothing from elsewhere.</summary>
internal static class ApiDocument
{
    private const string Scheme = "api_key";

    private static readonly Type[] Requests =
        [typeof(TrackingRequest), typeof(ConnectRequest), typeof(ParcelProfileBatch), typeof(ParcelProfileView), typeof(ParcelMeasureView)];

    public static void AddEngineApiDocument(this IServiceCollection services) => services.AddOpenApi("v1", o =>
    {
        o.OpenApiVersion = OpenApiSpecVersion.OpenApi3_1;
        o.AddDocumentTransformer(Introduce);
        o.AddOperationTransformer(Complete);
        o.AddSchemaTransformer(Describe);
    });

    public static void MapEngineApiDocument(this WebApplication app)
    {
        app.MapOpenApi("/openapi/{documentName}.json");
        app.MapScalarApiReference("/docs", o =>
        {
            o.Title = "Engine API";
            o.OpenApiRoutePattern = "/openapi/{documentName}.json";
            o.DefaultFonts = false;
            o.Telemetry = false;
            o.HideClientButton = true;
            o.ShowDeveloperTools = DeveloperToolsVisibility.Never;
        });
    }

    private static Task Introduce(OpenApiDocument document, OpenApiDocumentTransformerContext context, CancellationToken ct)
    {
        document.Info = new OpenApiInfo
        {
            Title = "Engine API",
            Version = "v1",
            Description =
                "Orders in, labels out, scanned on time. JSON in snake_case; instants are RFC 3339 in UTC; unknown members are refused in requests "
                + "and new ones may appear in answers, as may new words of enumerations. Errors are application/problem+json with a stable `code`. "
                + "What belongs to another merchant is answered as if it did not exist.",
        };
        document.Servers = [new OpenApiServer { Url = "/" }];
        document.Components ??= new OpenApiComponents();
        document.Components.SecuritySchemes ??= new Dictionary<string, IOpenApiSecurityScheme>();
        document.Components.SecuritySchemes[Scheme] = new OpenApiSecurityScheme
        {
            Type = SecuritySchemeType.Http,
            Scheme = "bearer",
            Description = "An API key, `eng_KEYID_SECRET`. It names the merchant; it may be bound to some shops, to scopes and to an end.",
        };
        return Task.CompletedTask;
    }

    private static Task Complete(OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken ct)
    {
        var metadata = context.Description.ActionDescriptor.EndpointMetadata;
        if (metadata.OfType<RequiredScope>().FirstOrDefault() is { } required)
        {
            operation.Security = [new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(Scheme, context.Document)] = [required.Scope] }];
        }

        operation.Responses ??= [];
        foreach (var empty in metadata.OfType<AnswersNothing>())
        {
            operation.Responses[empty.StatusCode.ToString(System.Globalization.CultureInfo.InvariantCulture)] = new OpenApiResponse { Description = empty.Description };
        }

        foreach (var (status, response) in operation.Responses.Where(r => r.Value is OpenApiResponse).Select(r => (r.Key, (OpenApiResponse)r.Value)))
        {
            response.Headers ??= new Dictionary<string, IOpenApiHeader>();
            response.Headers["X-Request-Id"] = Header("Names the request; quote it when asking for help.");
            switch (status)
            {
                case "429" or "503":
                    response.Headers["Retry-After"] = Header("Seconds to wait before asking again.");
                    break;
                case "201":
                    response.Headers["Location"] = Header("Path of what was made.");
                    break;
                case "200" or "304" when operation.OperationId is "getOrder" or "resumeOrder":
                    response.Headers["ETag"] = Header("The order's version.");
                    break;
                case "202":
                    response.Headers["Idempotent-Replayed"] = Header("`true` when this is the stored answer of an earlier call.");
                    break;
            }
        }

        var sorted = operation.Responses.OrderBy(r => r.Key, StringComparer.Ordinal).ToList();
        operation.Responses.Clear();
        foreach (var (status, response) in sorted)
        {
            operation.Responses.Add(status, response);
        }

        foreach (var parameter in (operation.Parameters ?? []).OfType<OpenApiParameter>())
        {
            if (parameter.Name == IdempotentCalls.Header || (operation.OperationId, parameter.Name) is ("getLateDispatchRate", "shop") or ("findParcelProfiles", "sku"))
            {
                parameter.Required = true;
            }
        }

        return Task.CompletedTask;
    }

    /// <summary>What is never null is always there in answers, and needed in requests.</summary>
    private static Task Describe(OpenApiSchema schema, OpenApiSchemaTransformerContext context, CancellationToken ct)
    {
        // Our own converter hides from the schema what an instant is.
        var type = context.JsonTypeInfo.Type;
        if (type == typeof(DateTimeOffset) || type == typeof(DateTimeOffset?))
        {
            schema.Type = context.JsonPropertyInfo?.IsGetNullable == true || type == typeof(DateTimeOffset?)
                ? JsonSchemaType.String | JsonSchemaType.Null
                : JsonSchemaType.String;
            schema.Format = "date-time";
        }

        if (type == typeof(JsonElement))
        {
            schema.Type = JsonSchemaType.Object;
        }

        // Refused in requests; in answers new members may appear.
        if (!Requests.Contains(type))
        {
            schema.AdditionalPropertiesAllowed = true;
        }

        if (schema.Properties is { Count: > 0 } properties)
        {
            schema.Required = context.JsonTypeInfo.Properties
                .Where(p => properties.ContainsKey(p.Name) && !p.IsGetNullable && Nullable.GetUnderlyingType(p.PropertyType) is null)
                .Select(p => p.Name)
                .ToHashSet(StringComparer.Ordinal);
        }

        return Task.CompletedTask;
    }

    private static OpenApiHeader Header(string description) =>
        new() { Description = description, Schema = new OpenApiSchema { Type = JsonSchemaType.String } };
}
