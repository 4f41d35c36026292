namespace Engine.Sandbox.Faults;

/// <summary>Which calls a plan looks at: an API or a group of them, and optionally only some shops or orders.</summary>
public sealed class FaultScope
{
    private readonly ApiGroup? _group;
    private readonly string? _api;
    private readonly HashSet<string>? _shops;
    private readonly HashSet<string>? _orders;

    private FaultScope(ApiGroup? group, string? api, List<string>? shops, List<string>? orders)
    {
        (_group, _api) = (group, api);
        _shops = shops is { Count: > 0 } ? new(shops, StringComparer.Ordinal) : null;
        _orders = orders is { Count: > 0 } ? new(orders, StringComparer.Ordinal) : null;
    }

    public IReadOnlyCollection<string> Orders => _orders ?? [];

    /// <param name="api">'any', a group, or method and path template as in the ledger.</param>
    public static FaultScope? Read(string api, List<string>? shops, List<string>? orders, IEnumerable<string> knownApis, out string? problem)
    {
        problem = null;
        if (api == "any")
        {
            return new FaultScope(null, null, shops, orders);
        }

        if (api.All(char.IsAsciiLetterLower) && Enum.TryParse<ApiGroup>(api, ignoreCase: true, out var group) && group != ApiGroup.Other)
        {
            return new FaultScope(group, null, shops, orders);
        }

        if (knownApis.Contains(api))
        {
            return new FaultScope(null, api, shops, orders);
        }

        problem = $"api '{api}' is no group (any, {string.Join(", ", Enum.GetValues<ApiGroup>().Where(static g => g != ApiGroup.Other).Select(static g => g.ToString().ToLowerInvariant()))}) and no API of the ledger's spelling.";
        return null;
    }

    public bool Covers(CallFaults call) =>
        (_group is null || call.Group == _group) && (_api is null || call.Api == _api) && CoversShop(call.ShopId)
        && (_orders is null || call.OrderIds.Any(_orders.Contains));

    public bool CoversShop(string? shopId) => _shops is null || (shopId is not null && _shops.Contains(shopId));

    public bool CoversOrder(Orders.Order order) => CoversShop(order.Shop.Id) && (_orders is null || _orders.Contains(order.Id));
}
