using Npgsql;

namespace Engine.Storage.Journal;

/// <summary>Which life of the database this is. It changes when the database was restored, because transaction ids then start over.</summary>
/// <remarks>
/// Noticed by itself: a dump restored into another database or cluster, and a recovery to a point in time (new timeline).
/// Not noticeable: a file-level copy put back in place of the same cluster. After that an operator calls <see cref="BumpAsync"/>
/// before any host starts. Rows of an earlier epoch stay readable; readers that keep counters count again.
/// </remarks>
public static class JournalEpoch
{
    private const string Fingerprint =
        """
        (select s.system_identifier::text || '/' || c.timeline_id::text || '/' || (select oid::text from pg_database where datname = current_database())
         from pg_control_system() s, pg_control_checkpoint() c)
        """;

    private const string Renew =
        $"""
        insert into journal_epoch as t (epoch, fingerprint) values (1, {Fingerprint})
        on conflict (only_row) do update set epoch = t.epoch + 1, fingerprint = excluded.fingerprint, since = clock_timestamp()
        where t.fingerprint <> excluded.fingerprint
        """;

    /// <summary>The epoch in force; begins a new one if the database is not the one that wrote the last.</summary>
    public static async Task<int> CurrentAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        await using (var check = new NpgsqlCommand($"select epoch from journal_epoch where fingerprint = {Fingerprint}", connection))
        {
            if (await check.ExecuteScalarAsync(ct).ConfigureAwait(false) is int known)
            {
                return known;
            }
        }

        await using (var renew = new NpgsqlCommand(Renew, connection))
        {
            await renew.ExecuteNonQueryAsync(ct).ConfigureAwait(false);
        }

        await using var read = new NpgsqlCommand("select epoch from journal_epoch", connection);
        return (int)(await read.ExecuteScalarAsync(ct).ConfigureAwait(false))!;
    }

    /// <summary>Begins a new epoch by hand. No host may be running.</summary>
    public static async Task<int> BumpAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        await CurrentAsync(connection, ct).ConfigureAwait(false);
        await using var bump = new NpgsqlCommand("update journal_epoch set epoch = epoch + 1, since = clock_timestamp() returning epoch", connection);
        return (int)(await bump.ExecuteScalarAsync(ct).ConfigureAwait(false))!;
    }
}
