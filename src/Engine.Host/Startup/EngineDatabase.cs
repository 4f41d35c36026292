using Engine.Host.Configuration;
using Engine.Storage.Embedded;
using Engine.Storage.Migrations;
using Npgsql;

namespace Engine.Host.Startup;

/// <summary>The database of this process: the one configured, or a private one that is started or adopted; migrated either way.</summary>
internal sealed class EngineDatabase : IAsyncDisposable
{
    private readonly EmbeddedPostgres? embedded;

    private EngineDatabase(string connectionString, EmbeddedPostgres? embedded)
    {
        ConnectionString = connectionString;
        this.embedded = embedded;
    }

    /// <summary>Carries the password: never logged.</summary>
    public string ConnectionString { get; }

    /// <summary>What to tell the operator about it.</summary>
    public string Description => embedded is null
        ? "the PostgreSQL of ConnectionStrings__Engine"
        : $"a private PostgreSQL on 127.0.0.1:{embedded.Port} ({(embedded.Adopted ? "adopted" : "started")})";

    /// <exception cref="StartProblemException">It cannot be had; says what to do.</exception>
    public static async Task<EngineDatabase> OpenAsync(DatabaseSettings settings, TimeProvider clock, CancellationToken ct)
    {
        EmbeddedPostgres? embedded = null;
        try
        {
            if (settings.ConnectionString is null)
            {
                embedded = await EmbeddedPostgres.StartAsync(
                    new EmbeddedPostgresOptions { Folder = Path.Combine(settings.DataFolder, "postgres"), BinFolder = settings.BinFolder }, clock, ct);
            }

            var connectionString = embedded?.ConnectionString ?? settings.ConnectionString!;
            await MigrationRunner.MigrateAsync(connectionString, ct);
            return new EngineDatabase(connectionString, embedded);
        }
        catch (Exception e) when (ProblemOf(e) is { } problem)
        {
            if (embedded is not null)
            {
                await embedded.DisposeAsync();
            }

            throw new StartProblemException([problem]);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (embedded is not null)
        {
            NpgsqlConnection.ClearAllPools();
            await embedded.DisposeAsync();
        }
    }

    /// <summary>One sentence for what an operator can mend; null for what is a bug of ours.</summary>
    private static string? ProblemOf(Exception e) => e switch
    {
        EmbeddedPostgresException or MigrationException => e.Message,
        PostgresException { SqlState: "28P01" or "28000" } =>
            "The database of ConnectionStrings__Engine refuses the user or the password: correct them.",
        PostgresException { SqlState: "3D000" } =>
            "The database named in ConnectionStrings__Engine does not exist: create it with 'createdb', or correct the name.",
        PostgresException p => $"The database cannot be prepared ({p.SqlState}: {p.MessageText}): see that the user of ConnectionStrings__Engine owns the database.",
        NpgsqlException or TimeoutException =>
            $"The PostgreSQL of ConnectionStrings__Engine cannot be reached ({(e.InnerException ?? e).Message.TrimEnd('.')}): start it, correct host and port, or leave the setting away to use a private one.",
        _ => null,
    };
}
