using Engine.Domain.Orders;
using Engine.Domain.Ports;
using Engine.FrontDoor.Wire;
using Microsoft.Extensions.Options;

namespace Engine.FrontDoor.Orders;

/// <summary>Where a list of orders goes on: good only for the merchant and the filter that it was made for.</summary>
internal sealed class OrderCursor(IOptions<FrontDoorOptions> options)
{
    private readonly PageCursor cursor = new(options.Value.CursorKey, "engine/orders-cursor/1");

    public string After(OrderRow last, OrderListQuery query) => cursor.Seal(last.ChangedAt, last.Key.ToString(), FilterOf(query));

    /// <param name="at">What the list is sorted by, before shop and order.</param>
    /// <param name="filter">Everything that makes the list this list.</param>
    public string After(DateTimeOffset at, OrderKey last, string filter) => cursor.Seal(at, last.ToString(), filter);

    /// <exception cref="Problems.ProblemException">400: changed, or made for another query.</exception>
    public (DateTimeOffset ChangedAt, ShopId Shop, string OrderId) Read(string text, OrderListQuery query) => Read(text, FilterOf(query));

    /// <exception cref="Problems.ProblemException">400: changed, or made for another query.</exception>
    public (DateTimeOffset At, ShopId Shop, string OrderId) Read(string text, string filter)
    {
        var (at, row) = cursor.Open(text, filter);
        var order = OrderKey.Parse(row);
        return (at, order.Shop, order.OrderId);
    }

    private static string FilterOf(OrderListQuery query) =>
        $"{query.Merchant}\n{query.Shop}\n{string.Join(',', query.Statuses.Order())}\n{query.DueBefore?.UtcTicks}";
}
