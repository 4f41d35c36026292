using System.Threading.RateLimiting;
using Engine.Domain.Ports;
using Engine.FrontDoor.Access;
using Engine.FrontDoor.Events;
using Engine.FrontDoor.Exceptions;
using Engine.FrontDoor.Health;
using Engine.FrontDoor.Idempotency;
using Engine.FrontDoor.LateDispatch;
using Engine.FrontDoor.OpenApi;
using Engine.FrontDoor.Orders;
using Engine.FrontDoor.ParcelProfiles;
using Engine.FrontDoor.Problems;
using Engine.FrontDoor.Quality;
using Engine.FrontDoor.Shops;
using Engine.FrontDoor.Webhooks;
using Engine.FrontDoor.Wire;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.RateLimiting;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace Engine.FrontDoor;

/// <summary>Webhooks, the `/v1` API, health and the API document: two calls in the host.</summary>
/// <remarks>The host gives by DI: <see cref="IMarketplaceHints"/>, <see cref="IShopRegistry"/>, <see cref="IOrderQueries"/>, <see cref="IJournalFeed"/>, <see cref="IQualityStore"/>, <see cref="IParcelProfiles"/>,
/// <see cref="IApiKeys"/>, <see cref="IIdempotencyKeys"/>, <see cref="ILabelVault"/>, the grain factory, <see cref="Contracts.HostActivity"/>, both keyed
/// clocks, <see cref="IFrontDoorInstruments"/>, and any number of <see cref="IReadiness"/>.</remarks>
public static class FrontDoor
{
    private const string PerKey = "per-key";

    public static IServiceCollection AddEngineFrontDoor(this IServiceCollection services, Action<FrontDoorOptions> configure)
    {
        services.AddOptions<FrontDoorOptions>().Configure(configure).ValidateOnStart();
        services.AddSingleton<IValidateOptions<FrontDoorOptions>, OptionsCheck>();
        services.ConfigureHttpJsonOptions(o => WireJson.Configure(o.SerializerOptions));
        services.Configure<RouteHandlerOptions>(o => o.ThrowOnBadRequest = true);
        services.AddSingleton<ShopDirectory>();
        services.AddSingleton<TikTokWebhook>();
        services.AddSingleton<ApiKeyCache>();
        services.AddSingleton<IdempotentCalls>();
        services.AddSingleton<OrderCursor>();
        services.AddSingleton<EventCursor>();
        services.TryAddSingleton<IPausePoints, NoPausePoints>();
        services.AddSingleton<OrderApi>();
        services.AddSingleton<EventApi>();
        services.AddSingleton<ExceptionApi>();
        services.AddSingleton<ParcelProfileApi>();
        services.AddSingleton<LateDispatchApi>();
        services.AddSingleton<QualityApi>();
        services.AddSingleton<ShopApi>();
        services.AddSingleton<HealthPages>();
        services.AddHostedService(s => s.GetRequiredService<HealthPages>());
        services.Configure<KestrelServerOptions>(k => k.AddServerHeader = false);
        services.AddRateLimiter(_ => { });
        services.AddOptions<RateLimiterOptions>().Configure<IOptions<FrontDoorOptions>>(LimitPerKey);
        services.AddEngineApiDocument();
        return services;
    }

    /// <summary>Maps everything. The host maps `/metrics` itself, before or after.</summary>
    public static WebApplication MapEngineFrontDoor(this WebApplication app)
    {
        app.UseMiddleware<ProblemMiddleware>();
        app.UseRouting();
        app.UseMiddleware<AccessMiddleware>();
        app.UseRateLimiter();
        MapWebhook(app);
        MapHealth(app);
        MapApi(app);
        app.MapEngineApiDocument();
        return app;
    }

    private static void MapWebhook(WebApplication app)
    {
        var webhook = app.Services.GetRequiredService<TikTokWebhook>();
        app.MapPost("/webhooks/tiktok", (RequestDelegate)webhook.HandleAsync).ExcludeFromDescription();
    }

