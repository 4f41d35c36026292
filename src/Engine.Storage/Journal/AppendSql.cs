using Engine.Domain.Orders;

namespace Engine.Storage.Journal;

/// <summary>The one statement of a batch. Everything else is inserted by joining the rows that the upsert accepted.</summary>
/// <remarks>
/// Parameter numbers are those of <see cref="AppendColumns"/>. `offset 0` keeps a lookup a lookup (an index scan per row) whatever
/// the planner believes about the tables. Answers the orders that were refused.
/// </remarks>
internal static class AppendSql
{
    public const string Narrow = "with " + Core + Answer;

    public const string Wide = "with " + Core + Rest + Answer;

    /// <summary>The statement itself, but in a build from which the version check was taken out to see who notices.</summary>
    public static string Checked(string append) => PlantedBugs.NoVersionCheck
        ? append.Replace("t.version = excluded.prior_version and ", "", StringComparison.Ordinal).Replace("order by e.i),", "order by e.i on conflict do nothing),", StringComparison.Ordinal)
        : append;

    /// <summary>Locks the batch's rows in order and tells their versions (null: no such row).</summary>
    public const string Lock =
        """
        select o.version
        from unnest($1, $2) with ordinality as k (shop, order_id, i)
        left join lateral (
            select t.version from orders t where t.shop = k.shop and t.order_id = k.order_id limit 1 for update) o on true
        """;

    /// <summary>Brings orders back from history, in one statement: a reader sees each exactly once.</summary>
    public const string BringBack =
        """
        with back as (
            delete from order_history
            where ctid = any (array (
                select h.ctid
                from unnest($1, $2) as k (shop, order_id)
                cross join lateral (
                    select h.ctid from order_history h where h.shop = k.shop and h.order_id = k.order_id limit 1) h))
            returning *)
        insert into orders (
            shop, order_id, merchant, version, prior_version, status, marketplace_status, fulfiller, shipping, cancel_requested, late,
            placed_at, updated_at, changed_at, released_at, label_by, dispatch_by, cancel_unlabelled_at, cancel_unscanned_at,
            first_scan_at, cancelled_at, warehouse, parked_reason)
        select
            shop, order_id, merchant, version, 0, status, marketplace_status, fulfiller, shipping, cancel_requested, late,
            placed_at, updated_at, changed_at, released_at, label_by, dispatch_by, cancel_unlabelled_at, cancel_unscanned_at,
            first_scan_at, cancelled_at, warehouse, parked_reason
        from back
        """;

    private const string Core =
        """
        ok as (
            insert into orders as t (
                shop, order_id, merchant, version, prior_version, status, marketplace_status, fulfiller, shipping, cancel_requested, late,
                placed_at, updated_at, changed_at, released_at, label_by, dispatch_by, cancel_unlabelled_at, cancel_unscanned_at,
                first_scan_at, cancelled_at, warehouse, parked_reason)
            select u.*
            from unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23)
                as u (shop, order_id, merchant, version, prior_version, status, marketplace_status, fulfiller, shipping, cancel_requested, late,
                      placed_at, updated_at, changed_at, released_at, label_by, dispatch_by, cancel_unlabelled_at, cancel_unscanned_at,
                      first_scan_at, cancelled_at, warehouse, parked_reason)
            where u.prior_version <> 0
               or (select true from order_history h where h.shop = u.shop and h.order_id = u.order_id limit 1) is null
            on conflict (shop, order_id) do update set
                version = excluded.version,
                prior_version = excluded.prior_version,
                status = excluded.status,
                marketplace_status = excluded.marketplace_status,
                fulfiller = excluded.fulfiller,
                shipping = excluded.shipping,
                cancel_requested = excluded.cancel_requested,
                late = excluded.late,
                placed_at = excluded.placed_at,
                updated_at = excluded.updated_at,
                changed_at = excluded.changed_at,
                released_at = excluded.released_at,
                label_by = excluded.label_by,
                dispatch_by = excluded.dispatch_by,
                cancel_unlabelled_at = excluded.cancel_unlabelled_at,
                cancel_unscanned_at = excluded.cancel_unscanned_at,
                first_scan_at = excluded.first_scan_at,
                cancelled_at = excluded.cancelled_at,
                warehouse = excluded.warehouse,
                parked_reason = excluded.parked_reason
            where t.version = excluded.prior_version and t.merchant = excluded.merchant
            returning shop, order_id, merchant, version, prior_version),
        ev as (
            insert into order_events (shop, order_id, version, merchant, epoch, part, schema, name, at, command_id, actor, cause, body)
            select e.shop, e.order_id, e.version, ok.merchant, $34, e.part, e.schema, e.name, e.at, e.command_id, e.actor, e.cause, e.body
            from unnest($24, $25, $26, $27, $28, $29, $30, $31, $32, $33, $35) with ordinality
                as e (shop, order_id, version, part, schema, name, at, command_id, actor, cause, body, i)
            join ok on ok.shop = e.shop and ok.order_id = e.order_id
            order by e.i),
        gone as (
            delete from order_work
            where ctid = any (array (
                select w.ctid
                from unnest($42, $43, $44) as g (shop, order_id, kind)
                join ok on ok.shop = g.shop and ok.order_id = g.order_id
                cross join lateral (
                    select w.ctid from order_work w where w.shop = g.shop and w.order_id = g.order_id and w.kind = g.kind offset 0) w))),
        swept as (
            delete from order_work
            where ctid = any (array (
                select w.ctid
                from unnest($45, $46) as f (shop, order_id)
                join ok on ok.shop = f.shop and ok.order_id = f.order_id
                cross join lateral (
                    select w.ctid, w.kind from order_work w where w.shop = ok.shop and w.order_id = ok.order_id offset 0) w
                where not exists (
                    select from unnest($36, $37, $38) as n (shop, order_id, kind)
                    where n.shop = ok.shop and n.order_id = ok.order_id and n.kind = w.kind)))),
        wk as (
            insert into order_work as t (shop, order_id, kind, merchant, version, due_at, deadline_at, cancel_at)
            select w.shop, w.order_id, w.kind, ok.merchant, ok.version, w.due_at, w.deadline_at, w.cancel_at
            from unnest($36, $37, $38, $39, $40, $41) as w (shop, order_id, kind, due_at, deadline_at, cancel_at)
            join ok on ok.shop = w.shop and ok.order_id = w.order_id
            on conflict (shop, order_id, kind) do update set
                version = excluded.version, due_at = excluded.due_at, deadline_at = excluded.deadline_at, cancel_at = excluded.cancel_at)
        """;

