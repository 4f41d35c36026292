-- When the marketplace cancels the order if this work is not done: such work comes first. Rows written before stay null, which is
-- 'unknown', and go by their deadline until their order changes: filling them in would rewrite a table that hosts are working on.
alter table order_work add column cancel_at timestamptz;
