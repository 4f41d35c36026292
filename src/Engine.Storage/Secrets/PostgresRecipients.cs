using Engine.Domain.Orders;
using Engine.Storage.Journal;
using Npgsql;

namespace Engine.Storage.Secrets;

/// <summary>Reads recipients, which the journal stores sealed under the shop's data key.</summary>
public sealed class PostgresRecipients(NpgsqlDataSource source, ShopDataKeys keys)
{
    /// <summary>UTF-8 JSON as it was given; null when there is none or it was erased. Personal: never log it.</summary>
    /// <exception cref="System.Security.Cryptography.CryptographicException">Damaged, or moved from another order.</exception>
    public Task<byte[]?> FindAsync(MerchantId merchant, OrderKey key, CancellationToken ct) =>
        Sql.AskAsync($"The recipient of {key} could not be read", ct, async () =>
        {
            await using var command = source.CreateCommand("select recipient from recipients where shop = $1 and order_id = $2 and merchant = $3")
                .With(key.Shop.Value, key.OrderId, merchant.Value);
            if (await command.ExecuteScalarAsync(ct).ConfigureAwait(false) is not byte[] found)
            {
                return null;
            }

            var box = await keys.FindAsync(key.Shop, ct).ConfigureAwait(false);
            return box?.Unprotect(found, PostgresOrderJournal.RecipientPurpose(key));
        });

    /// <summary>Removes recipients stored before that instant (the database's clock); how many.</summary>
    public Task<int> PurgeAsync(DateTimeOffset storedBefore, int max, CancellationToken ct) =>
        Sql.AskAsync("Old recipients could not be removed", ct, async () =>
        {
            await using var command = source.CreateCommand(
                "delete from recipients where ctid = any (array (select ctid from recipients where stored_at < $1 limit $2 for update skip locked))")
                .With(storedBefore.UtcDateTime, max);
            return await command.ExecuteNonQueryAsync(ct).ConfigureAwait(false);
        });
}
