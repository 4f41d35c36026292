using Engine.Storage.Embedded;
using Engine.Storage.Migrations;
using Npgsql;

namespace Engine.Testing.Postgres;

/// <summary>One private PostgreSQL for a test run, and any number of migrated databases in it (copies of a template: some 50 ms each).</summary>
public sealed class TestCluster : IAsyncDisposable
{
    private const string Prefix = "engine-tests-";
    private const string Template = "engine_template";
    private readonly EmbeddedPostgres server;
    private readonly string folder;
    private int made;

    private TestCluster(EmbeddedPostgres server, string folder)
    {
        this.server = server;
        this.folder = folder;
    }

    public EmbeddedPostgres Server => server;

    public static async Task<TestCluster> StartAsync()
    {
        await SweepAsync();
        var folder = Path.Combine(Path.GetTempPath(), $"{Prefix}{Environment.ProcessId}-{Guid.NewGuid():N}"[..(Prefix.Length + 16)]);
        Directory.CreateDirectory(folder);
        var server = await EmbeddedPostgres.StartAsync(
            new EmbeddedPostgresOptions
            {
                Folder = folder,
                Database = Template,
                Settings = new Dictionary<string, string> { ["shared_buffers"] = "128MB", ["max_connections"] = "300" },
            },
            TimeProvider.System,
            CancellationToken.None);
        await MigrationRunner.MigrateAsync(server.ConnectionString, CancellationToken.None);
        return new TestCluster(server, folder);
    }

    /// <summary>A fresh, migrated database; its connection string is the owner's.</summary>
    public async Task<string> CreateDatabaseAsync()
    {
        var name = $"t{Interlocked.Increment(ref made):000}";
        await CopyDatabaseAsync(Template, name);
        return ConnectionStringOf(name);
    }

    /// <summary>A database with the same content: what restoring a dump gives.</summary>
    public async Task<string> CopyDatabaseAsync(string connectionString)
    {
        var name = $"t{Interlocked.Increment(ref made):000}";
        NpgsqlConnection.ClearAllPools();
        await CopyDatabaseAsync(new NpgsqlConnectionStringBuilder(connectionString).Database!, name);
        return ConnectionStringOf(name);
    }

    public async ValueTask DisposeAsync()
    {
        NpgsqlConnection.ClearAllPools();
        await server.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    private string ConnectionStringOf(string database) =>
        new NpgsqlConnectionStringBuilder(server.ConnectionString) { Database = database }.ConnectionString;

    private async Task CopyDatabaseAsync(string from, string to)
    {
        await using var admin = new NpgsqlConnection(server.AdminConnectionString);
        await admin.OpenAsync();
        await using var command = new NpgsqlCommand(
            $"select pg_terminate_backend(pid) from pg_stat_activity where datname = '{from}'; create database {to} template {from} owner engine", admin);

        // "create database" does not run inside the implicit transaction of two statements.
        foreach (var sql in command.CommandText.Split(';'))
        {
            await using var one = new NpgsqlCommand(sql, admin);
            await one.ExecuteNonQueryAsync();
        }
    }

    /// <summary>Ends what an earlier run, killed hard, has left behind.</summary>
    private static async Task SweepAsync()
    {
        foreach (var old in Directory.EnumerateDirectories(Path.GetTempPath(), Prefix + "*"))
        {
            var owner = Path.GetFileName(old)[Prefix.Length..].Split('-')[0];
            if (!File.Exists($"/proc/{owner}/stat") && File.Exists(Path.Combine(old, "password")))
            {
                var left = await EmbeddedPostgres.StartAsync(new EmbeddedPostgresOptions { Folder = old, Database = Template }, TimeProvider.System, CancellationToken.None);
                await left.DisposeAsync();
                Directory.Delete(old, recursive: true);
            }
        }
    }
}
