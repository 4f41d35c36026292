using Engine.Storage.Journal;

namespace Engine.Storage;

public sealed record EngineStorageOptions
{
    /// <summary>PostgreSQL 15 or newer, migrated; see <see cref="Migrations.MigrationRunner"/>.</summary>
    public required string ConnectionString { get; init; }

    /// <summary>The key ring's text (`id:base64`, see <see cref="Secrets.KeyRing"/>), from the environment or a mounted secret.</summary>
    public required Secrets.KeyRing KeyRing { get; init; }

    /// <summary>Folder of the label files, shared by all hosts; null keeps labels in PostgreSQL.</summary>
    public string? LabelFolder { get; init; }

    /// <summary>Connections for everything but the journal's lanes; at most 16.</summary>
    public int PoolSize { get; init; } = 16;

    public JournalOptions Journal { get; init; } = new();
}
