-- Schema 3, SQLite: erasure of studies.
-- erased_revision: the revision that tells of the newest erasure; while it is above revision, that is still to be told.
-- erased_at: set while nothing came after it; the row is then a tombstone.
alter table studies add column erased_revision integer not null default 0;
alter table studies add column erased_at integer;
create table erasures(study_id integer primary key, session_id integer not null, ordered_at integer not null);
create table erased_objects(object_key text primary key, due_at integer not null) without rowid;
create index erased_objects_due on erased_objects(due_at);

-- So that an erasure can forget what a source was known to have: then it may be fetched again.
alter table source_instances add column study_id integer;
create index source_instances_study on source_instances(study_id);

-- Versions can go now, and the id of one that went must never name another: autoincrement, which a table has from the
-- start or never.
drop view v_instances;
drop view v_studies;
create table versions_with_new_ids(
  id integer primary key autoincrement,
  study_id integer not null,
  series_id integer not null,
  session_id integer not null,
  size_bytes integer not null,
  prefix_bytes integer not null,
  header_bytes integer not null,
  received_at integer not null,
  revision integer not null,
  instance_number integer,
  frames integer,
  rows integer,
  columns integer,
  bits integer,
  n integer not null default 1,
  flags integer not null default 0,
  current boolean not null default true,
  sop_class text not null,
  transfer_syntax text not null,
  sop_uid text not null,
  dataset_sha256 blob not null,
  prefix_sha256 blob not null,
  chunk_crc32c blob not null);
insert into versions_with_new_ids
  select id, study_id, series_id, session_id, size_bytes, prefix_bytes, header_bytes, received_at, revision, instance_number,
         frames, rows, columns, bits, n, flags, current, sop_class, transfer_syntax, sop_uid, dataset_sha256, prefix_sha256,
         chunk_crc32c
  from versions;
drop table versions;
alter table versions_with_new_ids rename to versions;
create unique index versions_current on versions(sop_uid, study_id) where current;
create unique index versions_older on versions(sop_uid, study_id, n) where not current;
create index versions_series on versions(series_id);

create view v_studies as
  select study_instance_uid, patient_id, issuer_of_patient_id, patient_name, patient_birth_date, patient_sex, accession_number,
         study_date, study_day, study_time, study_id, study_description, referring_physician, modality, modalities, source, calling_ae,
         called_ae, correlation_id, revision, instance_count, series_count, size_bytes, flags,
         datetime(received_at / 1000000, 'unixepoch') as received_at, datetime(last_received_at / 1000000, 'unixepoch') as last_received_at
  from studies where erased_at is null;
create view v_instances as
  select s.study_instance_uid, r.series_uid as series_instance_uid, v.sop_uid as sop_instance_uid, v.sop_class, v.transfer_syntax,
         v.instance_number, v.frames, v.rows, v.columns, v.bits, v.size_bytes, v.revision, v.flags,
         lower(hex(v.dataset_sha256)) as dataset_sha256, datetime(v.received_at / 1000000, 'unixepoch') as received_at
  from versions v join series r on r.id = v.series_id join studies s on s.id = v.study_id
  where v.current;
