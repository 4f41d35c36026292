using Npgsql;

namespace Engine.Storage;

/// <summary>How the engine talks to its database: pools, time-outs, and only to a primary.</summary>
public sealed class EngineDataSources : IAsyncDisposable
{
    /// <summary>Every session that can write has an end: a transaction left open stalls all readers of the journal.</summary>
    private const string TimeOuts = "-c statement_timeout=30s -c lock_timeout=10s -c idle_in_transaction_session_timeout=15s -c jit=off";

    /// <summary>A lane's few statements look rows up by key, whatever the statistics say (a plan made on empty tables would scan).</summary>
    private const string LanePlans = " -c plan_cache_mode=force_generic_plan -c enable_seqscan=off -c enable_mergejoin=off";

    private EngineDataSources(NpgsqlDataSource pool, NpgsqlDataSource lanes, string connectionString)
    {
        Pool = pool;
        Lanes = lanes;
        ConnectionString = connectionString;
    }

    /// <summary>For queries and small writes; at most 16 connections (more are slower on few cores).</summary>
    public NpgsqlDataSource Pool { get; }

    /// <summary>For the journal's lanes; not pooled.</summary>
    public NpgsqlDataSource Lanes { get; }

    /// <summary>The pool's string with our time-outs, for Orleans' own providers. Carries the password: never log it.</summary>
    public string ConnectionString { get; }

    /// <exception cref="ArgumentException">The text is no connection string; the message does not repeat it.</exception>
    public static EngineDataSources Open(string connectionString, string applicationName = "engine", int poolSize = 16)
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
        given.AutoPrepareMinUsages = 2;
        given.KeepAlive = 30;
        given.Timeout = 5;
        given.CommandTimeout = 45;
        given.Options = string.IsNullOrEmpty(given.Options) ? TimeOuts : $"{given.Options} {TimeOuts}";
        if (given.TargetSessionAttributes is null)
        {
            given.TargetSessionAttributes = "primary";
        }

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

    /// <summary>`Target Session Attributes` needs the multi-host source, also with one host.</summary>
    private static NpgsqlDataSource Build(NpgsqlConnectionStringBuilder target)
    {
        var wanted = target.TargetSessionAttributes;
        var plain = new NpgsqlConnectionStringBuilder(target.ConnectionString) { TargetSessionAttributes = null };
        var source = new NpgsqlDataSourceBuilder(plain.ConnectionString).BuildMultiHost();
        return source.WithTargetSession(Enum.Parse<TargetSessionAttributes>(wanted!.Replace("-", "", StringComparison.Ordinal), ignoreCase: true));
    }
}
