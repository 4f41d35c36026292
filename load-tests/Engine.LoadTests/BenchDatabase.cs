using Engine.Storage;
using Engine.Storage.Embedded;
using Engine.Storage.Migrations;
using Npgsql;

namespace Engine.LoadTests;

/// <summary>The database of a load test: the one of `--connection`, else a private PostgreSQL in a temporary folder.</summary>
public sealed class BenchDatabase : IAsyncDisposable
{
    private readonly EmbeddedPostgres? server;
    private readonly string? folder;

    private BenchDatabase(string connectionString, EmbeddedPostgres? server, string? folder)
    {
        ConnectionString = connectionString;
        this.server = server;
        this.folder = folder;
    }

    public string ConnectionString { get; }

    /// <summary>Where a checkpoint may be asked for; null with a server of somebody else's.</summary>
    public string? AdminConnectionString => server?.AdminConnectionString;

    public static async Task<BenchDatabase> StartAsync(ScenarioArguments arguments, CancellationToken ct)
    {
        if (arguments.Text("connection") is { } given)
        {
            await MigrationRunner.MigrateAsync(given, ct);
            return new BenchDatabase(given, null, null);
        }

        var folder = Path.Combine(Path.GetTempPath(), $"engine-load-{Environment.ProcessId}");
        var server = await EmbeddedPostgres.StartAsync(new EmbeddedPostgresOptions { Folder = folder }, TimeProvider.System, ct);
        await MigrationRunner.MigrateAsync(server.ConnectionString, ct);
        return new BenchDatabase(server.ConnectionString, server, folder);
    }

    public EngineDataSources Open() => EngineDataSources.Open(ConnectionString, "engine-load");

    public async Task ExecuteAsync(string sql, CancellationToken ct)
    {
        await using var connection = new NpgsqlConnection(ConnectionString);
        await connection.OpenAsync(ct);
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 300 };
        await command.ExecuteNonQueryAsync(ct);
    }

    /// <summary>So that a run does not pay for what the one before it left dirty.</summary>
    public async Task CheckpointAsync(CancellationToken ct)
    {
        if (AdminConnectionString is { } admin)
        {
            await using var connection = new NpgsqlConnection(admin);
            await connection.OpenAsync(ct);
            await using var command = new NpgsqlCommand("checkpoint", connection) { CommandTimeout = 300 };
            await command.ExecuteNonQueryAsync(ct);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (server is not null)
        {
            NpgsqlConnection.ClearAllPools();
            await server.DisposeAsync();
            Directory.Delete(folder!, recursive: true);
        }
    }
}
