-- Schema 4, SQLite: of which study a dead letter is, where that could be read.
alter table dead_letters add column study_uid text;
update dead_letters set study_uid = json_extract(original_payload, '$.study_instance_uid') where stage in ('store', 'record');
create index dead_letters_study on dead_letters(study_uid) where study_uid is not null;
