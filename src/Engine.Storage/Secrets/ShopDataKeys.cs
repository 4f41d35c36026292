using System.Collections.Concurrent;
using System.Security.Cryptography;
using Engine.Domain.Orders;
using Engine.Domain.Ports;
using Npgsql;

namespace Engine.Storage.Secrets;

/// <summary>One data key per shop, stored wrapped by the installation's key ring. Erasing it makes all the shop's labels and recipients unreadable.</summary>
public sealed class ShopDataKeys(NpgsqlDataSource source, ISecretProtector ring)
{
    private readonly ConcurrentDictionary<ShopId, SecretBox> known = new();

    /// <summary>The shop's key; made at its first use.</summary>
    public ValueTask<SecretBox> GetAsync(MerchantId merchant, ShopId shop, CancellationToken ct) =>
        known.TryGetValue(shop, out var box) ? new(box) : new(MakeAsync(merchant, shop, ct));

    /// <summary>The shop's key, or null where there never was one or it was erased.</summary>
    public async ValueTask<SecretBox?> FindAsync(ShopId shop, CancellationToken ct) =>
        known.TryGetValue(shop, out var box) ? box : await ReadAsync(shop, ct).ConfigureAwait(false);

    /// <summary>Erases the key: what was sealed with it is gone. Other hosts forget it at their next start.</summary>
    public async Task EraseAsync(ShopId shop, CancellationToken ct)
    {
        await using var command = source.CreateCommand("delete from shop_keys where shop = $1").With(shop.Value);
        await command.ExecuteNonQueryAsync(ct).ConfigureAwait(false);
        known.TryRemove(shop, out _);
    }

    /// <summary>Wraps every stored key anew under the ring's first key; how many.</summary>
    public async Task<int> RewrapAsync(CancellationToken ct)
    {
        await using var list = source.CreateCommand("select shop, wrapped from shop_keys");
        var rows = await list.ReadAllAsync(r => (Shop: r.GetString(0), Wrapped: r.GetFieldValue<byte[]>(1)), ct).ConfigureAwait(false);
        foreach (var (shop, wrapped) in rows)
        {
            var key = ring.Unprotect(wrapped, Purpose(shop));
            await using var command = source.CreateCommand("update shop_keys set wrapped = $2 where shop = $1 and wrapped = $3")
                .With(shop, ring.Protect(key, Purpose(shop)), wrapped);
            await command.ExecuteNonQueryAsync(ct).ConfigureAwait(false);
            CryptographicOperations.ZeroMemory(key);
        }

        return rows.Count;
    }

    private async Task<SecretBox> MakeAsync(MerchantId merchant, ShopId shop, CancellationToken ct)
    {
        if (await ReadAsync(shop, ct).ConfigureAwait(false) is { } stored)
        {
            return stored;
        }

        var key = RandomNumberGenerator.GetBytes(32);
        await using (var command = source.CreateCommand("insert into shop_keys (shop, merchant, wrapped) values ($1, $2, $3) on conflict do nothing")
            .With(shop.Value, merchant.Value, ring.Protect(key, Purpose(shop.Value))))
        {
            await command.ExecuteNonQueryAsync(ct).ConfigureAwait(false);
        }

        CryptographicOperations.ZeroMemory(key);

        // Another host may have been first: the stored one counts.
        return await ReadAsync(shop, ct).ConfigureAwait(false)
            ?? throw new InvalidOperationException($"The data key of shop '{shop}' was erased while it was being made.");
    }

    private async Task<SecretBox?> ReadAsync(ShopId shop, CancellationToken ct)
    {
        await using var command = source.CreateCommand("select wrapped from shop_keys where shop = $1").With(shop.Value);
        if (await command.ExecuteScalarAsync(ct).ConfigureAwait(false) is not byte[] wrapped)
        {
            return null;
        }

        var key = ring.Unprotect(wrapped, Purpose(shop.Value));
        var box = new SecretBox("shop", key);
        CryptographicOperations.ZeroMemory(key);
        return known.GetOrAdd(shop, box);
    }

    private static string Purpose(string shop) => $"shop_keys/{shop}/wrapped";
}
