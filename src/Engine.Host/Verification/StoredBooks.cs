using Engine.Domain.Cancellations;
using Engine.Domain.Orders;
using Npgsql;

namespace Engine.Host.Verification;

internal sealed record StoredOrderFacts(string Shop, string MarketplaceShop, DateTimeOffset UpdatedAt, DateTimeOffset? FirstScanAt, bool? Late, Fulfiller Fulfiller);

/// <summary>The engine's own books, as the ledger's checks need them.</summary>
internal sealed class StoredBooks(NpgsqlDataSource database)
{
    /// <summary>By marketplace order id. An id that two shops hold is listed once for each.</summary>
    public async Task<ILookup<string, StoredOrderFacts>> OrdersAsync(CancellationToken ct)
    {
        var orders = new List<(string Id, StoredOrderFacts Facts)>();
        await using var command = database.CreateCommand(
            "select o.order_id, o.shop, s.marketplace_shop_id, o.updated_at, o.first_scan_at, o.late, o.fulfiller from all_orders o join shops s using (shop)");
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
        {
            orders.Add((reader.GetString(0), new StoredOrderFacts(
                reader.GetString(1),
                reader.GetString(2),
                reader.GetFieldValue<DateTimeOffset>(3),
                reader.IsDBNull(4) ? null : reader.GetFieldValue<DateTimeOffset>(4),
                reader.IsDBNull(5) ? null : reader.GetBoolean(5),
                (Fulfiller)reader.GetInt16(6))));
        }

        return orders.ToLookup(o => o.Id, o => o.Facts, StringComparer.Ordinal);
    }

    /// <summary>The accounts that are connected here.</summary>
    public Task<HashSet<string>> AccountsAsync(CancellationToken ct) => TextsAsync("select marketplace_shop_id from shops", ct);

    /// <summary>`account/package` of every package that a parcel holds, and how many parcels hold it.</summary>
    public Task<Dictionary<string, long>> PackagesAsync(CancellationToken ct) => CountsAsync(
        "select s.marketplace_shop_id || '/' || p.package_id, count(*) from packages p join shops s using (shop) where p.package_id is not null group by 1", ct);

    /// <summary>`account/order` of every order for which a purchase was ever intended, and how many times.</summary>
    public Task<Dictionary<string, long>> IntentsAsync(CancellationToken ct) => CountsAsync(
        "select s.marketplace_shop_id || '/' || e.order_id, count(*) from order_events e join shops s using (shop) where e.name = 'label.intended' group by 1", ct);

    /// <summary>An attempt that was recorded as surely without effect must not own a label afterwards (13).</summary>
    public Task<FindingsOf> GhostsAsync(CancellationToken ct) => FindAsync(
        "attempts recorded as without effect",
        "select count(*) from order_events where name in ('label.not_applied', 'label.failed', 'label.cleared')",
        """
        select a.shop || '/' || a.order_id || ' parcel ' || (a.body->>'parcel') || ': attempt ' || (a.body->>'attempt') || ' was recorded as without effect, yet it bought ' || (b.body->>'packageId')
        from order_events a join order_events b on b.shop = a.shop and b.order_id = a.order_id and b.version > a.version
        where a.name in ('label.not_applied', 'label.failed', 'label.cleared') and b.name in ('label.purchased', 'label.adopted', 'tracking.confirmed')
          and a.body->>'parcel' = b.body->>'parcel' and a.body->>'attempt' = b.body->>'attempt'
        """,
        ct);

    /// <summary>No attempt was signed on a read of the order older than 30 s of system time (3).</summary>
    public Task<FindingsOf> StaleReadsAsync(CancellationToken ct) => FindAsync(
        "purchase intents",
        "select count(*) from order_events where name = 'label.intended'",
        """
        select shop || '/' || order_id || ': attempt ' || (body->'attempt'->>'number') || ' was signed '
            || ((body->'attempt'->>'signedAt')::timestamptz - (body->'attempt'->>'readAt')::timestamptz) || ' after the order was read'
        from order_events
        where name = 'label.intended' and (body->'attempt'->>'signedAt')::timestamptz - (body->'attempt'->>'readAt')::timestamptz > interval '30 seconds'
        """,
        ct);

