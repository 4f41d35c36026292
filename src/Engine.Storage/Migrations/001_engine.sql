-- The tables of the engine, in their final shape. Keys are text in collation "C": the same order in C# (ordinal) and here.
-- Instants are timestamptz; business time unless the name says stored_at or clock.

create table shops (
    shop                text collate "C" primary key,
    merchant            text collate "C" not null,
    channel             text not null,
    marketplace_shop_id text not null,
    name                text not null,
    region              text not null,
    active              boolean not null,
    connected_at        timestamptz not null,
    unique (channel, marketplace_shop_id)
);

-- Hot and narrow: rewritten at every step. No index and no index predicate on anything that changes (updates stay HOT).
create table orders (
    shop                text collate "C" not null,
    order_id            text collate "C" not null,
    merchant            text collate "C" not null,
    version             integer not null,
    prior_version       integer not null,
    status              smallint not null,
    marketplace_status  smallint not null,
    fulfiller           smallint not null,
    shipping            smallint not null,
    cancel_requested    boolean not null,
    late                boolean,
    placed_at           timestamptz not null,
    updated_at          timestamptz not null,
    changed_at          timestamptz not null,
    released_at         timestamptz,
    label_by            timestamptz,
    dispatch_by         timestamptz,
    cancel_unlabelled_at timestamptz,
    cancel_unscanned_at timestamptz,
    first_scan_at       timestamptz,
    cancelled_at        timestamptz,
    warehouse           text,
    parked_reason       text,
    primary key (shop, order_id)
) with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.05);

-- Final orders, out of the way. The move is no version and no event.
create table order_history (like orders including defaults, primary key (shop, order_id));

create view all_orders as
    select * from orders
    union all
    select * from order_history;

-- A row that is not there can only be made at its first version. When a later one is inserted, the order is in history
-- (or was never heard of): the writer is told so, brings it back and tries again. Updates do not come this way.
create function refuse_insert_of_later_version() returns trigger language plpgsql as $$
begin
    raise exception using
        errcode = 'EN001',
        message = 'order is not in the hot table',
        detail = new.shop || '/' || new.order_id;
end
$$;

create trigger order_inserted_late
    after insert on orders for each row when (new.prior_version <> 0)
    execute function refuse_insert_of_later_version();

create table order_documents (
    shop        text collate "C" not null,
    order_id    text collate "C" not null,
    merchant    text collate "C" not null,
    version     integer not null,
    document    jsonb not null,
    primary key (shop, order_id)
) with (fillfactor = 90);

create table order_lines (
    shop        text collate "C" not null,
    order_id    text collate "C" not null,
    line_id     text collate "C" not null,
    merchant    text collate "C" not null,
    sku         text not null,
    seller_sku  text,
    product_id  text not null,
    quantity    integer not null,
    warehouse   text,
    cancelled   boolean not null,
    primary key (shop, order_id, line_id)
);

-- Personal: AES-256-GCM under the shop's data key. Erasing that key erases these.
create table recipients (
    shop        text collate "C" not null,
    order_id    text collate "C" not null,
    merchant    text collate "C" not null,
    recipient   bytea not null,
    stored_at   timestamptz not null default clock_timestamp(),
    primary key (shop, order_id)
);

-- One sequence for all streams, so that one feed can merge them.
create sequence journal_seq cache 1;

-- The journal. Readers go by (epoch, xid, seq) below the oldest running transaction.
create table order_events (
    shop        text collate "C" not null,
    order_id    text collate "C" not null,
    version     integer not null,
    merchant    text collate "C" not null,
    epoch       integer not null,
    xid         xid8 not null default pg_current_xact_id(),
    seq         bigint not null default nextval('journal_seq'),
    part        smallint not null,
    schema      smallint not null,
    name        text not null,
    at          timestamptz not null,
    command_id  uuid not null,
    actor       text not null,
    cause       text,
    body        jsonb not null,
    primary key (shop, order_id, version)
);
create index order_events_feed on order_events (part, epoch, xid, seq);

-- Streams that are no order: 'stock', 'shop', 'batch', ...; key within the stream.
create table stream_events (
    stream      text collate "C" not null,
    key         text collate "C" not null,
    version     integer not null,
    merchant    text collate "C" not null,
    epoch       integer not null,
    xid         xid8 not null default pg_current_xact_id(),
    seq         bigint not null default nextval('journal_seq'),
    part        smallint not null,
    schema      smallint not null,
    name        text not null,
    at          timestamptz not null,
    command_id  uuid not null,
    actor       text not null,
    cause       text,
    body        jsonb not null,
    primary key (stream, key, version)
);
create index stream_events_feed on stream_events (part, epoch, xid, seq);

