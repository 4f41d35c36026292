using Engine.Domain.LateDispatch;
using Engine.Domain.Orders;

namespace Engine.Domain.Ports;

/// <summary>A reader's right to write, and where it goes on.</summary>
/// <param name="Fence">Grows with every start; a writer with an older one is refused.</param>
/// <param name="StartedFrom">Rows visible in this snapshot are already in the state; null once past it.</param>
public sealed record ReaderLease(int Partition, long Fence, JournalPosition Position, JournalSnapshot? StartedFrom);

/// <summary>The LDR counters: cursor and effect are stored in one transaction.</summary>
public interface ILateDispatchStore
{
    /// <summary>Takes the partition over. The first start ever (or after a restore) counts from the stored orders in one REPEATABLE READ transaction.</summary>
    Task<ReaderLease> StartAsync(int partition, CancellationToken ct);

    /// <summary>Adds the deltas and moves the cursor, if <paramref name="lease"/> still holds and the cursor still stands at its position; null when fenced.</summary>
    Task<ReaderLease?> CommitAsync(
        ReaderLease lease, JournalPosition to, IReadOnlyDictionary<ShopId, LateDispatchDelta> deltas, CancellationToken ct);

    Task<LateDispatchCounters> ReadAsync(ShopId shop, CancellationToken ct);

    /// <summary>The same counters, counted from the stored orders: what <see cref="ReadAsync"/> must equal once the reader has caught up.</summary>
    Task<LateDispatchCounters> RecountAsync(ShopId shop, CancellationToken ct);
}
