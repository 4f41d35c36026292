using Engine.Domain.Ports;

namespace Engine.Storage.Journal;

/// <summary>One order of a batch.</summary>
/// <param name="Index">Which order of its unit.</param>
internal readonly record struct BatchRow(string Shop, string OrderId, AppendRequest Request, int Index)
{
    public OrderAppend Append => Request.Unit.Orders[Index];

    /// <summary>All writers lock in this order, so that no two can wait for each other.</summary>
    public static int ByKey(BatchRow left, BatchRow right)
    {
        var shop = string.CompareOrdinal(left.Shop, right.Shop);
        return shop != 0 ? shop : string.CompareOrdinal(left.OrderId, right.OrderId);
    }
}
