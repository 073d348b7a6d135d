-- Schema 1, SQLite. Own times are int64 microseconds UTC; DICOM dates are raw text beside a parsed date.
-- The table studies begins in the form in which an installation of the predecessor has it, so that one path serves a new
-- database and an existing one; every added column has a default, so that the predecessor can still write.
create table if not exists studies(
  id integer primary key,
  correlation_id text not null,
  study_instance_uid text not null unique,
  patient_id text,
  modality text,
  study_date text,
  created_at timestamp not null default current_timestamp);

alter table studies add column session_id integer not null default 0;
alter table studies add column received_at integer not null default 0;
alter table studies add column last_received_at integer not null default 0;
alter table studies add column updated_at integer not null default 0;
alter table studies add column size_bytes integer not null default 0;
alter table studies add column revision integer not null default 0;
alter table studies add column instance_count integer not null default 0;
alter table studies add column series_count integer not null default 0;
alter table studies add column flags integer not null default 0;
alter table studies add column study_day text;
alter table studies add column source text;
alter table studies add column calling_ae text;
alter table studies add column called_ae text;
alter table studies add column modalities text;
alter table studies add column accession_number text;
alter table studies add column issuer_of_patient_id text;
alter table studies add column patient_name text;
alter table studies add column patient_birth_date text;
alter table studies add column patient_sex text;
alter table studies add column study_time text;
alter table studies add column study_id text;
alter table studies add column study_description text;
alter table studies add column referring_physician text;
create index studies_correlation on studies(correlation_id);
create index studies_patient on studies(patient_id, id);
create index studies_accession on studies(accession_number, id);
create index studies_day on studies(study_day, id);
create index studies_modality on studies(modality, id);
create index studies_ae on studies(calling_ae, id);
create index studies_flagged on studies(id) where flags <> 0;

create table catalog_info(key text primary key, value text not null);

create table sessions(
  id integer primary key,
  correlation_id text not null,
  kind integer not null,
  source text not null,
  calling_ae text,
  called_ae text,
  peer text,
  traceparent text,
  started_at integer not null);
create index sessions_correlation on sessions(correlation_id);

-- A row while a study is dirty: it has versions that no revision tells of. Small, so that its churn stays off studies.
create table settling(
  study_id integer primary key,
  activity integer not null,
  dirty_at integer not null,
  closed boolean not null default false,
  session_id integer not null,
  source text not null,
  calling_ae text);

create table series(
  id integer primary key,
  study_id integer not null,
  size_bytes integer not null default 0,
  instance_count integer not null default 0,
  series_number integer,
  flags integer not null default 0,
  series_uid text not null,
  modality text,
  series_description text,
  body_part text,
  station text,
  attributes text);
create unique index series_uid on series(study_id, series_uid);

create table versions(
  id integer primary key,
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
create unique index versions_current on versions(sop_uid, study_id) where current;
create unique index versions_older on versions(sop_uid, study_id, n) where not current;
create index versions_series on versions(series_id);

create table revisions(
  study_id integer not null,
  revision integer not null,
  position integer not null,
  session_id integer not null,
  published_at integer not null,
  size_bytes integer not null,
  instance_count integer not null,
  instances_added integer not null,
  flags integer not null,
  content_digest blob not null,
  primary key(study_id, revision));
create unique index revisions_position on revisions(position);

create table events(
  position integer primary key,
  event_id text not null,
  at integer not null,
  topic integer not null,
  key text not null,
  headers text not null,
  body text not null);
create table event_head(one boolean primary key default true check (one), position integer not null);
insert into event_head(position) values (0);

create table sinks(
  name text primary key,
  position integer not null default 0,
  epoch integer not null default 0,
  holder text,
  leased_until integer not null default 0);
create table leaders(
  role text primary key,
  epoch integer not null default 0,
  holder text,
  leased_until integer not null default 0);

create table requests(
  id integer primary key,
  request_id text not null unique,
  source text not null,
  study text not null,
  instances text,
  closes boolean not null,
  priority integer not null,
  state integer not null default 0,
  correlation_id text not null,
  client_correlation text,
  traceparent text,
  repeats integer not null default 0,
  attempts integer not null default 0,
  interrupted boolean not null default false,
  holder text,
  leased_until integer not null default 0,
  not_before integer not null default 0,
  created_at integer not null,
  updated_at integer not null,
  finished_at integer,
  last_error text,
  study_uids text,
  instances_found integer not null default 0,
  instances_fetched integer not null default 0);
create unique index requests_coalesce on requests(source, study) where state = 0 and study <> '';
create index requests_next on requests(priority, id) where state = 0;
create index requests_claimed on requests(source, study) where state = 1;
create index requests_finished on requests(finished_at) where finished_at is not null;

create table cursors(
  source text primary key,
  position integer not null,
  database_id text,
  updated_at integer not null);
-- How each source names what we have, and what it said of it then: known and unchanged is not fetched again.
create table source_instances(
  source text not null,
  resource text not null,
  tag text not null,
  primary key(source, resource));
create table source_studies(
  source text not null,
  resource text not null,
  tag text not null,
  primary key(source, resource));

create table dead_letters(
  number integer primary key,
  id text not null unique,
  stage text not null,
  cause text not null,
  detail text not null,
  advice text not null,
  attempts integer not null default 1,
  first_failed_at integer not null,
  last_failed_at integer not null,
  state integer not null default 0,
  source text not null,
  calling_ae text,
  correlation_id text not null,
  traceparent text,
  object_key text,
  size_bytes integer not null default 0,
  origin_resource text,
  original_payload text not null,
  discard_reason text);
create index dead_letters_open on dead_letters(number) where state = 0;

create table inboxes(
  replica_id text primary key,
  host text not null,
  directory text not null,
  items integer not null,
  bytes integer not null,
  oldest_kept_at integer,
  heartbeat_at integer not null);
create table audit(
  id integer primary key,
  at integer not null,
  actor text not null,
  action text not null,
  subject text not null,
  detail text not null);

-- The readers' contract: these views keep their columns.
create view v_studies as
  select study_instance_uid, patient_id, issuer_of_patient_id, patient_name, patient_birth_date, patient_sex, accession_number,
         study_date, study_day, study_time, study_id, study_description, referring_physician, modality, modalities, source, calling_ae,
         called_ae, correlation_id, revision, instance_count, series_count, size_bytes, flags,
         datetime(received_at / 1000000, 'unixepoch') as received_at, datetime(last_received_at / 1000000, 'unixepoch') as last_received_at
  from studies;
create view v_series as
  select s.study_instance_uid, r.series_uid as series_instance_uid, r.modality, r.series_number, r.series_description, r.body_part,
         r.station, r.instance_count, r.size_bytes, r.flags, r.attributes
  from series r join studies s on s.id = r.study_id;
create view v_instances as
  select s.study_instance_uid, r.series_uid as series_instance_uid, v.sop_uid as sop_instance_uid, v.sop_class, v.transfer_syntax,
         v.instance_number, v.frames, v.rows, v.columns, v.bits, v.size_bytes, v.revision, v.flags,
         lower(hex(v.dataset_sha256)) as dataset_sha256, datetime(v.received_at / 1000000, 'unixepoch') as received_at
  from versions v join series r on r.id = v.series_id join studies s on s.id = v.study_id
  where v.current;
