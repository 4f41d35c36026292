using Npgsql;

namespace Engine.Storage;

/// <summary>How the engine talks to its database: pools, time-outs, and only to a primary.</summary>
public sealed class EngineDataSources : IAsyncDisposable
{
    /// <summary>Every session that can write has an end: a transaction left open stalls all readers of the journal.</summary>
    private const string TimeOuts = "-c statement_timeout=30s -c lock_timeout=10s -c idle_in_transaction_session_timeout=15s -c jit=off";

    /// <summary>For sessions that read a large database as a whole: its books of millions of events are read for minutes, and no statement of theirs has an end.</summary>
    public const string Patience = "-c statement_timeout=0 -c idle_in_transaction_session_timeout=0";

    /// <summary>A lane's few statements look rows up by key, whatever the statistics say (a plan made on empty tables would scan).</summary>
    private const string LanePlans = " -c plan_cache_mode=force_generic_plan -c enable_seqscan=off -c enable_mergejoin=off";

    private EngineDataSources(NpgsqlDataSource pool, NpgsqlDataSource lanes, string connectionString)
    {
        Pool = pool;
        Lanes = lanes;
        ConnectionString = connectionString;
    }

    /// <summary>For queries and small writes; at most 16 connections (more are slower on few cores). Their sessions are not reset between two uses: set nothing in them
    /// but for a transaction.</summary>
    public NpgsqlDataSource Pool { get; }

    /// <summary>For the journal's lanes; not pooled.</summary>
    public NpgsqlDataSource Lanes { get; }

    /// <summary>The pool's string with our time-outs, for Orleans' own providers. Carries the password: never log it.</summary>
    public string ConnectionString { get; }

    /// <param name="timeOuts">What ends a session's statements and transactions, as options of the server; <see cref="Patience"/> for none.</param>
    /// <exception cref="ArgumentException">The text is no connection string; the message does not repeat it.</exception>
    public static EngineDataSources Open(string connectionString, string applicationName = "engine", int poolSize = 16, string timeOuts = TimeOuts)
    {
        NpgsqlConnectionStringBuilder given;
        try
        {
            given = new NpgsqlConnectionStringBuilder(connectionString);
        }
        catch (Exception e) when (e is ArgumentException or FormatException or KeyNotFoundException)
        {
            throw new ArgumentException("ConnectionStrings__Engine is not a PostgreSQL connection string: expected 'Host=...;Database=...;Username=...;Password=...'.", nameof(connectionString));
        }

        given.ApplicationName ??= applicationName;
        given.MaxPoolSize = Math.Min(given.MaxPoolSize, poolSize);
        given.MaxAutoPrepare = 100;

        // Nothing that is sent through the pool leaves anything behind in its session (what must be set is set for its transaction), so there is nothing to
        // reset; at 40 orders/s the resets were a third of the statements that a host sent. A transaction left open is rolled back all the same.
        given.NoResetOnClose = true;
        given.AutoPrepareMinUsages = 2;
        given.KeepAlive = 30;
        given.Timeout = 5;
        given.CommandTimeout = 45;
        given.Options = string.IsNullOrEmpty(given.Options) ? timeOuts : $"{given.Options} {timeOuts}";
        given.TargetSessionAttributes = null;
        var lanes = new NpgsqlConnectionStringBuilder(given.ConnectionString)
        {
            Pooling = false,
            MaxAutoPrepare = 0,
            ApplicationName = given.ApplicationName + "-lane",
            WriteBufferSize = 64 * 1024,
        };
        lanes.Options += LanePlans;
        return new EngineDataSources(Build(given), Build(lanes), given.ConnectionString);
    }

    public async ValueTask DisposeAsync()
    {
        await Lanes.DisposeAsync().ConfigureAwait(false);
        await Pool.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>Only a primary may be decided on. With several hosts Npgsql finds it; with one, every new connection is asked.</summary>
    private static NpgsqlDataSource Build(NpgsqlConnectionStringBuilder target)
    {
        if (target.Host?.Contains(',', StringComparison.Ordinal) == true)
        {
            // A host that failed is looked at again soon: the default of 10 s would outlast a restart.
            var several = new NpgsqlConnectionStringBuilder(target.ConnectionString) { HostRecheckSeconds = 1, TargetSessionAttributes = null };
            return new NpgsqlDataSourceBuilder(several.ConnectionString).BuildMultiHost().WithTargetSession(TargetSessionAttributes.Primary);
        }

        var builder = new NpgsqlDataSourceBuilder(target.ConnectionString);
        builder.UsePhysicalConnectionInitializer(
            connection =>
            {
                using var ask = new NpgsqlCommand(IsStandby, connection);
                RequirePrimary((bool)ask.ExecuteScalar()!);
            },
            async connection =>
            {
                await using var ask = new NpgsqlCommand(IsStandby, connection);
                RequirePrimary((bool)(await ask.ExecuteScalarAsync().ConfigureAwait(false))!);
            });
        return builder.Build();
    }

    private const string IsStandby = "select pg_is_in_recovery()";

    private static void RequirePrimary(bool isStandby)
    {
        if (isStandby)
        {
            throw new NpgsqlException("This PostgreSQL is a standby: the engine decides only on the primary.");
        }
    }
}
