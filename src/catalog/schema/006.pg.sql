-- Schema 6, PostgreSQL.

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
-- entry in every index of the table (PostgreSQL writes the new row into its old page only while no indexed column changes).
alter table studies add column updated_hour bigint generated always as (updated_at / 3600000000) stored;
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
create index events_type on events((headers::jsonb ->> 'ce_type'), position);

-- Sinks in the plural: what is published is what every required sink has that is configured. A sink has a row a topic.
alter table sinks add column topic smallint not null default 1;
alter table sinks add column required boolean not null default true;
alter table sinks add column configured boolean not null default true;
alter table sinks add column passed_over bigint not null default 0;
update sinks set topic = 2 where name = 'kafka/dlq';

-- The readers' contract grows: ids, object keys, words for flags, views of revisions, events and dead letters.
-- No functions: a rehearsal runs this among temporary objects, where PostgreSQL looks for none.
create table flag_names(bit int primary key, name text not null);
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

create or replace view v_studies as
  select study_instance_uid, patient_id, issuer_of_patient_id, patient_name, patient_birth_date, patient_sex, accession_number,
         study_date, study_day, study_time, study_id, study_description, referring_physician, modality, modalities, source, calling_ae,
         called_ae, correlation_id, revision, instance_count, series_count, size_bytes, flags,
         to_timestamp(received_at / 1000000.0) as received_at, to_timestamp(last_received_at / 1000000.0) as last_received_at,
         id, to_timestamp(updated_at / 1000000.0) as updated_at, array(select f.name from flag_names f where studies.flags & f.bit <> 0 order by f.bit) as flag_names
  from studies where erased_at is null;
create or replace view v_series as
  select s.study_instance_uid, r.series_uid as series_instance_uid, r.modality, r.series_number, r.series_description, r.body_part,
         r.station, r.instance_count, r.size_bytes, r.flags, r.attributes, r.id, array(select f.name from flag_names f where r.flags & f.bit <> 0 order by f.bit) as flag_names
  from series r join studies s on s.id = r.study_id;
create or replace view v_instances as
  select s.study_instance_uid, r.series_uid as series_instance_uid, v.sop_uid as sop_instance_uid, v.sop_class, v.transfer_syntax,
         v.instance_number, v.frames, v.rows, v.columns, v.bits, v.size_bytes, v.revision, v.flags,
         encode(v.dataset_sha256, 'hex') as dataset_sha256, to_timestamp(v.received_at / 1000000.0) as received_at,
         v.id, k.object_key,
         (select value from catalog_info where key = 'objects_uri') ||
           k.object_key as uri,
         array(select f.name from flag_names f where v.flags & f.bit <> 0 order by f.bit) as flag_names
  from versions v join series r on r.id = v.series_id join studies s on s.id = v.study_id
  -- As instance_key(): a UID that is none stands there as x and half of its SHA-256.
  cross join lateral (select 'studies/' || left(encode(sha256(convert_to(s.study_instance_uid, 'UTF8')), 'hex'), 3) || '/' ||
      case when length(s.study_instance_uid) <= 64 and s.study_instance_uid ~ '^[0-9]+(\.[0-9]+)*$' then s.study_instance_uid
           else 'x' || left(encode(sha256(convert_to(s.study_instance_uid, 'UTF8')), 'hex'), 32) end || '_' ||
      case when length(v.sop_uid) <= 64 and v.sop_uid ~ '^[0-9]+(\.[0-9]+)*$' then v.sop_uid
           else 'x' || left(encode(sha256(convert_to(v.sop_uid, 'UTF8')), 'hex'), 32) end || '.' ||
      left(encode(v.dataset_sha256, 'hex'), 32) || '.dcm' as object_key) k
  where v.current;
create view v_revisions as
  select s.study_instance_uid, r.revision, r.position, to_timestamp(r.published_at / 1000000.0) as published_at, r.instance_count,
         r.instances_added, r.size_bytes, r.flags, array(select f.name from flag_names f where r.flags & f.bit <> 0 order by f.bit) as flag_names,
         encode(r.content_digest, 'hex') as content_digest, n.correlation_id, n.source, n.calling_ae
  from revisions r join studies s on s.id = r.study_id left join sessions n on n.id = r.session_id;
