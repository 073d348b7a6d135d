-- Schema 6, SQLite.

-- Where a dead letter came from, for people: which file or peer.
alter table dead_letters add column origin text;
