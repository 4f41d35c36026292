namespace Engine.Sandbox.Faults;

/// <summary>Groups of APIs that a plan may name instead of one path template; the names in lower case are wire names.</summary>
public enum ApiGroup
{
    /// <summary>What stands in no other group, such as webhook settings.</summary>
    Other,

    /// <summary>Create Packages, both editions.</summary>
    Purchase,

    /// <summary>Details and catalogues: orders, packages, services, warehouses, products, authorized shops.</summary>
    Read,

    /// <summary>Every list search: orders, packages, cancellations, products.</summary>
    Search,

    /// <summary>Get Package Shipping Document.</summary>
    Document,

    /// <summary>The file behind a document's link.</summary>
    Storage,

    /// <summary>Both paths of the token host.</summary>
    Token,

    /// <summary>Mark Package As Shipped.</summary>
    Ship,

    /// <summary>The seller's cancellation, and the answers to a buyer's request.</summary>
    Cancellation,
}

public static class ApiGroups
{
    public const string StorageApi = "GET /label-storage/";

    public static ApiGroup Of(string method, string template) =>
        template.StartsWith("/api/v2/token/", StringComparison.Ordinal) ? ApiGroup.Token
        : template.StartsWith("/label-storage/", StringComparison.Ordinal) ? ApiGroup.Storage
        : template.EndsWith("/search", StringComparison.Ordinal) ? ApiGroup.Search
        : template.StartsWith("/return_refund/", StringComparison.Ordinal) ? ApiGroup.Cancellation
        : template.EndsWith("/shipping_documents", StringComparison.Ordinal) ? ApiGroup.Document
        : template.EndsWith("/{order_id}/packages", StringComparison.Ordinal) ? ApiGroup.Ship
        : method == "POST" && template.EndsWith("/packages", StringComparison.Ordinal) ? ApiGroup.Purchase
        : method == "GET" || template.EndsWith("/query", StringComparison.Ordinal) ? ApiGroup.Read
        : ApiGroup.Other;

    /// <summary>Whether repeating a call of the group could repeat an effect; only such effects can be late.</summary>
    public static bool HasEffect(ApiGroup group) => group is ApiGroup.Purchase or ApiGroup.Ship or ApiGroup.Cancellation;
}
