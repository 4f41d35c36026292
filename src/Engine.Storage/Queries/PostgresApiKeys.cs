using System.Collections.Immutable;
using Engine.Domain.Orders;
using Engine.Domain.Ports;
using Npgsql;

namespace Engine.Storage.Queries;

public sealed class PostgresApiKeys(NpgsqlDataSource source) : IApiKeys
{
    public async ValueTask<ApiKeyRecord?> FindAsync(string keyId, CancellationToken ct) =>
        await Sql.AskAsync("The API key could not be looked up", ct, async () =>
        {
            await using var command = source.CreateCommand(
                "select key_id, secret_hash, merchant, shops, scopes, expires_at from api_keys where key_id = $1").With(keyId);
            var rows = await command.ReadAllAsync(
                r => new ApiKeyRecord(
                    r.GetString(0),
                    r.GetFieldValue<byte[]>(1),
                    new MerchantId(r.GetString(2)),
                    [.. r.GetFieldValue<string[]>(3).Select(s => new ShopId(s))],
                    [.. r.GetFieldValue<string[]>(4)],
                    r.InstantOrNull(5)),
                ct).ConfigureAwait(false);
            return rows.SingleOrDefault();
        }).ConfigureAwait(false);

    /// <exception cref="InvalidOperationException">The id is taken.</exception>
    public Task AddAsync(ApiKeyRecord key, CancellationToken ct) =>
        Sql.AskAsync("The API key could not be stored", ct, async () =>
        {
            await using var command = source.CreateCommand(
                "insert into api_keys (key_id, secret_hash, merchant, shops, scopes, expires_at) values ($1, $2, $3, $4, $5, $6) on conflict do nothing").With(
                key.KeyId,
                key.SecretHash,
                key.Merchant.Value,
                key.Shops.Select(s => s.Value).ToArray(),
                key.Scopes.ToArray(),
                key.ExpiresAt?.UtcDateTime);
            command.Parameters[^1].NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.TimestampTz;
            return await command.ExecuteNonQueryAsync(ct).ConfigureAwait(false) == 1
                ? true
                : throw new InvalidOperationException($"The API key id '{key.KeyId}' is taken: make a new key.");
        });
}
