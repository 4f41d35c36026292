-- Labels of a batch share one file of the folder: a sync for all of them instead of two for each. Null: a file of its own (older
-- builds), or the content is in label_blobs.
alter table label_files
    add column pack text collate "C",
    add column position integer,
    add column length integer,
    add constraint label_files_place check (num_nulls(pack, position, length) in (0, 3));
create index label_files_pack on label_files (pack) where pack is not null;
