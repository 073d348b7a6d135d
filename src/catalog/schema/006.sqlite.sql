-- Schema 6, SQLite.

-- Where a dead letter came from, for people: which file or peer.
alter table dead_letters add column origin text;

-- Lists of a catalog that has grown: each filter of a list has an index in whose order its pages are read.
create index versions_study on versions(study_id, id);
create index studies_source on studies(source, id);
-- Studies with a flag: the combinations that there are, each in the order of the list.
drop index studies_flagged;
create index studies_flags on studies(flags, id) where flags <> 0;
create index series_modality on series(modality, study_id, id);
-- The hour of the last change: it seldom changes, while an index of updated_at itself would cost each recorded batch an
-- entry in every index of the table on PostgreSQL.
alter table studies add column updated_hour integer generated always as (updated_at / 3600000000) virtual;
create index studies_updated on studies(updated_hour, id);
create index requests_state on requests(state, id);
create index requests_interrupted on requests(source) where state = 0 and interrupted;
drop index requests_next;
create index requests_next on requests(source, priority, id) where state = 0;
drop index dead_letters_open;
create index dead_letters_state on dead_letters(state, number);
create index dead_letters_cause on dead_letters(cause, number);
create index dead_letters_source on dead_letters(source, number);
create index dead_letters_stage on dead_letters(stage, number);
create index dead_letters_failed on dead_letters(last_failed_at);
drop index dead_letters_study;
create index dead_letters_study on dead_letters(study_uid, number) where study_uid is not null;
create index erased_objects_postponed on erased_objects(attempts) where attempts > 0;
-- How many dead letters of each stage are open is counted every few seconds, for the metrics.
create index dead_letters_open_stage on dead_letters(stage) where state = 0;
-- Events of a study and of a type.
create index events_key on events(key, position);
create index events_type on events(json_extract(headers, '$.ce_type'), position);

-- Sinks in the plural: what is published is what every required sink has that is configured. A sink has a row a topic.
alter table sinks add column topic integer not null default 1;
alter table sinks add column required boolean not null default true;
alter table sinks add column configured boolean not null default true;
alter table sinks add column passed_over integer not null default 0;
update sinks set topic = 2 where name = 'kafka/dlq';

-- The readers' contract grows: ids, words for flags as a JSON array, views of revisions, events and dead letters. Object
-- keys need SHA-256, which SQLite has not: only PostgreSQL's views have them.
create table flag_names(bit integer primary key, name text not null);
insert into flag_names(bit, name) values
  (1, 'conflict'), (2, 'replaced'), (4, 'variant'), (8, 'sop_uid_reused'), (16, 'patient_mismatch'), (32,
  'charset_guessed'), (64, 'truncated_pixel_data'), (128, 'incomplete'), (256, 'meta_mismatch'), (512, 'bad_value'),
  (1024, 'odd_encoding'), (2048, 'no_meta'), (4096, 'preamble_in_use'), (8192, 'series_mismatch'), (16384,
  'transfer_syntax_mismatch'), (32768, 'promoted'),
  (65536, 'missing_pixel_data');

-- Instances that were recorded before the flag was known: an image, by its size in pixels, behind whose header nothing
-- follows. With some transfer syntaxes the pixels are elsewhere (JPIP, SMPTE ST 2110); of what is deflated the header has
-- no size of its own. Nothing is announced: the next revision of the study has the flag.
update versions set flags = flags | 65536
  where header_bytes = size_bytes and rows > 0 and columns > 0 and bits > 0 and transfer_syntax not in
    ('1.2.840.10008.1.2.1.99', '1.2.840.10008.1.2.4.94', '1.2.840.10008.1.2.4.95', '1.2.840.10008.1.2.4.204',
     '1.2.840.10008.1.2.4.205', '1.2.840.10008.1.2.7.1', '1.2.840.10008.1.2.7.2', '1.2.840.10008.1.2.7.3');
update series set flags = flags | 65536 where id in (select series_id from versions where (flags & 65536) <> 0);
update studies set flags = flags | 65536 where id in (select study_id from versions where (flags & 65536) <> 0);
drop view v_studies;
create view v_studies as
  select study_instance_uid, patient_id, issuer_of_patient_id, patient_name, patient_birth_date, patient_sex, accession_number,
         study_date, study_day, study_time, study_id, study_description, referring_physician, modality, modalities, source, calling_ae,
         called_ae, correlation_id, revision, instance_count, series_count, size_bytes, flags,
         datetime(received_at / 1000000, 'unixepoch') as received_at, datetime(last_received_at / 1000000, 'unixepoch') as last_received_at,
         id, datetime(updated_at / 1000000, 'unixepoch') as updated_at,
         (select json_group_array(name) from (select f.name from flag_names f where (studies.flags & f.bit) <> 0 order by f.bit)) as flag_names
  from studies where erased_at is null;
drop view v_series;
create view v_series as
  select s.study_instance_uid, r.series_uid as series_instance_uid, r.modality, r.series_number, r.series_description, r.body_part,
         r.station, r.instance_count, r.size_bytes, r.flags, r.attributes, r.id,
         (select json_group_array(name) from (select f.name from flag_names f where (r.flags & f.bit) <> 0 order by f.bit)) as flag_names
  from series r join studies s on s.id = r.study_id;
drop view v_instances;
create view v_instances as
  select s.study_instance_uid, r.series_uid as series_instance_uid, v.sop_uid as sop_instance_uid, v.sop_class, v.transfer_syntax,
         v.instance_number, v.frames, v.rows, v.columns, v.bits, v.size_bytes, v.revision, v.flags,
         lower(hex(v.dataset_sha256)) as dataset_sha256, datetime(v.received_at / 1000000, 'unixepoch') as received_at, v.id,
         (select json_group_array(name) from (select f.name from flag_names f where (v.flags & f.bit) <> 0 order by f.bit)) as flag_names
  from versions v join series r on r.id = v.series_id join studies s on s.id = v.study_id
  where v.current;
create view v_revisions as
  select s.study_instance_uid, r.revision, r.position, datetime(r.published_at / 1000000, 'unixepoch') as published_at, r.instance_count,
         r.instances_added, r.size_bytes, r.flags,
         (select json_group_array(name) from (select f.name from flag_names f where (r.flags & f.bit) <> 0 order by f.bit)) as flag_names,
         lower(hex(r.content_digest)) as content_digest, n.correlation_id, n.source, n.calling_ae
  from revisions r join studies s on s.id = r.study_id left join sessions n on n.id = r.session_id;
create view v_events as
  select position, event_id, datetime(at / 1000000, 'unixepoch') as at, case topic when 1 then 'metadata' when 2 then 'dead_letters' end as topic,
         json_extract(headers, '$.ce_type') as type, key, case topic when 1 then key end as study_instance_uid, headers, body
  from events;
create view v_dead_letters as
  select number, id, stage, cause, detail, advice, attempts, datetime(first_failed_at / 1000000, 'unixepoch') as first_failed_at,
         datetime(last_failed_at / 1000000, 'unixepoch') as last_failed_at,
         case state when 0 then 'open' when 1 then 'replaying' when 2 then 'replayed' when 3 then 'discarded' end as state, source,
         calling_ae, correlation_id, study_uid as study_instance_uid, object_key, size_bytes, origin, discard_reason
  from dead_letters;
