using System.Net.Sockets;
using Engine.Domain.Ports;
using Engine.Storage.Journal;
using Npgsql;

namespace Engine.Storage;

/// <summary>The few shapes in which this project asks the database.</summary>
internal static class Sql
{
    public static NpgsqlCommand With(this NpgsqlCommand command, params ReadOnlySpan<object?> values)
    {
        foreach (var value in values)
        {
            command.Parameters.Add(new NpgsqlParameter { Value = value ?? DBNull.Value });
        }

        return command;
    }

    public static async Task<List<T>> ReadAllAsync<T>(this NpgsqlCommand command, Func<NpgsqlDataReader, T> read, CancellationToken ct)
    {
        var all = new List<T>();
        await using var reader = await command.ExecuteReaderAsync(ct).ConfigureAwait(false);
        while (await reader.ReadAsync(ct).ConfigureAwait(false))
        {
            all.Add(read(reader));
        }

        return all;
    }

    public static DateTimeOffset Instant(this NpgsqlDataReader row, int column) => new(row.GetDateTime(column), TimeSpan.Zero);

    public static DateTimeOffset? InstantOrNull(this NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.Instant(column);

    public static string? TextOrNull(this NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);

    /// <summary>Runs a query; "could not ask" never looks like an answer.</summary>
    /// <exception cref="JournalUnavailableException">The database could not be asked.</exception>
    public static async Task<T> AskAsync<T>(string what, CancellationToken ct, Func<Task<T>> ask)
    {
        try
        {
            return await ask().ConfigureAwait(false);
        }
        catch (Exception e) when (e is NpgsqlException or SocketException or TimeoutException or IOException && !ct.IsCancellationRequested)
        {
            throw new JournalUnavailableException($"{what}: {WriteFaults.Describe(e)}", e);
        }
    }
}
