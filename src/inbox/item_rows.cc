#include "inbox/item_rows.h"

#include <algorithm>
#include <array>

#include "base/format.h"

namespace dmw::inbox {
namespace {

/// Script n upgrades `pragma user_version` from n to n + 1.
constexpr std::array<std::string_view, 3> scripts = {
    R"sql(
create table sessions(
  id integer primary key,
  kind integer not null,
  correlation_id text not null,
  source text not null,
  calling_ae text not null,
  called_ae text not null,
  peer text not null,
  traceparent text not null,
  started_at integer not null
);
create table items(
  seq integer primary key autoincrement,
  session_id integer not null,
  file text not null,
  size integer not null,
  prefix_bytes integer not null,
  dataset_sha256 blob not null,
  prefix_sha256 blob not null,
  chunk_crc32c blob not null,
  attributes text,
  refusal_code integer,
  refusal_detail text,
  origin_resource text not null,
  origin_tag text not null,
  replay_of text,
  kept_at integer not null,
  attempts integer not null default 0,
  not_before integer not null default 0,
  last_error text
);
create table meta(key text primary key, value text not null);
)sql",
    "alter table items add column refusal_study text",
    // One row per removal, with the file name stems one per line.
    "create table finished(id integer primary key, stems text not null)"};

/// Every table and column, with the version that added it.
struct Shape {
  std::int64_t since = 1;
  std::string_view table;
  std::string_view columns;
};
constexpr std::array<Shape, 5> shapes = {{
    {1, "sessions", "id, kind, correlation_id, source, calling_ae, called_ae, peer, traceparent, started_at"},
    {1, "items",
     "seq, session_id, file, size, prefix_bytes, dataset_sha256, prefix_sha256, chunk_crc32c, attributes, "
     "refusal_code, "
     "refusal_detail, origin_resource, origin_tag, replay_of, kept_at, attempts, not_before, last_error"},
    {1, "meta", "key, value"},
    {2, "items", "refusal_study"},
    {3, "finished", "id, stems"},
}};

constexpr std::string_view select_items =
    "select i.seq, i.file, i.size, i.prefix_bytes, i.dataset_sha256, i.prefix_sha256, i.chunk_crc32c, i.attributes,"
    " i.refusal_code, i.refusal_detail, i.refusal_study, i.origin_resource, i.origin_tag, i.replay_of, i.kept_at, "
    "i.attempts,"
    " i.not_before, s.id, s.kind, s.correlation_id, s.source, s.calling_ae, s.called_ae, s.peer, s.traceparent,"
    " s.started_at from items i join sessions s on s.id = i.session_id ";

Session session_of(const db::Row& row, std::size_t first) {
  Session session;
  session.id = SessionId(row.integer(first));
  session.kind = static_cast<SessionKind>(row.integer(first + 1));
  session.correlation_id = Uuid::parse(row.text(first + 2)).value_or(Uuid());
  session.source = row.text(first + 3);
  session.calling_ae = row.text(first + 4);
  session.called_ae = row.text(first + 5);
  session.peer = row.text(first + 6);
  session.traceparent = row.text(first + 7);
  session.started_at = row.integer(first + 8);
  return session;
}

Result<StoredItem> stored_item(const db::Row& row) {
  StoredItem stored;
  SpooledInstance& item = stored.item;
  item.seq = row.integer(0);
  item.file = row.text(1);
  item.fingerprint.size_bytes = static_cast<std::uint64_t>(row.integer(2));
  item.fingerprint.prefix_bytes = static_cast<std::uint64_t>(row.integer(3));
  item.fingerprint.dataset_sha256 = TRY(Sha256Digest::from_bytes(row.bytes(4)));
  item.fingerprint.prefix_sha256 = TRY(Sha256Digest::from_bytes(row.bytes(5)));
  item.fingerprint.chunk_crc32c = as_text(row.bytes(6));
  if (!row.is_null(7)) {
    // This version cannot read this form of the attributes, so the header is read again.
    Result<Attributes> attributes = attributes_from_json(row.text(7));
    if (attributes) item.header = *std::move(attributes);
  } else if (!row.is_null(8)) {
    item.header = Refusal{static_cast<Errc>(row.integer(8)), row.text(9), StudyUid(row.text(10))};
  }
  item.origin_resource = row.text(11);
  item.origin_tag = row.text(12);
  item.replay_of = Uuid::parse(row.text(13));
  item.kept_at = row.integer(14);
  item.attempts = static_cast<int>(row.integer(15));
  stored.not_before = row.integer(16);
  item.session = session_of(row, 17);
  return stored;
}

Result<std::vector<StoredItem>> stored_items(const db::Rows& rows) {
  std::vector<StoredItem> items;
  items.reserve(rows.size());
  for (const db::Row& row : rows) items.push_back(TRY(stored_item(row)));
  return items;
}

}  // namespace

