using Engine.Domain.Ports;

namespace Engine.TikTok.Transport;

/// <summary>What sending a call twice would do.</summary>
internal enum Effect
{
    /// <summary>Nothing: without an answer it was not applied, and the caller may repeat it.</summary>
    None,

    /// <summary>The same again: a doubtful answer is unknown, but harms nobody.</summary>
    Idempotent,

    /// <summary>Money or a parcel: sent at most once per invocation; a doubtful answer is unknown.</summary>
    Purchase,
}

/// <param name="By">Who refuses, where the endpoint itself does.</param>
internal sealed record Endpoint(MarketplaceApi Api, HttpMethod Method, string By, Effect Effect);

/// <summary>The endpoints in use. Versions are chosen per endpoint, as the platform does.</summary>
internal static class Endpoints
{
    public static readonly Endpoint SearchOrders = new(MarketplaceApi.SearchOrders, HttpMethod.Post, "order", Effect.None);
    public static readonly Endpoint ReadOrders = new(MarketplaceApi.ReadOrders, HttpMethod.Get, "order", Effect.None);
    public static readonly Endpoint BuyLabel = new(MarketplaceApi.BuyLabel, HttpMethod.Post, "fulfillment", Effect.Purchase);
    public static readonly Endpoint BuyCombinedLabel = new(MarketplaceApi.BuyCombinedLabel, HttpMethod.Post, "fulfillment", Effect.Purchase);
    public static readonly Endpoint ReadPackage = new(MarketplaceApi.ReadPackage, HttpMethod.Get, "fulfillment", Effect.None);
    public static readonly Endpoint SearchPackages = new(MarketplaceApi.SearchPackages, HttpMethod.Post, "fulfillment", Effect.None);
    public static readonly Endpoint ShippingDocument = new(MarketplaceApi.ShippingDocument, HttpMethod.Get, "fulfillment", Effect.None);
    public static readonly Endpoint ShippingServices = new(MarketplaceApi.ShippingServices, HttpMethod.Post, "fulfillment", Effect.None);
    public static readonly Endpoint MarkShipped = new(MarketplaceApi.MarkShipped, HttpMethod.Post, "fulfillment", Effect.Purchase);
    public static readonly Endpoint SearchCancellations = new(MarketplaceApi.SearchCancellations, HttpMethod.Post, "return_refund", Effect.None);
    public static readonly Endpoint ApproveCancellation = new(MarketplaceApi.ApproveCancellation, HttpMethod.Post, "return_refund", Effect.Idempotent);
    public static readonly Endpoint RejectCancellation = new(MarketplaceApi.RejectCancellation, HttpMethod.Post, "return_refund", Effect.Idempotent);
    public static readonly Endpoint ReadProduct = new(MarketplaceApi.ReadProduct, HttpMethod.Get, "product", Effect.None);
    public static readonly Endpoint Warehouses = new(MarketplaceApi.Warehouses, HttpMethod.Get, "logistics", Effect.None);
    public static readonly Endpoint Carriers = new(MarketplaceApi.Carriers, HttpMethod.Get, "logistics", Effect.None);
    public static readonly Endpoint Webhooks = new(MarketplaceApi.Webhooks, HttpMethod.Put, "event", Effect.Idempotent);
    public static readonly Endpoint QualityExchange = new(MarketplaceApi.QualityExchange, HttpMethod.Post, "data_reconciliation", Effect.Idempotent);
    public static readonly Endpoint AuthorizedShops = new(MarketplaceApi.AuthorizedShops, HttpMethod.Get, "authorization", Effect.None);
}
