-- Schema 3, PostgreSQL: erasure of studies.
-- erased_revision: the revision that tells of the newest erasure; while it is above revision, that is still to be told.
-- erased_at: set while nothing came after it; the row is then a tombstone.
alter table studies
  add column erased_revision int not null default 0,
  add column erased_at bigint;
create table erasures(study_id bigint primary key, session_id bigint not null, ordered_at bigint not null);
create table erased_objects(object_key text collate "C" primary key, due_at bigint not null);
create index erased_objects_due on erased_objects(due_at);

-- So that an erasure can forget what a source was known to have: then it may be fetched again.
alter table source_instances add column study_id bigint;
create index source_instances_study on source_instances(study_id);

create or replace view v_studies as
  select study_instance_uid, patient_id, issuer_of_patient_id, patient_name, patient_birth_date, patient_sex, accession_number,
         study_date, study_day, study_time, study_id, study_description, referring_physician, modality, modalities, source, calling_ae,
         called_ae, correlation_id, revision, instance_count, series_count, size_bytes, flags,
         to_timestamp(received_at / 1000000.0) as received_at, to_timestamp(last_received_at / 1000000.0) as last_received_at
  from studies where erased_at is null;
comment on view v_studies is
  'One row a study, as of its last recorded instance; none for an erased one. revision is 0 until the first event.';
