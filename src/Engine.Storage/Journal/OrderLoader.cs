using System.Text.Json;
using System.Threading.Channels;
using Engine.Domain.Orders;
using Engine.Domain.Ports;
using Npgsql;
using NpgsqlTypes;

namespace Engine.Storage.Journal;

/// <summary>Reads orders by folding their events. Loads that arrive while a query runs share the next one.</summary>
internal sealed class OrderLoader : IAsyncDisposable
{
    private const int Loops = 2;

    private const string Sql =
        """
        select k.i, e.version, e.schema, e.name, e.at, e.command_id, e.merchant, e.body
        from unnest($1, $2) with ordinality as k (shop, order_id, i)
        cross join lateral (
            select * from order_events e where e.shop = k.shop and e.order_id = k.order_id order by e.version limit 1000000) e
        """;

    private readonly NpgsqlDataSource source;
    private readonly JournalOptions options;
    private readonly Channel<Request> queue = Channel.CreateUnbounded<Request>();
    private readonly Task running;

    public OrderLoader(NpgsqlDataSource source, JournalOptions options)
    {
        this.source = source;
        this.options = options;
        running = Task.WhenAll(Enumerable.Range(0, Loops).Select(_ => Task.Run(RunAsync)));
    }

    public ValueTask<LoadedOrder?> LoadAsync(OrderKey key, CancellationToken ct)
    {
        var request = new Request(key);
        return queue.Writer.TryWrite(request)
            ? new ValueTask<LoadedOrder?>(request.Loaded.Task.WaitAsync(ct))
            : ValueTask.FromException<LoadedOrder?>(new JournalUnavailableException("The journal has been closed."));
    }

    public async ValueTask DisposeAsync()
    {
        queue.Writer.TryComplete();
        await running.ConfigureAwait(false);
    }

    private async Task RunAsync()
    {
        var batch = new List<Request>();
        while (await queue.Reader.WaitToReadAsync().ConfigureAwait(false))
        {
            batch.Clear();
            while (batch.Count < options.LoadOrders && queue.Reader.TryRead(out var request))
            {
                batch.Add(request);
            }

            if (batch.Count > 0)
            {
                await LoadAsync(batch).ConfigureAwait(false);
            }
        }
    }

    private async Task LoadAsync(List<Request> batch)
    {
        var shops = new string[batch.Count];
        var orders = new string[batch.Count];
        for (var i = 0; i < batch.Count; i++)
        {
            shops[i] = batch[i].Key.Shop.Value;
            orders[i] = batch[i].Key.OrderId;
        }

        try
        {
            await using var command = source.CreateCommand(Sql);
            command.Parameters.Add(new NpgsqlParameter<string[]> { TypedValue = shops, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text });
            command.Parameters.Add(new NpgsqlParameter<string[]> { TypedValue = orders, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text });
            await using var reader = await command.ExecuteReaderAsync().ConfigureAwait(false);
            while (await reader.ReadAsync().ConfigureAwait(false))
            {
                batch[(int)reader.GetInt64(0) - 1].Take(reader);
            }
        }
        catch (Exception e)
        {
            var told = new JournalUnavailableException($"Orders could not be loaded: {WriteFaults.Describe(e)}", e);
            foreach (var request in batch)
            {
                request.Loaded.TrySetException(told);
            }

            return;
        }

        foreach (var request in batch)
        {
            request.Finish();
        }
    }

    private sealed class Request(OrderKey key)
    {
        private OrderState? state;
        private Guid lastCommandId;
        private JournalUnavailableException? damage;

        public OrderKey Key { get; } = key;

        public TaskCompletionSource<LoadedOrder?> Loaded { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public void Take(NpgsqlDataReader row)
        {
            if (damage is not null)
            {
                return;
            }

            state ??= OrderState.Empty(Key, new MerchantId(row.GetString(6)));
            var version = row.GetInt32(1);
            if (version != state.Version + 1)
            {
                damage = new JournalUnavailableException($"The journal of {Key} is damaged: version {state.Version + 1} is missing. Run 'verify'.");
                return;
            }

            try
            {
                var happened = EventCodec.Decode(row.GetString(3), row.GetInt16(2), row.GetFieldValue<byte[]>(7));
                state = OrderFold.Evolve(state, happened, new DateTimeOffset(row.GetDateTime(4), TimeSpan.Zero));
                lastCommandId = row.GetGuid(5);
            }
            catch (Exception e) when (e is JsonException or KeyNotFoundException or NotSupportedException)
            {
                damage = new JournalUnavailableException($"Version {version} of {Key} cannot be read: {e.Message}", e);
            }
        }

        public void Finish()
        {
            if (damage is not null)
            {
                Loaded.TrySetException(damage);
            }
            else
            {
                Loaded.TrySetResult(state is null ? null : new LoadedOrder(state, lastCommandId));
            }
        }
    }
}