create view v_events as
  select position, event_id, to_timestamp(at / 1000000.0) as at, case topic when 1 then 'metadata' when 2 then 'dead_letters' end as topic,
         headers::jsonb ->> 'ce_type' as type, key, case topic when 1 then key end as study_instance_uid, headers::jsonb as headers,
         body::jsonb as body
  from events;
create view v_dead_letters as
  select number, id, stage, cause, detail, advice, attempts, to_timestamp(first_failed_at / 1000000.0) as first_failed_at,
         to_timestamp(last_failed_at / 1000000.0) as last_failed_at,
         case state when 0 then 'open' when 1 then 'replaying' when 2 then 'replayed' when 3 then 'discarded' end as state, source,
         calling_ae, correlation_id, study_uid as study_instance_uid, object_key,
         (select value from catalog_info where key = 'objects_uri') || object_key as uri, size_bytes, origin, discard_reason
  from dead_letters;

do $$
begin
  if exists (select from pg_roles where rolname = 'dmw_read') then
    execute format('grant usage on schema %I to dmw_read', current_schema());
    grant select on v_studies, v_series, v_instances, v_revisions, v_events, v_dead_letters to dmw_read;
  end if;
exception when insufficient_privilege then
  raise notice 'the role dmw_read cannot read the views: this user may not give it that right';
end $$;

-- What everything is. `v_` are the readers' views; the tables may change with any schema. Times in tables are
-- microseconds since 1970 UTC.
comment on view v_studies is
  'One row a study, as of its last recorded instance; none for an erased one. revision is 0 until the first event.';
comment on view v_series is 'One row a series. attributes: DICOM JSON of the configured keywords of its first instance.';
comment on view v_instances is 'One row an instance: its current version.';
comment on view v_revisions is 'One row a published revision of a study, those of erased studies too.';
comment on view v_events is 'One row an event that is still kept, in the order of position.';
comment on view v_dead_letters is 'One row an item that was set aside for good.';
comment on table studies is 'Studies, erased ones too.';
comment on table series is 'Series, those without a current instance too.';
comment on table versions is 'Versions of instances: one row for each dataset that came under a SOP Instance UID in a study.';
comment on table sessions is 'Where instances came from: an association, a request, a scan or a pull.';
comment on table settling is 'Studies that have something which no revision tells of.';
comment on table revisions is 'Published states of studies.';
comment on table events is 'The event log: append only, positions without a gap.';
comment on table event_head is 'The position of the last event: one row.';
comment on table sinks is 'Readers of the event log, and how far each is.';
comment on table leaders is 'Which process does what only one may do.';
comment on table requests is 'What is to be fetched from sources, and what was.';
comment on table cursors is 'How far the changes of each source were read.';
comment on table source_instances is 'Instances that a source was known to have, under its own names.';
comment on table source_studies is 'Studies that a source was known to have, under its own names.';
comment on table source_backfills is 'What of the older studies of a source is wanted.';
comment on table dead_letters is 'Items that were set aside for good.';
comment on table inboxes is 'The inboxes of all replicas, and when each was last heard of.';
comment on table audit is 'Who did what.';
comment on table callers is 'Who opens associations.';
comment on table associations is 'Associations that were refused or broke.';
comment on table erasures is 'Erasures that no event tells of yet.';
comment on table erased_objects is 'Objects that are to be removed from the store.';
comment on table erasure_head is 'How many erasures there have been: one row.';
comment on table adopted_objects is 'Objects of taken-over studies that no version and no revision names.';
comment on table clock is 'The last time that a program saw on its clock: one row.';
comment on table catalog_info is 'Facts about this catalog.';
comment on table flag_names is 'What each bit of flags means.';
do $$
declare
  c record;
