-- Schema 6, SQLite.

-- Where a dead letter came from, for people: which file or peer.
alter table dead_letters add column origin text;

-- Lists of a catalog that has grown: each filter of a list has an index in whose order its pages are read.
create index versions_study on versions(study_id, id);
create index studies_source on studies(source, id);
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
