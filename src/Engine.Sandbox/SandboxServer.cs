using System.Text.Json;
using System.Text.Json.Serialization;
using Engine.Sandbox.Cancellations;
using Engine.Sandbox.Clock;
using Engine.Sandbox.Control;
using Engine.Sandbox.Documents;
using Engine.Sandbox.Fulfillment;
using Engine.Sandbox.Http;
using Engine.Sandbox.Ledger;
using Engine.Sandbox.Orders;
using Engine.Sandbox.Quality;
using Engine.Sandbox.Scenario;
using Engine.Sandbox.Shops;
using Engine.Sandbox.Webhooks;

namespace Engine.Sandbox;

/// <summary>Puts the parts together; tests start the same server.</summary>
public static class SandboxServer
{
    public static WebApplication Build(SandboxOptions options, TimeProvider? system = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls(options.Urls);
        builder.WebHost.ConfigureKestrel(static kestrel => kestrel.AddServerHeader = false);
        builder.Logging.ClearProviders().AddSimpleConsole().SetMinimumLevel(LogLevel.Warning);
        builder.Services.ConfigureHttpJsonOptions(static json =>
        {
            // The context's own naming does not reach bodies that the framework binds.
            json.SerializerOptions.PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower;
            json.SerializerOptions.UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow;
            json.SerializerOptions.TypeInfoResolverChain.Insert(0, ControlJson.Default);
        });
        builder.Services.Configure<RouteHandlerOptions>(static routes => routes.ThrowOnBadRequest = true);
        builder.Services.AddSingleton(system ?? TimeProvider.System).AddSingleton(options)
            .AddSingleton<BusinessClock>().AddSingleton<EventQueue>().AddSingleton<StepCoordinator>()
            .AddSingleton<LedgerBook>().AddSingleton<Marketplace>()
            .AddSingleton<EventPump>().AddSingleton<WebhookSender>().AddSingleton<OpenLoopArrivals>()
            .AddHostedService(static s => s.GetRequiredService<EventPump>())
            .AddHostedService(static s => s.GetRequiredService<WebhookSender>())
            .AddHostedService(static s => s.GetRequiredService<OpenLoopArrivals>());
        var app = builder.Build();
        var market = app.Services.GetRequiredService<Marketplace>();
        var gateway = Endpoints(market);
        app.Use(async (http, next) =>
        {
            if (http.Request.Path.StartsWithSegments("/sandbox"))
            {
                await Guard(http, next).ConfigureAwait(false);
            }
            else
            {
                await gateway.HandleAsync(http).ConfigureAwait(false);
            }
        });
        app.UseRouting();
        app.MapControl();

        // The newest reason that was told of each order; null = told without one.
        app.MapGet("/sandbox/quality", () => Results.Json(new SortedDictionary<string, string?>(market.QualityReports, StringComparer.Ordinal)));
        return app;
    }

    private static ApiGateway Endpoints(Marketplace market)
    {
        var routes = new RouteTable();
        var authorization = new AuthorizationEndpoints(market);
        var storage = new LabelStorage(market);
        authorization.Register(routes);
        new OrderEndpoints(market).Register(routes);
        new PurchaseEndpoints(market).Register(routes);
        new PackageEndpoints(market, storage).Register(routes);
        new SellerShippingEndpoint(market).Register(routes);
        new CancellationEndpoints(market).Register(routes);
        new LogisticsEndpoints().Register(routes);
        new ProductEndpoints().Register(routes);
        new WebhookEndpoints(market).Register(routes);
        new ReconciliationEndpoints(market).Register(routes);
        market.Routes = routes;
        return new ApiGateway(market, routes, authorization, storage);
    }

    /// <summary>Control bodies that cannot be read are answered with one sentence.</summary>
    private static async Task Guard(HttpContext http, RequestDelegate next)
    {
        try
        {
            await next(http).ConfigureAwait(false);
        }
        catch (BadHttpRequestException e)
        {
            http.Response.StatusCode = 400;
            http.Response.ContentType = "application/json";
            await http.Response.WriteAsync(JsonSerializer.Serialize(new Problem(e.InnerException?.Message ?? e.Message), ControlJson.Default.Problem)).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested)
        {
            // The caller has gone.
        }
    }
}
