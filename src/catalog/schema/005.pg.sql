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

-- What a start without the catalog, and a clock that jumps, need. A number of items that was written while its replica
-- ran is not true any more when that has died; rows of older programs say what they said.
alter table inboxes add column is_final boolean not null default true;
-- The last time that a program saw on its clock, and for how many microseconds of running it has agreed with the time
-- that went by. A catalog with events begins with the time of the newest one.
create table clock(id int primary key check (id = 1), wall_at bigint not null, agreed_micros bigint not null);
insert into clock(id, wall_at, agreed_micros)
  values (1, coalesce((select at from events order by position desc limit 1), 0), 86400000000);

-- 1 to 3: a request that compares a study again because its source had not got all of its instances. 0: an ordinary
-- request.
alter table requests add column look smallint not null default 0;
-- Dead letters of things to fetch that close themselves when the thing arrives by another way.
create index dead_letters_origin on dead_letters(origin_resource)
  where stage = 'fetch' and state in (0, 1) and origin_resource is not null;

-- What nobody asked for stays away once its study is erased. Erasures are numbered; a request keeps how many there had
-- been when it was written, so that it is known for good which came first.
create table erasure_head(number bigint not null);
insert into erasure_head(number) values (1);
alter table studies add column erasure_number bigint not null default 0;
update studies set erasure_number = 1 where erased_at is not null;
alter table requests add column erasures_before bigint not null default 0;
create index requests_correlation on requests(correlation_id);
-- How far a source's changes were read, and the numbers that are missing before that: `[[from, to]…]`.
alter table cursors add column read_to bigint not null default 0;
alter table cursors add column holes text;
update cursors set read_to = position;
-- What of a source's older studies is wanted, and since when: from the first start with that setting on.
create table source_backfills(
  source text primary key,
  setting text not null,
  arrived_since text);

-- One sink a topic: that of the dead letters goes on where the one sink of both has got to.
create index if not exists events_dead_letters on events(position) where topic = 2;
insert into sinks(name, position) select 'kafka/dlq', position from sinks where name = 'kafka' on conflict(name) do nothing;
