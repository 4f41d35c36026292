using System.Collections.Immutable;

namespace Engine.FrontDoor.Access;

/// <summary>What a key may do. Stored with keys: never renamed.</summary>
public static class Scopes
{
    public const string OrdersRead = "orders:read";
    public const string OrdersWrite = "orders:write";

    /// <summary>Label files carry an address: apart from <see cref="OrdersRead"/>.</summary>
    public const string LabelsRead = "labels:read";
    public const string EventsRead = "events:read";
    public const string ProfilesRead = "profiles:read";
    public const string ProfilesWrite = "profiles:write";
    public const string LateDispatchRead = "ldr:read";
    public const string QualityRead = "quality:read";
    public const string ShopsRead = "shops:read";
    public const string ShopsWrite = "shops:write";

    public static readonly ImmutableArray<string> All =
        [OrdersRead, OrdersWrite, LabelsRead, EventsRead, ProfilesRead, ProfilesWrite, LateDispatchRead, QualityRead, ShopsRead, ShopsWrite];
}

/// <summary>On an endpoint: the scope that its caller needs. An endpoint under /v1 without one does not start.</summary>
internal sealed record RequiredScope(string Scope);
