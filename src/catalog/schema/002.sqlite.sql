-- Schema 2, SQLite: who opens associations, and those that were refused or broke.
create table callers(
  source text not null,
  calling_ae text not null,
  peer text not null,
  first_seen_at integer not null,
  last_seen_at integer not null,
  associations integer not null default 0,
  refused_associations integer not null default 0,
  instances integer not null default 0,
  refused_instances integer not null default 0,
  size_bytes integer not null default 0,
  last_refused_at integer not null default 0,
  last_refusal text,
  primary key(source, calling_ae)) without rowid;
create table associations(
  id integer primary key autoincrement,
  correlation_id text not null,
  started_at integer not null,
  ended_at integer not null,
  calling_ae text not null,
  called_ae text not null,
  peer text not null,
  outcome integer not null,
  reason text not null,
  instances integer not null,
  refused_instances integer not null,
  size_bytes integer not null,
  repeats integer not null default 0);
create index associations_ended on associations(ended_at);
create index associations_ae on associations(calling_ae, id);
