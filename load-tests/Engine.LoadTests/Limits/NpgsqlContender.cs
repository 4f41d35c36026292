using System.Data;
using Engine.Domain.Orders;
using Engine.Storage;
using Npgsql;
using NpgsqlTypes;

namespace Engine.LoadTests.Limits;

/// <summary>What one would write by hand: the same narrow row and document, one transaction per step, prepared, 16 connections.</summary>
public sealed class NpgsqlContender(BenchDatabase database, bool withEvents) : IContender
{
    private const string Insert =
        """
        insert into plain_orders (shop, order_id, merchant, version, status, marketplace_status, fulfiller, shipping, cancel_requested, late,
            placed_at, updated_at, changed_at, released_at, label_by, dispatch_by, cancel_unlabelled_at, cancel_unscanned_at, first_scan_at, cancelled_at, warehouse, parked_reason)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22)
        """;

    private const string Update =
        """
        update plain_orders set merchant = $3, version = $4, status = $5, marketplace_status = $6, fulfiller = $7, shipping = $8, cancel_requested = $9, late = $10,
            placed_at = $11, updated_at = $12, changed_at = $13, released_at = $14, label_by = $15, dispatch_by = $16, cancel_unlabelled_at = $17,
            cancel_unscanned_at = $18, first_scan_at = $19, cancelled_at = $20, warehouse = $21, parked_reason = $22
        where shop = $1 and order_id = $2 and version = $4 - 1
        """;

    private const string Document = "insert into plain_documents (shop, order_id, document) values ($1, $2, $3)";

    private const string Event =
        "insert into plain_events (shop, order_id, version, merchant, schema, name, at, command_id, actor, cause, body) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";

    private EngineDataSources? sources;

    public string Name => withEvents ? "npgsql_events" : "npgsql";

    public async Task PrepareAsync(CancellationToken ct)
    {
        await DisposeAsync();
        await database.ExecuteAsync(
            """
            drop table if exists plain_orders, plain_documents, plain_events;
            create table plain_orders (like orders including defaults, primary key (shop, order_id)) with (fillfactor = 70);
            alter table plain_orders drop column prior_version;
            create table plain_documents (shop text collate "C", order_id text collate "C", document jsonb not null, primary key (shop, order_id));
            create table plain_events (
                shop text collate "C", order_id text collate "C", version integer, merchant text not null, seq bigserial, schema smallint not null, name text not null,
                at timestamptz not null, command_id uuid not null, actor text not null, cause text, body jsonb not null, primary key (shop, order_id, version));
            """,
            ct);
        sources = database.Open();
    }

    public Task<RunResult> RunAsync(int inFlight, TimeSpan duration, CancellationToken ct) => ClosedLoop.RunAsync(inFlight, duration, LiveAsync, ct);

    public async ValueTask DisposeAsync()
    {
        if (sources is not null)
        {
            await sources.DisposeAsync();
            sources = null;
        }
    }

    private async Task LiveAsync(long life)
    {
        var key = OrderLife.KeyOf(life);
        for (var step = 0; step < OrderLife.Steps; step++)
        {
            await using var connection = await sources!.Pool.OpenConnectionAsync().ConfigureAwait(false);

            // A batch outside of a transaction is one: a single round trip and a single commit.
            await using var batch = new NpgsqlBatch(connection);
            batch.BatchCommands.Add(Row(OrderLife.StateOf(key, step), step));
            if (step == 0)
            {
                batch.BatchCommands.Add(new NpgsqlBatchCommand(Document)
                {
                    Parameters =
                    {
                        new NpgsqlParameter<string> { TypedValue = key.Shop.Value },
                        new NpgsqlParameter<string> { TypedValue = key.OrderId },
                        new NpgsqlParameter<byte[]> { TypedValue = OrderLife.Document, NpgsqlDbType = NpgsqlDbType.Jsonb },
                    },
                });
            }

            if (withEvents)
            {
                batch.BatchCommands.Add(EventOf(key, step));
            }

            if (await batch.ExecuteNonQueryAsync().ConfigureAwait(false) < 1)
            {
                throw new DBConcurrencyException($"Step {step} of {key} changed nothing.");
            }
        }
    }

    private static NpgsqlBatchCommand EventOf(OrderKey key, int step)
    {
        var unit = OrderLife.UnitOf(key, step);
        var happened = unit.Orders[0].Events[0];
        var (name, schema) = OrderEventNames.Of(happened);
        return new NpgsqlBatchCommand(Event)
        {
            Parameters =
            {
                new NpgsqlParameter<string> { TypedValue = key.Shop.Value },
                new NpgsqlParameter<string> { TypedValue = key.OrderId },
                new NpgsqlParameter<int> { TypedValue = step + 1 },
                new NpgsqlParameter<string> { TypedValue = "load" },
                new NpgsqlParameter<short> { TypedValue = schema },
                new NpgsqlParameter<string> { TypedValue = name },
                new NpgsqlParameter<DateTime> { TypedValue = unit.At.UtcDateTime },
                new NpgsqlParameter<Guid> { TypedValue = unit.Causation.CommandId },
                new NpgsqlParameter<string> { TypedValue = unit.Causation.Actor },
                new NpgsqlParameter<string?> { TypedValue = unit.Causation.Cause },
                new NpgsqlParameter<byte[]> { TypedValue = OrderLife.EventBodyOf(step), NpgsqlDbType = NpgsqlDbType.Jsonb },
            },
        };
    }

    private static NpgsqlBatchCommand Row(OrderState state, int step) => new(step == 0 ? Insert : Update)
    {
        Parameters =
        {
            new NpgsqlParameter<string> { TypedValue = state.Key.Shop.Value },
            new NpgsqlParameter<string> { TypedValue = state.Key.OrderId },
            new NpgsqlParameter<string> { TypedValue = state.Merchant.Value },
            new NpgsqlParameter<int> { TypedValue = state.Version },
            new NpgsqlParameter<short> { TypedValue = (short)state.Status },
            new NpgsqlParameter<short> { TypedValue = (short)state.MarketplaceStatus },
            new NpgsqlParameter<short> { TypedValue = (short)state.Fulfiller },
            new NpgsqlParameter<short> { TypedValue = (short)state.Shipping },
            new NpgsqlParameter<bool> { TypedValue = state.CancelRequested },
            new NpgsqlParameter { Value = state.Late ?? (object)DBNull.Value, NpgsqlDbType = NpgsqlDbType.Boolean },
            new NpgsqlParameter<DateTime> { TypedValue = state.PlacedAt.UtcDateTime },
            new NpgsqlParameter<DateTime> { TypedValue = state.UpdatedAt.UtcDateTime },
            new NpgsqlParameter<DateTime> { TypedValue = state.ChangedAt.UtcDateTime },
            At(state.ReleasedAt),
            At(state.Deadlines.LabelBy),
            At(state.Deadlines.DispatchBy),
            At(state.Deadlines.CancelledIfUnlabelledAt),
            At(state.Deadlines.CancelledIfUnscannedAt),
            At(state.FirstScanAt),
            At(state.CancelledAt),
            new NpgsqlParameter { Value = state.WarehouseId ?? (object)DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text },
            new NpgsqlParameter { Value = state.ParkedReason ?? (object)DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text },
        },
    };

    private static NpgsqlParameter At(DateTimeOffset? at) => new() { Value = at?.UtcDateTime ?? (object)DBNull.Value, NpgsqlDbType = NpgsqlDbType.TimestampTz };
}
