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

    /// <exception cref="Problems.ProblemException">400: changed, or made for another query.</exception>
    public (DateTimeOffset ChangedAt, ShopId Shop, string OrderId) Read(string text, OrderListQuery query)
    {
        var (at, row) = cursor.Open(text, FilterOf(query));
        var order = OrderKey.Parse(row);
        return (at, order.Shop, order.OrderId);
    }

    private static string FilterOf(OrderListQuery query) =>
        $"{query.Merchant}\n{query.Shop}\n{string.Join(',', query.Statuses.Order())}\n{query.DueBefore?.UtcTicks}";
}