Result<bool> is_of_another_program(db::Database& database) {
  const db::Rows version = TRY(database.read("pragma user_version"));
  const db::Rows tables =
      TRY(database.read("select count(*), coalesce(sum(name in ('items', 'sessions', 'meta')), 0) from sqlite_master "
                        "where type = 'table' "
                        "and name not like 'sqlite_%'"));
  if (version.at(0).integer(0) == 0) return tables.at(0).integer(0) > 0;
  return tables.at(0).integer(1) < 3;
}

Result<> check_shape(db::Database& database) {
  const std::int64_t version = TRY(database.read("pragma user_version")).at(0).integer(0);
  for (const Shape& shape : shapes) {
    if (version >= shape.since) TRY(database.read(format("select {} from {} limit 0", shape.columns, shape.table)));
  }
  return {};
}

Result<> migrate(db::Database& database) {
  return database.write([](db::Transaction& transaction) -> Result<> {
    const db::Rows rows = TRY(transaction.query("pragma user_version"));
    const auto version = static_cast<std::size_t>(rows.at(0).integer(0));
    if (version > scripts.size())
      return fail(Errc::unsupported, "the inbox was written by a newer version of the program");
    for (std::size_t next = version; next < scripts.size(); ++next) {
      TRY(transaction.script(scripts[next]));
      TRY(transaction.script(format("pragma user_version = {}", next + 1)));
    }
    return {};
  });
}

db::Values item_values(std::int64_t seq, const SpooledInstance& item, std::string_view spool_name) {
  const Fingerprint& print = item.fingerprint;
  const Refusal* const refusal = item.header.is_refused() ? &item.header.refusal() : nullptr;
  const auto integer = [](std::uint64_t number) { return static_cast<std::int64_t>(number); };
  return {seq,
          item.session.id.get(),
          std::string(spool_name),
          integer(print.size_bytes),
          integer(print.prefix_bytes),
          db::blob(print.dataset_sha256.view()),
          db::blob(print.prefix_sha256.view()),
          db::blob(as_bytes(print.chunk_crc32c)),
          item.header.is_readable() ? db::Value(to_json(item.header.attributes())) : db::Null{},
          refusal ? db::Value(static_cast<std::int64_t>(refusal->code)) : db::Null{},
          refusal ? db::Value(refusal->detail) : db::Null{},
          refusal ? db::text_or_null(refusal->study_uid.get()) : db::Null{},
          item.origin_resource,
          item.origin_tag,
          item.replay_of ? db::Value(item.replay_of->text()) : db::Null{},
          item.kept_at};
}

Result<> insert_items(db::Transaction& transaction, const std::vector<const db::Values*>& items) {
  if (items.empty()) return {};
  using enum db::Type;
  db::Batch batch({{"seq", integer},
                   {"session_id", integer},
                   {"file", text},
                   {"size", integer},
                   {"prefix_bytes", integer},
                   {"dataset_sha256", bytes},
                   {"prefix_sha256", bytes},
                   {"chunk_crc32c", bytes},
                   {"attributes", text},
                   {"refusal_code", integer},
                   {"refusal_detail", text},
                   {"refusal_study", text},
                   {"origin_resource", text},
                   {"origin_tag", text},
                   {"replay_of", text},
                   {"kept_at", integer}});
  for (const db::Values* item : items) batch.add(*item);
  TRY(transaction.bulk(
      "insert into items(seq, session_id, file, size, prefix_bytes, dataset_sha256, prefix_sha256, chunk_crc32c,"
      " attributes, refusal_code, refusal_detail, refusal_study, origin_resource, origin_tag, replay_of, kept_at)"
      " select * from batch",
      batch));
  return {};
}

Result<> insert_sessions(db::Transaction& transaction, const std::vector<Session>& sessions) {
  if (sessions.empty()) return {};
  using enum db::Type;
  db::Batch batch({{"id", integer},
                   {"kind", integer},
                   {"correlation_id", text},
                   {"source", text},
                   {"calling_ae", text},
                   {"called_ae", text},
                   {"peer", text},
                   {"traceparent", text},
                   {"started_at", integer}});
  for (const Session& session : sessions) {
    batch.add({session.id.get(), static_cast<std::int64_t>(session.kind), session.correlation_id.text(), session.source,
               session.calling_ae, session.called_ae, session.peer, session.traceparent, session.started_at});
  }
  TRY(transaction.bulk("insert or ignore into sessions select * from batch", batch));
  return {};
}

Result<> delete_items(db::Transaction& transaction, const std::vector<std::int64_t>& seqs) {
  if (seqs.empty()) return {};
  db::Batch batch({{"seq", db::Type::integer}});
  for (const std::int64_t seq : seqs) batch.add({seq});
  TRY(transaction.bulk("delete from items where seq in (select seq from batch)", batch));
  return {};
}