    private static void MapHealth(WebApplication app)
    {
        var health = app.Services.GetRequiredService<HealthPages>();
        app.MapGet("/health/live", (Delegate)health.Live).ExcludeFromDescription();
        app.MapGet("/health/ready", (Delegate)health.ReadyAsync).ExcludeFromDescription();
    }

    private static void MapApi(WebApplication app)
    {
        var api = app.MapGroup("/v1").RequireRateLimiting(PerKey).Refuses(400, 401, 403, 429, 500, 503);
        MapOrders(api, app.Services.GetRequiredService<OrderApi>());
        MapEvents(api, app.Services.GetRequiredService<EventApi>());
        MapExceptions(api, app.Services.GetRequiredService<ExceptionApi>());
        MapParcelProfiles(api, app.Services.GetRequiredService<ParcelProfileApi>());
        MapLateDispatch(api, app.Services.GetRequiredService<LateDispatchApi>());
        MapQuality(api, app.Services.GetRequiredService<QualityApi>());
        MapShops(api, app.Services.GetRequiredService<ShopApi>());
    }

    private static void MapOrders(RouteGroupBuilder api, OrderApi orders)
    {
        api.MapGet("/orders", orders.ListAsync)
            .Is("listOrders", "Orders", "List orders, oldest change first", Scopes.OrdersRead).Answers<OrderList>(200).Refuses(404);
        api.MapGet("/orders/{shop}/{id}", orders.GetAsync)
            .Is("getOrder", "Orders", "One order with its parcels, deadlines and history", Scopes.OrdersRead)
            .Answers<OrderDetail>(200).WithMetadata(new AnswersNothing(304, "Not changed since the given ETag")).Refuses(404);
        api.MapGet("/orders/{shop}/{id}/labels/{parcel}", orders.LabelAsync)
            .Is("getLabel", "Orders", "The label file of a parcel", Scopes.LabelsRead)
            .Produces(200, typeof(byte[]), "application/pdf").Refuses(404, 410);
        api.MapPost("/orders/{shop}/{id}/tracking", orders.SubmitTrackingAsync)
            .Is("submitTracking", "Orders", "Hand in the tracking number of the seller's own carrier", Scopes.OrdersWrite)
            .Takes<TrackingRequest>().Answers<TrackingReceipt>(202).Refuses(404, 409, 413, 415, 422);
        api.MapPost("/orders/{shop}/{id}/cancellation", orders.AnswerCancellationAsync)
            .Is("answerCancellation", "Orders", "Decide what the buyer who asked to cancel is answered", Scopes.OrdersWrite)
            .Takes<CancellationAnswerRequest>().Answers<CancellationAnswerReceipt>(202).Refuses(404, 409, 413, 415, 422);
        api.MapPost("/orders/{shop}/{id}:resume", orders.ResumeAsync)
            .Is("resumeOrder", "Orders", "Put a parked order back to work", Scopes.OrdersWrite).Answers<OrderDetail>(200).Refuses(404, 409, 422);
    }

    private static void MapEvents(RouteGroupBuilder api, EventApi events) =>
        api.MapGet("/events", events.ListAsync)
            .Is("listEvents", "Events", "What happened to the orders: each order's events in their order, every event at least once", Scopes.EventsRead)
            .Answers<EventPage>(200).Refuses(404);

    private static void MapExceptions(RouteGroupBuilder api, ExceptionApi exceptions) =>
        api.MapGet("/exceptions", exceptions.ListAsync)
            .Is("listExceptions", "Exceptions", "What people must look at, oldest first", Scopes.OrdersRead).Answers<ExceptionList>(200).Refuses(404);