    private const string Rest =
        """
        ,
        doc as (
            insert into order_documents (shop, order_id, merchant, version, document)
            select d.shop, d.order_id, ok.merchant, ok.version, d.document
            from unnest($47, $48, $49) as d (shop, order_id, document)
            join ok on ok.shop = d.shop and ok.order_id = d.order_id
            on conflict (shop, order_id) do update set version = excluded.version, document = excluded.document),
        rec as (
            insert into recipients (shop, order_id, merchant, recipient)
            select r.shop, r.order_id, ok.merchant, r.recipient
            from unnest($50, $51, $52) as r (shop, order_id, recipient)
            join ok on ok.shop = r.shop and ok.order_id = r.order_id
            on conflict (shop, order_id) do update set recipient = excluded.recipient, stored_at = excluded.stored_at),
        former_lines as (
            delete from order_lines
            where ctid = any (array (
                select l.ctid
                from (select distinct n.shop, n.order_id from unnest($53, $54) as n (shop, order_id)) n
                join ok on ok.shop = n.shop and ok.order_id = n.order_id and ok.prior_version > 0
                cross join lateral (
                    select l.ctid, l.line_id from order_lines l where l.shop = ok.shop and l.order_id = ok.order_id offset 0) l
                where not exists (
                    select from unnest($53, $54, $55) as x (shop, order_id, line_id)
                    where x.shop = ok.shop and x.order_id = ok.order_id and x.line_id = l.line_id)))),
        lines as (
            insert into order_lines (shop, order_id, line_id, merchant, sku, seller_sku, product_id, quantity, warehouse, cancelled)
            select l.shop, l.order_id, l.line_id, ok.merchant, l.sku, l.seller_sku, l.product_id, l.quantity, l.warehouse, l.cancelled
            from unnest($53, $54, $55, $56, $57, $58, $59, $60, $61)
                as l (shop, order_id, line_id, sku, seller_sku, product_id, quantity, warehouse, cancelled)
            join ok on ok.shop = l.shop and ok.order_id = l.order_id
            on conflict (shop, order_id, line_id) do update set
                sku = excluded.sku, seller_sku = excluded.seller_sku, product_id = excluded.product_id,
                quantity = excluded.quantity, warehouse = excluded.warehouse, cancelled = excluded.cancelled),
        pack as (
            insert into packages (
                shop, parcel_id, merchant, status, attempt, request_hash, package_id, tracking, carrier_id, carrier_name, label_key,
                price_amount, price_currency)
            select p.shop, p.parcel_id, ok.merchant, p.status, p.attempt, p.request_hash, p.package_id, p.tracking, p.carrier_id,
                p.carrier_name, p.label_key, p.price_amount, p.price_currency
            from unnest($62, $63, $64, $65, $66, $67, $68, $69, $70, $71, $72, $73, $74)
                as p (shop, order_id, parcel_id, status, attempt, request_hash, package_id, tracking, carrier_id, carrier_name, label_key,
                      price_amount, price_currency)
            join ok on ok.shop = p.shop and ok.order_id = p.order_id
            on conflict (shop, parcel_id) do update set
                status = excluded.status, attempt = excluded.attempt, request_hash = excluded.request_hash, package_id = excluded.package_id,
                tracking = excluded.tracking, carrier_id = excluded.carrier_id, carrier_name = excluded.carrier_name,
                label_key = excluded.label_key, price_amount = excluded.price_amount, price_currency = excluded.price_currency),
        pack_lines as (
            insert into package_lines (shop, order_id, line_id, parcel_id, merchant, live)
            select p.shop, p.order_id, p.line_id, p.parcel_id, ok.merchant, p.live
            from unnest($75, $76, $77, $78, $79) as p (shop, order_id, line_id, parcel_id, live)
            join ok on ok.shop = p.shop and ok.order_id = p.order_id
            on conflict (shop, order_id, line_id) do update set parcel_id = excluded.parcel_id, live = excluded.live),
        idem as (
            insert into idempotency_keys (scope, key, request_hash, status, body, expires_at)
            select i.scope, i.key, i.request_hash, i.status, i.body, i.expires_at
            from unnest($80, $81, $82, $83, $84, $85, $86, $87) as i (shop, order_id, scope, key, request_hash, status, body, expires_at)
            join ok on ok.shop = i.shop and ok.order_id = i.order_id)
        """;

    private const string Answer =
        """

        select u.shop, u.order_id
        from unnest($1, $2) as u (shop, order_id)
        where not exists (select from ok where ok.shop = u.shop and ok.order_id = u.order_id)
        """;
}
