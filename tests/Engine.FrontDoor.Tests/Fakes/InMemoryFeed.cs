using System.Collections.Immutable;
using Engine.Domain.Orders;
using Engine.Domain.Ports;

namespace Engine.FrontDoor.Tests.Fakes;

/// <summary>The journal of what was appended to the store, two partitions of it: shops of even and of odd length.</summary>
internal sealed class InMemoryFeed(InMemoryStore store) : IJournalFeed
{
    public int Partitions => 2;

    public event Action<int>? Committed
    {
        add => throw new NotSupportedException("The front door does not wait for commits.");
        remove => throw new NotSupportedException("The front door does not wait for commits.");
    }

    public int PartitionOf(ShopId shop) => shop.Value.Length % 2;

    public Task<JournalBatch> ReadAsync(int partition, JournalPosition after, int max, CancellationToken ct)
    {
        var events = store.Journal().Where(e => PartitionOf(e.Order.Shop) == partition && e.Position.CompareTo(after) > 0).Take(max).ToImmutableArray();
        return Task.FromResult(new JournalBatch(events, events.IsEmpty ? after : events[^1].Position, false));
    }

    public Task<JournalPosition> HorizonAsync(CancellationToken ct) => Task.FromResult(store.Journal() is [.., var last] ? last.Position : default);

    public Task<TimeSpan> HorizonAgeAsync(CancellationToken ct) => throw new NotSupportedException();

    public Task<(long Head, long Applied)> ProgressAsync(CancellationToken ct) => throw new NotSupportedException();
}