    private static void MapParcelProfiles(RouteGroupBuilder api, ParcelProfileApi profiles)
    {
        api.MapGet("/parcel-profiles", profiles.FindAsync)
            .Is("findParcelProfiles", "Parcel profiles", "Profiles of the given SKUs", Scopes.ProfilesRead).Answers<ParcelProfileList>(200).Refuses(404);
        api.MapPut("/parcel-profiles", profiles.PutManyAsync)
            .Is("putParcelProfiles", "Parcel profiles", "Set many profiles, all or none", Scopes.ProfilesWrite)
            .Takes<ParcelProfileBatch>().Answers<ImportReceipt>(200).Refuses(404, 413, 415, 422);
        api.MapPut("/parcel-profiles/{sku}", profiles.PutOneAsync)
            .Is("putParcelProfile", "Parcel profiles", "Set the profile of one SKU", Scopes.ProfilesWrite)
            .Takes<ParcelMeasureView>().Answers<ParcelProfileView>(200).Refuses(404, 413, 415, 422);
        api.MapPost("/parcel-profiles:import", profiles.ImportAsync)
            .Is("importParcelProfiles", "Parcel profiles", "Set profiles from CSV: sku,weight_grams,length_mm,width_mm,height_mm; all or none", Scopes.ProfilesWrite)
            .Accepts<string>("text/csv").Answers<ImportReceipt>(200).Refuses(404, 413, 415, 422);
    }

    private static void MapLateDispatch(RouteGroupBuilder api, LateDispatchApi ldr) =>
        api.MapGet("/ldr", ldr.GetAsync)
            .Is("getLateDispatchRate", "Late dispatch", "A shop's Late Dispatch Rate by both formulas", Scopes.LateDispatchRead)
            .Answers<LateDispatchView>(200).Refuses(404);

    private static void MapQuality(RouteGroupBuilder api, QualityApi quality) =>
        api.MapGet("/quality", quality.GetAsync)
            .Is("getQuality", "Quality", "What the marketplace holds against the app in a shop: incidents by its rules, and the auto-cancelled rate", Scopes.QualityRead)
            .Answers<QualityView>(200).Refuses(404);

    private static void MapShops(RouteGroupBuilder api, ShopApi shops)
    {
        api.MapGet("/shops", shops.ListAsync).Is("listShops", "Shops", "The connected shops", Scopes.ShopsRead).Answers<ShopList>(200);
        api.MapPost("/shops", (Delegate)shops.ConnectAsync)
            .Is("connectShop", "Shops", "Connect a shop with the code of its seller's consent", Scopes.ShopsWrite)
            .Takes<ConnectRequest>().Answers<ShopView>(200).Answers<ShopView>(201).Refuses(409, 413, 415, 422);
        api.MapGet("/shops/{id}", shops.GetAsync)
            .Is("getShop", "Shops", "One shop, and up to when its orders are complete", Scopes.ShopsRead).Answers<ShopDetail>(200).Refuses(404);
        api.MapPost("/shops/{id}:reconcile", shops.ReconcileAsync)
            .Is("reconcileShop", "Shops", "One full sweep of the shop's orders, now", Scopes.ShopsWrite).Answers<IntakeView>(200).Refuses(404);
    }

    private static void LimitPerKey(RateLimiterOptions limiter, IOptions<FrontDoorOptions> options)
    {
        limiter.AddPolicy(PerKey, http => RateLimitPartition.GetTokenBucketLimiter(http.Caller().Key.KeyId, _ => new TokenBucketRateLimiterOptions
        {
            TokenLimit = options.Value.RequestsBurst,
            TokensPerPeriod = Math.Max(1, options.Value.RequestsPerSecond / 10),
            ReplenishmentPeriod = TimeSpan.FromSeconds(Math.Max(0.1, 1.0 / options.Value.RequestsPerSecond)),
            QueueLimit = 0,
        }));
        limiter.OnRejected = async (rejected, ct) =>
        {
            var seconds = rejected.Lease.TryGetMetadata(MetadataName.RetryAfter, out var after) ? (int)Math.Ceiling(after.TotalSeconds) : 1;
            await (Problem.ForStatus(StatusCodes.Status429TooManyRequests) with { RetryAfterSeconds = Math.Max(1, seconds) }).WriteAsync(rejected.HttpContext);
        };
    }

    private sealed class OptionsCheck : IValidateOptions<FrontDoorOptions>
    {
        public ValidateOptionsResult Validate(string? name, FrontDoorOptions options) =>
            options.Problems().ToList() is { Count: > 0 } problems ? ValidateOptionsResult.Fail(problems) : ValidateOptionsResult.Success;
    }
}
