-- The app-quality audit: incidents by the platform's rules, and orders that the marketplace has and we could not store.
-- Written by the audit and by intake's exceptions only, never on an order's way.

create table quality_incidents (
    shop        text collate "C" not null,
    order_id    text collate "C" not null,
    rule        smallint not null,
    opened_at   timestamptz not null,
    merchant    text collate "C" not null,
    version     integer not null,
    marketplace_status smallint not null,
    reason      text not null,
    cause       text not null,
    closed_at   timestamptz,
    closed_by   text,
    reported_at timestamptz,
    primary key (shop, order_id, rule, opened_at)
);
create unique index quality_incidents_open on quality_incidents (shop, order_id, rule) where closed_at is null;
create index quality_incidents_age on quality_incidents (shop, opened_at);
create index quality_incidents_unreported on quality_incidents (shop, opened_at) where reported_at is null;

create table missing_orders (
    shop        text collate "C" not null,
    order_id    text collate "C" not null,
    merchant    text collate "C" not null,
    marketplace_status smallint,
    fulfiller   smallint not null,
    cancel_reason text,
    dispatch_by timestamptz,
    cause       smallint not null,
    problem     text not null,
    first_seen_at timestamptz not null,
    tries       integer not null,
    primary key (shop, order_id)
);
