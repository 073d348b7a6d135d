-- Schema 6, SQLite.

-- Where a dead letter came from, for people: which file or peer.
alter table dead_letters add column origin text;

-- How many dead letters of each stage are open is counted every few seconds, for the metrics.
create index dead_letters_open_stage on dead_letters(stage) where state = 0;
