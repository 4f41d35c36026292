using Npgsql;

namespace Engine.Storage.Journal;

/// <summary>Moves final orders out of the hot table. No version, no event: readers see each order exactly once, before and after.</summary>
public sealed class OrderArchive(NpgsqlDataSource source)
{
    /// <summary>Status numbers: completed and cancelled. A row that a writer holds is left for the next time.</summary>
    private const string Move =
        """
        with gone as (
            delete from orders
            where ctid = any (array (
                select ctid from orders where status in (80, 90) and changed_at < $1 limit $2 for update skip locked))
              and status in (80, 90)
            returning *)
        insert into order_history select * from gone
        """;

    /// <summary>Moves at most <paramref name="max"/> final orders that were last changed before <paramref name="changedBefore"/> (business time); how many.</summary>
    public Task<int> ArchiveAsync(DateTimeOffset changedBefore, int max, CancellationToken ct) =>
        Sql.AskAsync("Final orders could not be moved to history", ct, async () =>
        {
            await using var command = source.CreateCommand(Move).With(changedBefore.UtcDateTime, max);
            return await command.ExecuteNonQueryAsync(ct).ConfigureAwait(false);
        });
}
