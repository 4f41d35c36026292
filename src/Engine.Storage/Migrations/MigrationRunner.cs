using System.Globalization;
using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using Npgsql;

namespace Engine.Storage.Migrations;

/// <summary>Brings a database to the shape this version needs: forward only, one transaction per script, inside an advisory lock.</summary>
public static class MigrationRunner
{
    /// <summary>The advisory lock of the engine's migrations ('engine' in ASCII).</summary>
    private const long LockKey = 0x656e67696e65;

    private static readonly Lazy<IReadOnlyList<Script>> Embedded = new(Load);

    /// <summary>Applies what is missing. Several hosts may call it at once.</summary>
    /// <returns>Names of the scripts applied now.</returns>
    /// <exception cref="MigrationException">A script was changed after it was applied, or the database is newer than this engine.</exception>
    public static async Task<IReadOnlyList<string>> MigrateAsync(string connectionString, CancellationToken ct)
    {
        var target = new NpgsqlConnectionStringBuilder(connectionString)
        {
            Pooling = false,
            CommandTimeout = 600,
            ApplicationName = "engine-migrations",
            Options = "-c statement_timeout=0 -c lock_timeout=5s",
        };
        await using var connection = new NpgsqlConnection(target.ConnectionString);
        await connection.OpenAsync(ct).ConfigureAwait(false);
        if (connection.PostgreSqlVersion.Major < 15)
        {
            throw new MigrationException($"PostgreSQL {connection.PostgreSqlVersion} is too old: the engine needs version 15 or newer.");
        }

        await WaitForLockAsync(connection, ct).ConfigureAwait(false);
        await ExecuteAsync(
            connection,
            "create table if not exists engine_migrations (name text primary key, checksum text not null, applied_at timestamptz not null default clock_timestamp())",
            ct).ConfigureAwait(false);
        var applied = await AppliedAsync(connection, ct).ConfigureAwait(false);
        foreach (var name in applied.Keys)
        {
            if (!Embedded.Value.Any(s => s.Name == name))
            {
                throw new MigrationException($"The database holds the migration '{name}', which this engine does not know: run the newer engine.");
            }
        }

        var now = new List<string>();
        foreach (var script in Embedded.Value)
        {
            if (!applied.TryGetValue(script.Name, out var checksum))
            {
                await ApplyAsync(connection, script, ct).ConfigureAwait(false);
                now.Add(script.Name);
            }
            else if (checksum != script.Checksum)
            {
                throw new MigrationException($"The migration '{script.Name}' was changed after this database had applied it: restore the script and put the change into a new one.");
            }
        }

        return now;
    }

    private static async Task WaitForLockAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        // Tried, not waited for: a waiting lock request would be cut by lock_timeout while another host migrates.
        while (true)
        {
            await using var command = new NpgsqlCommand("select pg_try_advisory_lock($1)", connection) { Parameters = { new() { Value = LockKey } } };
            if ((bool)(await command.ExecuteScalarAsync(ct).ConfigureAwait(false))!)
            {
                return;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, ct).ConfigureAwait(false);
        }
    }

    private static async Task ApplyAsync(NpgsqlConnection connection, Script script, CancellationToken ct)
    {
        await using var transaction = await connection.BeginTransactionAsync(ct).ConfigureAwait(false);
        await ExecuteAsync(connection, script.Sql, ct).ConfigureAwait(false);
        await using (var record = new NpgsqlCommand("insert into engine_migrations (name, checksum) values ($1, $2)", connection, transaction)
        {
            Parameters = { new() { Value = script.Name }, new() { Value = script.Checksum } },
        })
        {
            await record.ExecuteNonQueryAsync(ct).ConfigureAwait(false);
        }

        await transaction.CommitAsync(ct).ConfigureAwait(false);
    }

    private static async Task<Dictionary<string, string>> AppliedAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        var applied = new Dictionary<string, string>(StringComparer.Ordinal);
        await using var command = new NpgsqlCommand("select name, checksum from engine_migrations", connection);
        await using var reader = await command.ExecuteReaderAsync(ct).ConfigureAwait(false);
        while (await reader.ReadAsync(ct).ConfigureAwait(false))
        {
            applied[reader.GetString(0)] = reader.GetString(1);
        }

        return applied;
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken ct)
    {
        // Simple protocol in one message: scripts hold many statements and no parameters (and '@' of other people's queries).
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(ct).ConfigureAwait(false);
    }

    private static List<Script> Load()
    {
        var assembly = Assembly.GetExecutingAssembly();
        var scripts = new List<Script>();
        foreach (var resource in assembly.GetManifestResourceNames().Where(n => n.EndsWith(".sql", StringComparison.Ordinal)).Order(StringComparer.Ordinal))
        {
            using var reader = new StreamReader(assembly.GetManifestResourceStream(resource)!, Encoding.UTF8);
            var sql = reader.ReadToEnd().ReplaceLineEndings("\n");
            var number = int.Parse(resource.AsSpan(0, 3), CultureInfo.InvariantCulture);
            if (number != scripts.Count + 1)
            {
                throw new MigrationException($"The migration '{resource}' is out of order: expected number {scripts.Count + 1:000}.");
            }

            scripts.Add(new Script(resource[..^4], sql, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(sql)))));
        }

        return scripts;
    }

    private sealed record Script(string Name, string Sql, string Checksum);
}

/// <summary>The database cannot be brought to the shape this engine needs; the message says why and what to do.</summary>
public sealed class MigrationException(string message) : Exception(message);
