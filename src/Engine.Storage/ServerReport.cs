using Npgsql;

namespace Engine.Storage;

/// <summary>What the server promises, as it says itself. Shown at start and in load tests.</summary>
public sealed record ServerReport(string Version, string Fsync, string FullPageWrites, string SynchronousCommit, bool IsInRecovery)
{
    /// <summary>What was acknowledged survives power loss.</summary>
    public bool IsDurable => Fsync == "on" && FullPageWrites == "on" && SynchronousCommit != "off" && !IsInRecovery;

    public static async Task<ServerReport> ReadAsync(NpgsqlDataSource source, CancellationToken ct)
    {
        await using var command = source.CreateCommand(
            "select current_setting('server_version'), current_setting('fsync'), current_setting('full_page_writes'), current_setting('synchronous_commit'), pg_is_in_recovery()");
        return (await command.ReadAllAsync(
            r => new ServerReport(r.GetString(0), r.GetString(1), r.GetString(2), r.GetString(3), r.GetBoolean(4)), ct).ConfigureAwait(false)).Single();
    }

    public override string ToString() =>
        $"PostgreSQL {Version}, fsync {Fsync}, full_page_writes {FullPageWrites}, synchronous_commit {SynchronousCommit}, {(IsInRecovery ? "standby" : "primary")}";
}