Result<> insert_finished(db::Transaction& transaction, const std::vector<std::string>& stems) {
  if (stems.empty()) return {};
  std::string lines;
  for (const std::string& stem : stems) lines += stem + "\n";
  TRY(transaction.query("insert into finished(stems) values ($1)", {std::move(lines)}));
  return {};
}

Result<std::vector<std::string>> finished_stems(db::Database& database) {
  std::vector<std::string> stems;
  const db::Rows tables = TRY(database.read("select count(*) from sqlite_master where name = 'finished'"));
  if (tables.at(0).integer(0) == 0) return stems;  // a database of the previous version, not migrated yet
  for (const db::Row& row : TRY(database.read("select stems from finished"))) {
    const std::string lines = row.text(0);
    for (std::size_t at = 0; at < lines.size();) {
      const std::size_t end = std::min(lines.find('\n', at), lines.size());
      stems.push_back(lines.substr(at, end - at));
      at = end + 1;
    }
  }
  return stems;
}

Result<> delete_finished(db::Transaction& transaction) {
  TRY(transaction.query("delete from finished"));
  return {};
}

Result<> delete_sessions(db::Transaction& transaction, const std::vector<SessionId>& ids) {
  if (ids.empty()) return {};
  db::Batch batch({{"id", db::Type::integer}});
  for (const SessionId& id : ids) batch.add({id.get()});
  TRY(transaction.bulk("delete from sessions where id in (select id from batch)", batch));
  return {};
}

Result<> delete_idle_sessions(db::Transaction& transaction) {
  TRY(transaction.query("delete from sessions where id not in (select session_id from items)"));
  return {};
}

Result<> postpone_items(db::Transaction& transaction, const std::vector<Postponement>& postponements) {
  if (postponements.empty()) return {};
  using enum db::Type;
  db::Batch batch({{"seq", integer}, {"not_before", integer}, {"last_error", text}});
  for (const Postponement& one : postponements) batch.add({one.seq, one.not_before, one.last_error});
  TRY(transaction.bulk(
      "update items set attempts = attempts + 1, not_before = batch.not_before, last_error = batch.last_error"
      " from batch where items.seq = batch.seq",
      batch));
  return {};
}

Result<std::vector<std::int64_t>> seqs_after(db::Database& database, std::int64_t after, std::size_t items_max) {
  const db::Rows rows = TRY(database.read("select seq from items where seq > $1 order by seq limit $2",
                                          {after, static_cast<std::int64_t>(items_max)}));
  std::vector<std::int64_t> seqs;
  seqs.reserve(rows.size());
  for (const db::Row& row : rows) seqs.push_back(row.integer(0));
  return seqs;
}

Result<std::vector<StoredItem>> items_of(db::Database& database, const std::vector<std::int64_t>& seqs) {
  if (seqs.empty()) return std::vector<StoredItem>();
  const std::unique_ptr<db::Transaction> transaction = TRY(database.begin(db::Access::read));
  db::Batch batch({{"seq", db::Type::integer}});
  for (const std::int64_t seq : seqs) batch.add({seq});
  const std::string sql = std::string(select_items) + "join batch on batch.seq = i.seq";
  return stored_items(TRY(transaction->bulk(sql, batch)));
}

Result<std::vector<ItemSummary>> summaries_after(db::Database& database, std::int64_t after, std::size_t items_max) {
  const db::Rows rows =
      TRY(database.read("select seq, session_id, file, size from items where seq > $1 order by seq limit $2",
                        {after, static_cast<std::int64_t>(items_max)}));
  std::vector<ItemSummary> summaries;
  summaries.reserve(rows.size());
  for (const db::Row& row : rows) {
    summaries.push_back(
        {row.integer(0), SessionId(row.integer(1)), row.text(2), static_cast<std::uint64_t>(row.integer(3))});
  }
  return summaries;
}

Result<std::optional<MicrosUtc>> oldest_kept_at(db::Database& database) {
  const db::Rows rows = TRY(database.read("select kept_at from items order by seq limit 1"));
  if (rows.empty()) return std::nullopt;
  return rows.front().integer(0);
}

Result<std::int64_t> last_seq(db::Database& database) {
  const db::Rows rows = TRY(database.read("select seq from sqlite_sequence where name = 'items'"));
  return rows.empty() ? 0 : rows.front().integer(0);
}

Result<> raise_last_seq(db::Transaction& transaction, std::int64_t seq) {
  TRY(transaction.query("update sqlite_sequence set seq = $1 where name = 'items' and seq < $1", {seq}));
  return {};
}

Result<std::string> meta(db::Transaction& transaction, std::string_view key) {
  const db::Rows rows = TRY(transaction.query("select value from meta where key = $1", {std::string(key)}));
  return rows.empty() ? std::string() : rows.front().text(0);
}

Result<> set_meta(db::Transaction& transaction, std::string_view key, const std::string& value) {
  TRY(transaction.query("insert or replace into meta(key, value) values ($1, $2)", {std::string(key), value}));
  return {};
}

}  // namespace dmw::inbox