-- What an order needs next: a function of its state, written in the same transaction.
create table order_work (
    shop        text collate "C" not null,
    order_id    text collate "C" not null,
    kind        smallint not null,
    merchant    text collate "C" not null,
    version     integer not null,
    due_at      timestamptz not null,
    deadline_at timestamptz,
    primary key (shop, order_id, kind)
) with (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_insert_scale_factor = 0.1);
create index order_work_due on order_work (shop, kind, due_at);

create table packages (
    shop        text collate "C" not null,
    parcel_id   text collate "C" not null,
    merchant    text collate "C" not null,
    status      smallint not null,
    attempt     integer not null,
    request_hash text,
    package_id  text,
    tracking    text,
    carrier_id  text,
    carrier_name text,
    label_key   text,
    price_amount text,
    price_currency text,
    primary key (shop, parcel_id)
) with (fillfactor = 80);

-- Each line of an order is in one parcel: the one it was last planned into. Former plans are in the journal.
create table package_lines (
    shop        text collate "C" not null,
    order_id    text collate "C" not null,
    line_id     text collate "C" not null,
    parcel_id   text collate "C" not null,
    merchant    text collate "C" not null,
    live        boolean not null,
    primary key (shop, order_id, line_id)
) with (fillfactor = 80);
create index package_lines_parcel on package_lines (shop, parcel_id);

create table label_files (
    shop        text collate "C" not null,
    label_key   text collate "C" not null,
    merchant    text collate "C" not null,
    parcel_id   text collate "C" not null,
    size        integer not null,
    stored_at   timestamptz not null default clock_timestamp(),
    primary key (shop, label_key)
);
create index label_files_age on label_files (stored_at);

-- Content of labels, where the vault is PostgreSQL (clusters without a shared folder). Encrypted like the files.
create table label_blobs (
    shop        text collate "C" not null,
    label_key   text collate "C" not null,
    content     bytea not null,
    primary key (shop, label_key)
);
alter table label_blobs alter column content set storage external;

-- Which folder holds the labels: its marker file must carry this id.
create table vault_marker (
    only_row    boolean primary key default true check (only_row),
    vault_id    uuid not null
);

create table idempotency_keys (
    scope       text collate "C" not null,
    key         text collate "C" not null,
    request_hash text not null,
    status      integer not null,
    body        text not null,
    expires_at  timestamptz not null,
    primary key (scope, key)
);
create index idempotency_keys_age on idempotency_keys (expires_at);

-- Changes when the database was restored: transaction ids before and after cannot be compared.
create table journal_epoch (
    only_row    boolean primary key default true check (only_row),
    epoch       integer not null,
    fingerprint text not null,
    since       timestamptz not null default clock_timestamp()
);

create table reader_cursors (
    reader      text collate "C" not null,
    part        smallint not null,
    epoch       integer not null,
    xid         xid8 not null,
    seq         bigint not null,
    fence       bigint not null,
    started_from text,
    primary key (reader, part)
) with (fillfactor = 50);

create table ldr_due (
    shop        text collate "C" not null,
    due_at      timestamptz not null,
    orders      bigint not null,
    on_time     bigint not null,
    scanned_late bigint not null,
    cancelled_before bigint not null,
    cancelled_after bigint not null,
    primary key (shop, due_at)
) with (fillfactor = 70);

create table ldr_dispatched (
    shop        text collate "C" not null,
    on_day      date not null,
    seller      bigint not null,
    late        bigint not null,
    platform    bigint not null,
    primary key (shop, on_day)
) with (fillfactor = 50);

create table parcel_profiles (
    merchant    text collate "C" not null,
    sku         text collate "C" not null,
    weight_grams integer not null,
    length_mm   integer,
    width_mm    integer,
    height_mm   integer,
    changed_at  timestamptz not null,
    primary key (merchant, sku)
);

create table api_keys (
    key_id      text collate "C" primary key,
    merchant    text collate "C" not null,
    secret_hash bytea not null,
    shops       text[] not null,
    scopes      text[] not null,
    expires_at  timestamptz,
    added_at    timestamptz not null default clock_timestamp()
);

-- One data key per shop, wrapped by the installation's key ring.
create table shop_keys (
    shop        text collate "C" primary key,
    merchant    text collate "C" not null,
    wrapped     bytea not null,
    made_at     timestamptz not null default clock_timestamp()
);
