-- Schema 4, PostgreSQL: of which study a dead letter is, where that could be read.
alter table dead_letters add column study_uid text collate "C";
update dead_letters set study_uid = original_payload::jsonb ->> 'study_instance_uid' where stage in ('store', 'record');
create index dead_letters_study on dead_letters(study_uid) where study_uid is not null;
