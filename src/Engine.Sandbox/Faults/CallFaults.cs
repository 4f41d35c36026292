using System.Text.Json;
using Engine.Sandbox.Http;
using Engine.Sandbox.Orders;

namespace Engine.Sandbox.Faults;

/// <summary>One admitted call as faults see it, and what they have decided about it. Made only while plans are armed.</summary>
public sealed class CallFaults
{
    private readonly Marketplace _market;
    private List<Action>? _afterEffect;

    public CallFaults(Marketplace market, ApiCall call, string api, ApiGroup group, string? entity = null)
    {
        (_market, Call, Api, Group) = (market, call, api, group);
        ShopId = call.HasShop ? call.Shop.Id : null;
        OrderIds = FindOrders();
        Entity = entity ?? FindEntity();
    }

    public ApiCall Call { get; }

    /// <summary>Method and path template.</summary>
    public string Api { get; }
    public ApiGroup Group { get; }
    public string? ShopId { get; }

    /// <summary>What the call is about: an order, a package, a list of orders as sent; else the shop.</summary>
    public string Entity { get; }

    /// <summary>Orders that the call names, itself or by their package.</summary>
    public IReadOnlyList<string> OrderIds { get; }

    public IEnumerable<Order> Orders => OrderIds.Select(id => _market.Orders.GetValueOrDefault(id)).OfType<Order>();

    /// <summary>The call is answered (or cut) without its effect.</summary>
    public bool Ended { get; private set; }

    /// <summary>System milliseconds to wait before the answer leaves or the connection is cut.</summary>
    public long HoldMs { get; set; }

    /// <summary>Declared and not sent: the connection is cut after what is there.</summary>
    public int MissingBytes { get; set; }

    /// <summary>Runs after the effect, the refusal or the end without effect, and may change the answer.</summary>
    public void AfterEffect(Action action) => (_afterEffect ??= []).Add(action);

    /// <summary>No effect now; what is in the call is its answer.</summary>
    public void End() => Ended = true;

    public void RunAfterEffect()
    {
        foreach (var action in _afterEffect ?? [])
        {
            action();
        }
    }

    /// <summary>A search is about to read its page.</summary>
    public void ShapeList(Paging paging) => _market.Faults.ShapeList(this, paging);

    private List<string> FindOrders()
    {
        var values = Call.PathValues;
        switch (Group)
        {
            case ApiGroup.Purchase:
                return OrdersOfPurchase();
            case ApiGroup.Storage:
            case ApiGroup.Document or ApiGroup.Read when Api.Contains("{package_id}", StringComparison.Ordinal):
                return _market.Packages.TryGetValue(values[0], out var package) ? [.. package.Orders.Select(static o => o.Id)] : [];
            case ApiGroup.Ship or ApiGroup.Read when Api.Contains("{order_id}", StringComparison.Ordinal):
                return [values[0]];
            case ApiGroup.Cancellation when values.Length > 0:
                return _market.Cancellations.TryGetValue(values[0], out var request) ? [request.Order.Id] : [];
            case ApiGroup.Read when Call.Query["ids"] is { } ids:
                return [.. ids.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)];
            default:
                return [];
        }
    }

    private List<string> OrdersOfPurchase()
    {
        var found = new List<string>();
        try
        {
            using var body = JsonDocument.Parse(Call.Body);
            var root = body.RootElement;
            if (root.ValueKind == JsonValueKind.Object)
            {
                if (root.TryGetProperty("order_id", out var one) && one.ValueKind == JsonValueKind.String && one.GetString() is { Length: > 0 } id)
                {
                    found.Add(id);
                }

                if (root.TryGetProperty("order_list_ids", out var list) && list.ValueKind == JsonValueKind.Array)
                {
                    found.AddRange(list.EnumerateArray().Where(static e => e.ValueKind == JsonValueKind.String).Select(static e => e.GetString()!).Where(i => !found.Contains(i)));
                }
            }
        }
        catch (JsonException)
        {
            // The endpoint will refuse it; the call is then about its shop.
        }

        return found;
    }

    private string FindEntity() =>
        Call.PathValues.Length > 0 ? Call.PathValues[0]
        : Group == ApiGroup.Purchase && OrderIds.Count > 0 ? OrderIds[0]
        : OrderIds.Count > 0 ? string.Join(',', OrderIds)
        : ShopId ?? "";
}
