using System.Data;
using Npgsql;
using NpgsqlTypes;

namespace Engine.Storage.Journal;

/// <summary>A lane's own connection with its statements prepared.</summary>
internal sealed class LaneConnection : IAsyncDisposable
{
    private readonly NpgsqlConnection connection;
    private readonly NpgsqlCommand narrow;
    private readonly NpgsqlCommand wide;
    private readonly NpgsqlCommand lockRows;
    private readonly NpgsqlCommand bringBack;
    private readonly List<string> lockShops = [];
    private readonly List<string> lockOrders = [];

    private LaneConnection(NpgsqlConnection connection, AppendColumns columns, int epoch)
    {
        this.connection = connection;
        narrow = new NpgsqlCommand(AppendSql.Checked(AppendSql.Narrow), connection);
        columns.AddParametersTo(narrow.Parameters, wide: false, epoch);
        wide = new NpgsqlCommand(AppendSql.Checked(AppendSql.Wide), connection);
        columns.AddParametersTo(wide.Parameters, wide: true, epoch);
        lockRows = new NpgsqlCommand(AppendSql.Lock, connection)
        {
            Parameters =
            {
                new NpgsqlParameter<List<string>> { TypedValue = lockShops, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text },
                new NpgsqlParameter<List<string>> { TypedValue = lockOrders, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text },
            },
        };
        bringBack = new NpgsqlCommand(AppendSql.BringBack, connection);
        columns.AddKeysTo(bringBack.Parameters);
    }

    public static async Task<LaneConnection> OpenAsync(
        Func<CancellationToken, ValueTask<NpgsqlConnection>> connect, AppendColumns columns, CancellationToken ct)
    {
        var connection = await connect(ct).ConfigureAwait(false);
        try
        {
            var epoch = await JournalEpoch.CurrentAsync(connection, ct).ConfigureAwait(false);
            var lane = new LaneConnection(connection, columns, epoch);
            await lane.narrow.PrepareAsync(ct).ConfigureAwait(false);
            await lane.wide.PrepareAsync(ct).ConfigureAwait(false);
            await lane.lockRows.PrepareAsync(ct).ConfigureAwait(false);
            return lane;
        }
        catch
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    public bool IsOpen => connection.FullState == ConnectionState.Open;

    public ValueTask<NpgsqlTransaction> BeginAsync() => connection.BeginTransactionAsync();

    /// <summary>Runs the statement over the filled columns; outside a transaction it commits by itself, in the same round trip.</summary>
    /// <param name="refused">Filled with the orders that were not accepted.</param>
    public async Task AppendAsync(bool isWide, HashSet<(string Shop, string Order)> refused)
    {
        refused.Clear();
        await using var reader = await (isWide ? wide : narrow).ExecuteReaderAsync().ConfigureAwait(false);
        while (await reader.ReadAsync().ConfigureAwait(false))
        {
            refused.Add((reader.GetString(0), reader.GetString(1)));
        }
    }

    /// <summary>Versions of the rows, locked in their order; null where there is none.</summary>
    public async Task<int?[]> LockAsync(List<BatchRow> rows)
    {
        lockShops.Clear();
        lockOrders.Clear();
        foreach (var row in rows)
        {
            lockShops.Add(row.Shop);
            lockOrders.Add(row.OrderId);
        }

        var versions = new int?[rows.Count];
        await using var reader = await lockRows.ExecuteReaderAsync().ConfigureAwait(false);
        for (var i = 0; await reader.ReadAsync().ConfigureAwait(false); i++)
        {
            versions[i] = await reader.IsDBNullAsync(0).ConfigureAwait(false) ? null : reader.GetInt32(0);
        }

        return versions;
    }

    public Task<int> BringBackAsync() => bringBack.ExecuteNonQueryAsync();

    public async ValueTask DisposeAsync()
    {
        await narrow.DisposeAsync().ConfigureAwait(false);
        await wide.DisposeAsync().ConfigureAwait(false);
        await lockRows.DisposeAsync().ConfigureAwait(false);
        await bringBack.DisposeAsync().ConfigureAwait(false);
        await connection.DisposeAsync().ConfigureAwait(false);
    }
}
