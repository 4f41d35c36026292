using Engine.Domain.Ports;
using Npgsql;

namespace Engine.Storage.Queries;

/// <summary>Answers stored with their effects (by the journal). A key counts until it is purged.</summary>
public sealed class PostgresIdempotencyKeys(NpgsqlDataSource source) : IIdempotencyKeys
{
    public async ValueTask<IdempotencyRecord?> FindAsync(string scope, string key, CancellationToken ct) =>
        await Sql.AskAsync("The idempotency key could not be looked up", ct, async () =>
        {
            await using var command = source.CreateCommand(
                "select request_hash, status, body, expires_at from idempotency_keys where scope = $1 and key = $2").With(scope, key);
            var rows = await command.ReadAllAsync(
                r => new IdempotencyRecord(scope, key, r.GetString(0), r.GetInt32(1), r.GetString(2), r.Instant(3)), ct).ConfigureAwait(false);
            return rows.SingleOrDefault();
        }).ConfigureAwait(false);

    /// <summary>Forgets at most <paramref name="max"/> keys that expired before <paramref name="systemNow"/>; how many.</summary>
    public Task<int> PurgeAsync(DateTimeOffset systemNow, int max, CancellationToken ct) =>
        Sql.AskAsync("Expired idempotency keys could not be removed", ct, async () =>
        {
            await using var command = source.CreateCommand(
                "delete from idempotency_keys where ctid = any (array (select ctid from idempotency_keys where expires_at < $1 limit $2 for update skip locked))")
                .With(systemNow.UtcDateTime, max);
            return await command.ExecuteNonQueryAsync(ct).ConfigureAwait(false);
        });
}