    /// <summary>Nothing is bought while we know of a buyer's open request, or after the order was cancelled; and no answer contradicts the shop's policy of
    /// its moment: what is packed is not given away by a shop that ships it, unless a person says so (3, F24).</summary>
    public Task<FindingsOf> CancellationRaceAsync(CancellationToken ct) => FindAsync(
        "requests to cancel",
        "select count(*) from order_events where name = 'order.cancel_seen'",
        $"""
        select i.shop || '/' || i.order_id || ': version ' || i.version || ' buys although version ' || r.version || ' (' || r.name || ') was known'
        from order_events r join order_events i on i.shop = r.shop and i.order_id = r.order_id and i.version > r.version and i.name = 'label.intended'
        where r.name in ('order.cancel_requested', 'order.cancel_seen', 'order.cancelled')
          and not exists (
              select from order_events e where e.shop = r.shop and e.order_id = r.order_id and e.version > r.version and e.version < i.version
                and e.name in ('order.cancel_decided', 'order.cancel_closed'))
        union all
        select a.shop || '/' || a.order_id || ': version ' || a.version || ' approves although version ' || l.version || ' (' || l.name || ') had bought its label'
        from order_events a join order_events l on l.shop = a.shop and l.order_id = a.order_id and l.version < a.version and l.name in ('label.purchased', 'label.adopted')
        where a.name = 'order.cancel_answer_intended' and (a.body->>'rule')::int = {(int)CancellationRule.ShipIfPacked} and (a.body->>'answer')::int = {(int)CancellationAnswer.Approve}
          and not exists (select from order_events p where p.shop = a.shop and p.order_id = a.order_id and p.version < a.version and p.name in ('order.cancel_answer_ordered', 'order.cancel_answer_intended'))
        """,
        ct);

    /// <summary>Neither documents nor events carry a buyer's person: only country, state and postal prefix stay (9, design 2.4).</summary>
    public Task<FindingsOf> PersonalDataAsync(CancellationToken ct) => FindAsync(
        "stored documents and events",
        "select (select count(*) from order_documents) + (select count(*) from order_events)",
        """
        select shop || '/' || order_id || ': the stored document names a buyer''s person' from order_documents
        where document::text ~ '"(full_address|phone_number|first_name|last_name|address_line[0-9]|address_detail|buyer_email|email|recipient_name)"\s*:\s*"[^"]'
        union all
        select shop || '/' || order_id || ': event ' || version || ' names a buyer''s person or a token' from order_events
        where body::text ~ '"(full_address|phone_number|first_name|last_name|address_line[0-9]|address_detail|buyer_email|email|access_token|refresh_token|accessToken|refreshToken)"'
        """,
        ct);

    private async Task<FindingsOf> FindAsync(string what, string count, string findings, CancellationToken ct)
    {
        var found = new FindingsOf(what);
        await using (var counting = database.CreateCommand(count))
        {
            found.Looked = (long)(await counting.ExecuteScalarAsync(ct))!;
        }

        foreach (var finding in await TextsAsync(findings, ct))
        {
            found.Add(finding);
        }

        return found;
    }

    private async Task<Dictionary<string, long>> CountsAsync(string sql, CancellationToken ct)
    {
        await using var command = database.CreateCommand(sql);
        command.CommandTimeout = 0;
        var counts = new Dictionary<string, long>(StringComparer.Ordinal);
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
        {
            counts[reader.GetString(0)] = reader.GetInt64(1);
        }

        return counts;
    }

    private async Task<HashSet<string>> TextsAsync(string sql, CancellationToken ct)
    {
        await using var command = database.CreateCommand(sql);
        command.CommandTimeout = 0;
        var texts = new HashSet<string>(StringComparer.Ordinal);
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
        {
            texts.Add(reader.GetString(0));
        }

        return texts;
    }
}
