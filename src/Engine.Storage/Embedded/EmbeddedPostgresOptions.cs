namespace Engine.Storage.Embedded;

/// <summary>Who stops the private cluster.</summary>
public enum EmbeddedOwnership
{
    /// <summary>The hosts that use it: the last one to leave stops it.</summary>
    Hosts = 0,

    /// <summary>Whoever started it from outside (up.sh, a test run): hosts only adopt it.</summary>
    External = 1,
}

public sealed record EmbeddedPostgresOptions
{
    /// <summary>Absolute; made if absent. Everything of the cluster is below it. As root, its parents must be open to other users.</summary>
    public required string Folder { get; init; }

    /// <summary>Where `postgres`, `initdb` and `pg_ctl` are; null looks on PATH and below /usr/lib/postgresql.</summary>
    public string? BinFolder { get; init; }

    /// <summary>0 takes a free port and remembers it.</summary>
    public int Port { get; init; }

    public string Database { get; init; } = "engine";

    public EmbeddedOwnership Ownership { get; init; } = EmbeddedOwnership.Hosts;

    /// <summary>How long a start is tried, for example while a killed server's process is not reaped yet. Default 15 s.</summary>
    public TimeSpan StartTimeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Further lines for postgresql.conf, after ours: the last one wins. Durability settings are refused.</summary>
    public IReadOnlyDictionary<string, string> Settings { get; init; } = new Dictionary<string, string>();
}

/// <summary>The private PostgreSQL cannot be had; the message says why and what to do, in one sentence.</summary>
public sealed class EmbeddedPostgresException(string message, Exception? inner = null) : Exception(message, inner);
