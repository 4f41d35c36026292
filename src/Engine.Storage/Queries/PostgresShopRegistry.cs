using System.Collections.Immutable;
using Engine.Domain.Orders;
using Engine.Domain.Ports;
using Npgsql;

namespace Engine.Storage.Queries;

public sealed class PostgresShopRegistry(NpgsqlDataSource source) : IShopRegistry
{
    private const string Bind =
        """
        insert into shops as t (shop, merchant, channel, marketplace_shop_id, name, region, active, connected_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8)
        on conflict (shop) do update set name = excluded.name, active = excluded.active
        where (t.merchant, t.channel, t.marketplace_shop_id) = (excluded.merchant, excluded.channel, excluded.marketplace_shop_id)
        returning 1
        """;

    private const string List =
        "select shop, merchant, channel, marketplace_shop_id, name, region, active, connected_at from shops order by shop";

    public Task BindAsync(ShopRecord shop, CancellationToken ct) =>
        Sql.AskAsync($"Shop {shop.Shop} could not be bound", ct, async () =>
        {
            await using var command = source.CreateCommand(Bind).With(
                shop.Shop.Value, shop.Merchant.Value, shop.Channel, shop.MarketplaceShopId, shop.Name, shop.Region, shop.Active, shop.ConnectedAt.UtcDateTime);
            try
            {
                if (await command.ExecuteScalarAsync(ct).ConfigureAwait(false) is not null)
                {
                    return true;
                }
            }
            catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.UniqueViolation)
            {
                var holder = (await ListAsync(ct).ConfigureAwait(false))
                    .FirstOrDefault(s => s.Channel == shop.Channel && s.MarketplaceShopId == shop.MarketplaceShopId);
                throw new InvalidOperationException(
                    $"The {shop.Channel} account {shop.MarketplaceShopId} is bound to shop '{holder?.Shop}' of merchant '{holder?.Merchant}' for ever: use that shop.", e);
            }

            var bound = (await ListAsync(ct).ConfigureAwait(false)).Single(s => s.Shop == shop.Shop);
            throw new InvalidOperationException(
                $"Shop '{shop.Shop}' is bound to merchant '{bound.Merchant}' and {bound.Channel} account {bound.MarketplaceShopId} for ever: choose another id.");
        });

    public Task<ImmutableArray<ShopRecord>> ListAsync(CancellationToken ct) =>
        Sql.AskAsync("Shops could not be read", ct, async () =>
        {
            await using var command = source.CreateCommand(List);
            var rows = await command.ReadAllAsync(
                r => new ShopRecord(
                    new ShopId(r.GetString(0)), new MerchantId(r.GetString(1)), r.GetString(2), r.GetString(3), r.GetString(4), r.GetString(5), r.GetBoolean(6), r.Instant(7)),
                ct).ConfigureAwait(false);
            return rows.ToImmutableArray();
        });
}