begin
  for c in
    select * from (values
      ('adopted_objects', 'study_id', 'studies.id'),
      ('adopted_objects', 'object_key', 'Key in the store'),
      ('associations', 'id', 'Row number'),
      ('associations', 'correlation_id', 'Correlation id, as in the log'),
      ('associations', 'started_at', 'Begin'),
      ('associations', 'ended_at', 'End'),
      ('associations', 'calling_ae', 'Calling AE title'),
      ('associations', 'called_ae', 'Called AE title'),
      ('associations', 'peer', 'Network address of the caller'),
      ('associations', 'outcome', 'How it ended, as a number'),
      ('associations', 'reason', 'How it ended, in words'),
      ('associations', 'instances', 'Instances that were kept'),
      ('associations', 'refused_instances', 'Instances that were refused'),
      ('associations', 'size_bytes', 'Bytes that were kept'),
      ('associations', 'repeats', 'The same happened so many times more'),
      ('audit', 'id', 'Row number'),
      ('audit', 'at', 'When'),
      ('audit', 'actor', 'Who'),
      ('audit', 'action', 'What was done'),
      ('audit', 'subject', 'To what'),
      ('audit', 'detail', 'Further words, such as the reason'),
      ('callers', 'source', 'Intake'),
      ('callers', 'calling_ae', 'Calling AE title'),
      ('callers', 'peer', 'Network address it came from last'),
      ('callers', 'first_seen_at', 'First association'),
      ('callers', 'last_seen_at', 'Last association'),
      ('callers', 'associations', 'Associations'),
      ('callers', 'refused_associations', 'Associations that were refused'),
      ('callers', 'instances', 'Instances that were kept'),
      ('callers', 'refused_instances', 'Instances that were refused'),
      ('callers', 'size_bytes', 'Bytes that were kept'),
      ('callers', 'last_refused_at', 'Last refusal; 0: never'),
      ('callers', 'last_refusal', 'Its reason'),
      ('catalog_info', 'key', 'Name of the fact: catalog_id, store_id, objects_uri…'),
      ('catalog_info', 'value', 'The fact'),
      ('clock', 'id', 'Always 1'),
      ('clock', 'wall_at', 'Time of day that was seen'),
      ('clock', 'agreed_micros', 'For how long the clock has agreed with the time that went by'),
      ('cursors', 'source', 'Name of the source'),
      ('cursors', 'position', 'Its number of the last change that is done'),
      ('cursors', 'database_id', 'Identifier of its database'),
      ('cursors', 'updated_at', 'Last change of this row'),
      ('cursors', 'read_to', 'Its number of the last change that was read'),
      ('cursors', 'holes', 'Numbers that are missing before that: JSON [[from, to]…]'),
      ('dead_letters', 'number', 'Short number, for people'),
      ('dead_letters', 'id', 'Stable id: the same item is one dead letter'),
      ('dead_letters', 'stage', 'Where it failed: fetch, header, store, record'),
      ('dead_letters', 'cause', 'Why, as a word'),
      ('dead_letters', 'detail', 'Why, as a sentence without patient data'),
      ('dead_letters', 'advice', 'What to do'),
      ('dead_letters', 'attempts', 'How often it failed'),
      ('dead_letters', 'first_failed_at', 'First failure'),
      ('dead_letters', 'last_failed_at', 'Last failure'),
      ('dead_letters', 'state', '0 open, 1 replaying, 2 replayed, 3 discarded'),
      ('dead_letters', 'source', 'Source or intake it came by'),
      ('dead_letters', 'calling_ae', 'AE title of the sender'),
      ('dead_letters', 'correlation_id', 'Correlation id of its session'),
      ('dead_letters', 'traceparent', 'W3C trace context'),
      ('dead_letters', 'object_key', 'Key of its bytes in the store'),
      ('dead_letters', 'size_bytes', 'Size of its bytes'),
      ('dead_letters', 'origin_resource', 'Name that its source has for it'),
      ('dead_letters', 'original_payload', 'What failed, as JSON'),
      ('dead_letters', 'discard_reason', 'Why somebody discarded it'),
      ('dead_letters', 'study_uid', 'Study Instance UID, where it could be read'),
      ('dead_letters', 'origin', 'File or peer it came from, for people'),
      ('dmw_schema', 'version', 'Number of the migration'),
      ('erased_objects', 'object_key', 'Key in the store'),
      ('erased_objects', 'due_at', 'Not removed before'),
      ('erased_objects', 'study_id', 'studies.id'),
      ('erased_objects', 'revision', 'Revision of the erasure that it goes with'),
      ('erased_objects', 'attempts', 'How often the removal failed'),
      ('erased_objects', 'last_error', 'Why it failed last'),
      ('erasure_head', 'number', 'Number of the last erasure'),
      ('erasures', 'study_id', 'studies.id'),
      ('erasures', 'session_id', 'sessions.id: who ordered it'),
      ('erasures', 'ordered_at', 'When'),
      ('erasures', 'revision', 'Revision that will tell of it'),
      ('event_head', 'one', 'Always true'),
      ('event_head', 'position', 'Position of the last event'),
      ('events', 'position', '1, 2, 3… in the order of commit'),
      ('events', 'event_id', 'UUID: the same when it is published twice'),
      ('events', 'at', 'When it was written'),
      ('events', 'topic', '1 metadata, 2 dead letters'),
      ('events', 'key', 'Record key: Study Instance UID, or id of the dead letter'),
      ('events', 'headers', 'Record headers, a JSON object'),
      ('events', 'body', 'Record value, a JSON object'),
      ('inboxes', 'replica_id', 'Id of the inbox'),
      ('inboxes', 'host', 'Host of its process'),
      ('inboxes', 'directory', 'Its directory there'),
      ('inboxes', 'items', 'Instances in it'),
      ('inboxes', 'bytes', 'Their bytes'),
      ('inboxes', 'oldest_kept_at', 'When the oldest was taken in'),
      ('inboxes', 'heartbeat_at', 'When it was last heard of'),
      ('inboxes', 'is_final', 'The figures are those of an orderly end'),
      ('flag_names', 'bit', 'Its value in flags'),
      ('flag_names', 'name', 'Its name'),
      ('leaders', 'role', 'What is led'),
      ('leaders', 'epoch', 'Rises with each leader'),
      ('leaders', 'holder', 'Process that leads'),
      ('leaders', 'leased_until', 'End of its lease'),
      ('requests', 'id', 'Row number'),
      ('requests', 'request_id', 'UUID that the caller was given'),
      ('requests', 'source', 'Source to ask'),
      ('requests', 'study', 'Name of the study there'),
      ('requests', 'instances', 'Only these instances; null: the whole study'),
      ('requests', 'closes', 'Its studies are complete when it is done'),
      ('requests', 'priority', 'Low numbers first'),
      ('requests', 'state', '0 waiting, 1 claimed, 2 done, 3 failed'),
      ('requests', 'correlation_id', 'Correlation id, as in the events'),
      ('requests', 'client_correlation', 'Correlation id of the caller'),
      ('requests', 'traceparent', 'W3C trace context'),
      ('requests', 'repeats', 'How often the same was asked for while it waited'),
      ('requests', 'attempts', 'How often it was claimed'),
      ('requests', 'interrupted', 'Its process ended uncleanly'),
      ('requests', 'holder', 'Process that works on it'),
      ('requests', 'leased_until', 'End of that lease'),
      ('requests', 'not_before', 'Waits until then'),
      ('requests', 'created_at', 'When it was made'),
      ('requests', 'updated_at', 'Last change of this row'),
      ('requests', 'finished_at', 'When it was done or had failed'),
      ('requests', 'last_error', 'Why it failed last'),
      ('requests', 'study_uids', 'Study Instance UIDs that it brought, a JSON array'),
      ('requests', 'instances_found', 'Instances that the source named'),
      ('requests', 'instances_fetched', 'Instances that were fetched'),
      ('requests', 'look', '0; 1 to 3: a later look for what the source had not got'),
      ('requests', 'erasures_before', 'Erasures that there had been when it was made'),
      ('revisions', 'study_id', 'studies.id'),
      ('revisions', 'revision', '1, 2, 3…'),
      ('revisions', 'position', 'events.position of its event'),
      ('revisions', 'session_id', 'sessions.id: what opened it'),
      ('revisions', 'published_at', 'When it was written'),
      ('revisions', 'size_bytes', 'Bytes of the current versions'),
      ('revisions', 'instance_count', 'Instances of the study'),
      ('revisions', 'instances_added', 'Instances that are new with it'),
      ('revisions', 'flags', 'Bit set: see flag_names'),
      ('revisions', 'content_digest', 'SHA-256 over the sorted digests of its datasets'),
      ('revisions', 'epoch', 'Epoch of the process that published it, part of the manifest''s name'),
      ('series', 'id', 'Row number'),
      ('series', 'study_id', 'studies.id'),
      ('series', 'size_bytes', 'Bytes of the current versions'),
      ('series', 'instance_count', 'Instances'),
      ('series', 'series_number', '(0020,0011)'),
      ('series', 'flags', 'Bit set: see flag_names'),
      ('series', 'series_uid', 'Series Instance UID'),
      ('series', 'modality', '(0008,0060)'),
      ('series', 'series_description', '(0008,103E)'),
      ('series', 'body_part', '(0018,0015)'),
      ('series', 'station', '(0008,1010)'),
      ('series', 'attributes', 'DICOM JSON of the configured keywords of its first instance'),
      ('sessions', 'id', 'Row number'),
      ('sessions', 'correlation_id', 'Correlation id, as in the events'),
      ('sessions', 'kind', 'Way in, as a number'),
      ('sessions', 'source', 'Source or intake'),
      ('sessions', 'calling_ae', 'Calling AE title'),
      ('sessions', 'called_ae', 'Called AE title'),
      ('sessions', 'peer', 'Network address of the sender'),
      ('sessions', 'traceparent', 'W3C trace context'),
      ('sessions', 'started_at', 'Begin'),
      ('settling', 'study_id', 'studies.id'),
      ('settling', 'activity', 'Rises with each recorded batch'),
      ('settling', 'dirty_at', 'Since when'),
      ('settling', 'closed', 'Its source said that it is complete'),
      ('settling', 'session_id', 'sessions.id: what began it'),
      ('settling', 'source', 'Source of its newest instance'),
      ('settling', 'calling_ae', 'AE title of its newest instance'),
      ('sinks', 'name', 'Name of the reader'),
      ('sinks', 'position', 'events.position of the last event that it has published'),
      ('sinks', 'epoch', 'Rises with each process that publishes'),
      ('sinks', 'holder', 'Process that publishes'),
      ('sinks', 'leased_until', 'End of its lease'),
      ('sinks', 'topic', 'Of which events: 1 studies, 2 dead letters'),
      ('sinks', 'required', 'An event is published once it has it, and is kept until then'),
      ('sinks', 'configured', 'A program has it in its settings'),
      ('sinks', 'passed_over', 'Events that it has not got and will not get'),
      ('source_backfills', 'source', 'Name of the source'),
      ('source_backfills', 'setting', 'The setting as it was'),
      ('source_backfills', 'arrived_since', 'Studies are wanted that arrived there since'),
      ('source_instances', 'source', 'Name of the source'),
      ('source_instances', 'resource', 'Name of the instance there'),
      ('source_instances', 'tag', 'What it said of it then'),
      ('source_instances', 'study_id', 'studies.id'),
      ('source_studies', 'source', 'Name of the source'),
      ('source_studies', 'resource', 'Name of the study there'),
      ('source_studies', 'tag', 'What it said of it then'),
      ('studies', 'id', 'Row number'),
      ('studies', 'correlation_id', 'Correlation id of the session that brought it first'),
      ('studies', 'study_instance_uid', '(0020,000D)'),
      ('studies', 'patient_id', '(0010,0020)'),
      ('studies', 'modality', '(0008,0060) of its first instance'),
      ('studies', 'study_date', '(0008,0020) as received'),
      ('studies', 'created_at', 'When this row was made'),
      ('studies', 'session_id', 'sessions.id: what brought it first'),
      ('studies', 'received_at', 'When its first instance was taken in'),
      ('studies', 'last_received_at', 'When its last instance was taken in'),
      ('studies', 'updated_at', 'Last change: an instance, a revision or an order of a person'),
      ('studies', 'size_bytes', 'Bytes of the current versions'),
      ('studies', 'revision', 'Newest published revision; 0: none'),
      ('studies', 'instance_count', 'Instances'),
      ('studies', 'series_count', 'Series that have an instance'),
      ('studies', 'flags', 'Bit set: see flag_names'),
      ('studies', 'study_day', '(0008,0020) as a date; null: it is none'),
      ('studies', 'source', 'Source or intake of its first instance'),
      ('studies', 'calling_ae', 'Calling AE title of its first instance'),
      ('studies', 'called_ae', 'Called AE title of its first instance'),
      ('studies', 'modalities', 'Modalities of its series as of the newest revision, joined with a backslash'),
      ('studies', 'accession_number', '(0008,0050)'),
      ('studies', 'issuer_of_patient_id', '(0010,0021)'),
      ('studies', 'patient_name', '(0010,0010)'),
      ('studies', 'patient_birth_date', '(0010,0030) as received'),
      ('studies', 'patient_sex', '(0010,0040)'),
      ('studies', 'study_time', '(0008,0030) as received'),
      ('studies', 'study_id', '(0020,0010)'),
      ('studies', 'study_description', '(0008,1030)'),
      ('studies', 'referring_physician', '(0008,0090)'),
      ('studies', 'erased_revision', 'Revision of its newest erasure; 0: none'),
      ('studies', 'erased_at', 'Since when it is erased; null: it is not'),
      ('studies', 'erasure_number', 'Number of its newest erasure among all; 0: none'),
      ('studies', 'updated_hour', 'Hours from 1970 to updated_at'),
      ('versions', 'id', 'Row number; never that of another version again'),
      ('versions', 'study_id', 'studies.id'),
      ('versions', 'series_id', 'series.id'),
      ('versions', 'session_id', 'sessions.id: what brought it'),
      ('versions', 'size_bytes', 'Size of the file'),
      ('versions', 'prefix_bytes', 'Size of what is before its dataset'),
      ('versions', 'header_bytes', 'So many bytes hold everything before Pixel Data'),
      ('versions', 'received_at', 'When it was taken in'),
      ('versions', 'revision', 'Revision of the study that is or will be the first with it'),
      ('versions', 'instance_number', '(0020,0013)'),
      ('versions', 'frames', '(0028,0008)'),
      ('versions', 'rows', '(0028,0010)'),
      ('versions', 'columns', '(0028,0011)'),
      ('versions', 'bits', '(0028,0100)'),
      ('versions', 'n', '1, 2, 3… among the versions of its instance'),
      ('versions', 'flags', 'Bit set: see flag_names'),
      ('versions', 'current', 'The version that the instance has now'),
      ('versions', 'sop_class', 'SOP Class UID'),
      ('versions', 'transfer_syntax', 'Transfer Syntax UID'),
      ('versions', 'sop_uid', 'SOP Instance UID'),
      ('versions', 'dataset_sha256', 'SHA-256 of the dataset, the bytes after the File Meta Information'),
      ('versions', 'prefix_sha256', 'SHA-256 of what is before the dataset'),
      ('versions', 'chunk_crc32c', 'CRC-32C of each started MiB of the file, 4 bytes each, big endian'),
      ('v_instances', 'sop_instance_uid', 'SOP Instance UID'),
      ('v_instances', 'object_key', 'Key in the store'),
      ('v_instances', 'uri', 'Address of the file; null until a program has run with its store'),
      ('v_instances', 'revision', 'Revision of the study that is or will be the first with it'),
      ('v_events', 'topic', 'metadata or dead_letters'),
      ('v_events', 'type', 'study.received, study.updated, study.deleted, item.set_aside'),
      ('v_dead_letters', 'state', 'open, replaying, replayed, discarded'),
      ('v_dead_letters', 'uri', 'Address of its bytes; null when it has none')) as listed(relation, name, text)
      -- A table of the predecessor may lack a column, a rehearsal the table of migrations.
      where exists (select from pg_attribute a where a.attrelid = to_regclass(relation) and a.attname = listed.name)
  loop
    execute format('comment on column %I.%I is %L', c.relation, c.name, c.text);
  end loop;
  if to_regclass('dmw_schema') is not null then  -- it is not, in a rehearsal
    comment on table dmw_schema is 'The migrations that are in force.';
  end if;
  -- A column of a view that has its own words above keeps them; else those of the table that it shows.
  for c in
    select a.attrelid::regclass as relation, a.attname as name, coalesce(
        (select col_description(t.oid, b.attnum) from pg_class t join pg_attribute b on b.attrelid = t.oid
          where t.relnamespace = v.relnamespace and b.attname = a.attname and t.relname = shown.relation),
        case a.attname when 'study_instance_uid' then 'Study Instance UID' when 'series_instance_uid' then 'Series Instance UID'
          when 'flag_names' then 'Names of the flags that are set' when 'correlation_id' then 'Correlation id of its session'
          when 'source' then 'Source or intake' when 'calling_ae' then 'Calling AE title' end) as text
    from (values ('v_studies', 'studies'), ('v_series', 'series'), ('v_instances', 'versions'), ('v_revisions', 'revisions'),
                 ('v_events', 'events'), ('v_dead_letters', 'dead_letters')) as shown(seen, relation)
      join pg_class v on v.relname = shown.seen and v.relnamespace = current_schema()::regnamespace
      join pg_attribute a on a.attrelid = v.oid and a.attnum > 0 and col_description(v.oid, a.attnum) is null
  loop
    execute format('comment on column %s.%I is %L', c.relation, c.name, c.text);
  end loop;
end $$;
