using System.Collections.Concurrent;
using Engine.Domain.Orders;
using Engine.Domain.Ports;

namespace Engine.Storage.Journal;

/// <summary>A planted bug (<see cref="PlantedBugs.IntentNotDurable"/>): a purchase intent is acknowledged at once and stored with what follows it.</summary>
internal sealed class ForgetfulJournal(IOrderJournal journal) : IOrderJournal
{
    private readonly ConcurrentDictionary<OrderKey, OrderAppend> held = new();

    public ValueTask<AppendAnswer> AppendAsync(AppendUnit unit, CancellationToken ct)
    {
        if (unit.Orders is not [var order])
        {
            return journal.AppendAsync(unit, ct);
        }

        if (order.Events is [PurchaseIntended])
        {
            held[order.After.Key] = order;
            return ValueTask.FromResult(AppendAnswer.Accepted);
        }

        return held.TryRemove(order.After.Key, out var intent) && intent.After.Version == order.ExpectedVersion
            ? journal.AppendAsync(unit with { Orders = [order with { ExpectedVersion = intent.ExpectedVersion, Events = [.. intent.Events, .. order.Events], FormerWork = null, ParcelsChanged = true }] }, ct)
            : journal.AppendAsync(unit, ct);
    }

    public ValueTask<LoadedOrder?> LoadAsync(OrderKey key, CancellationToken ct) => journal.LoadAsync(key, ct);
}
