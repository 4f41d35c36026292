using Engine.Domain.LateDispatch;
using Engine.Domain.Orders;
using Engine.Domain.Ports;

namespace Engine.Testing.Postgres;

/// <summary>A plain LDR reader, step by step, as the ports' comments describe it.</summary>
public static class TestReader
{
    /// <summary>Reads one batch, skips what the starting snapshot had seen, stores the rest; null when fenced.</summary>
    public static async Task<(ReaderLease? Lease, int Read)> StepAsync(TestStorage storage, ReaderLease lease, int max = 100, TestDesk? desk = null)
    {
        var batch = await storage.Feed.ReadAsync(lease.Partition, lease.Position, max, CancellationToken.None);
        if (batch.Events.IsEmpty)
        {
            return (lease, 0);
        }

        await (desk?.ToldAsync(batch) ?? Task.CompletedTask);
        var deltas = new Dictionary<ShopId, LateDispatchDelta>();
        foreach (var e in batch.Events)
        {
            if (lease.StartedFrom?.Sees(e.Position.Xid) != true)
            {
                if (!deltas.TryGetValue(e.Order.Shop, out var delta))
                {
                    deltas[e.Order.Shop] = delta = new LateDispatchDelta();
                }

                delta.Add(e.Event);
            }
        }

        return (await storage.LateDispatch.CommitAsync(lease, batch.Next, deltas, CancellationToken.None), batch.Events.Length);
    }

    /// <summary>Steps until the partition's newest row is applied.</summary>
    public static async Task<ReaderLease> CatchUpAsync(TestStorage storage, ReaderLease lease, TestDesk? desk = null)
    {
        while (true)
        {
            var (next, read) = await StepAsync(storage, lease, desk: desk);
            lease = next ?? throw new InvalidOperationException("The reader was fenced off.");
            if (read == 0 && !await IsBehindAsync(storage, lease))
            {
                return lease;
            }

            // Rows above the horizon: some transaction of another test still runs.
            await Task.Yield();
        }
    }

    private static async Task<bool> IsBehindAsync(TestStorage storage, ReaderLease lease)
    {
        await using var command = storage.Pool.CreateCommand(
            "select exists (select from order_events where part = $1 and (epoch, xid, seq) > ($2, $3, $4))");
        command.Parameters.Add(new() { Value = (short)lease.Partition });
        command.Parameters.Add(new() { Value = (int)lease.Position.Epoch });
        command.Parameters.Add(new() { Value = lease.Position.Xid, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Xid8 });
        command.Parameters.Add(new() { Value = lease.Position.Seq });
        return (bool)(await command.ExecuteScalarAsync())!;
    }
}
