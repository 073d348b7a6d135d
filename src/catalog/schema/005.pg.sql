-- Schema 5, PostgreSQL.
-- Lives of a study. Each erasure has a number of its own, also while an earlier one is not told yet: it takes the next revision.
alter table erasures add column revision int not null default 0;
update erasures set revision = (select s.erased_revision from studies s where s.id = erasures.study_id);
alter table erasures drop constraint erasures_pkey, alter column revision drop default, add primary key(study_id, revision);
-- Which erasure an object goes with; one that could not be removed waits until due_at, with the reason.
alter table erased_objects
  add column study_id bigint,
  add column revision int not null default 0,
  add column attempts int not null default 0,
  add column last_error text;
-- Of the settler that published the revision: part of its manifest's name. 0: by a program of an earlier schema.
alter table revisions add column epoch bigint not null default 0;
-- Objects of studies that an adoption of the store found and that no version and no revision names: they go with their study.
create table adopted_objects(study_id bigint not null, object_key text collate "C" not null, primary key(study_id, object_key));
