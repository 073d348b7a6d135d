#include "catalog/promotion.h"

#include <span>

#include "base/crash_point.h"
#include "base/format.h"
#include "catalog/activity.h"
#include "catalog/recording/descriptions.h"
#include "catalog/recording/series_changes.h"
#include "catalog/sessions.h"
#include "catalog/writes.h"

namespace dmw::catalog {
namespace {

struct Version {
  std::int64_t id = 0;
  std::int64_t series_id = 0;
  std::uint64_t size_bytes = 0;
};

/// The two that change places, their study locked.
struct Exchange {
  std::int64_t study_id = 0;
  std::string study_uid;
  std::string sop_uid;
  Version down;
  Version up;
};

Error no_such_version() {
  return Error{Errc::not_found, "there is no such instance", {}};
}

Result<Exchange> find(db::Transaction& transaction, std::int64_t version_id) {
  const db::Rows found = TRY(transaction.query("select study_id, sop_uid from versions where id = $1", {version_id}));
  if (found.empty()) return std::unexpected(no_such_version());
  Exchange exchange{
      .study_id = found[0].integer(0), .study_uid = {}, .sop_uid = found[0].text(1), .down = {}, .up = {}};
  const db::Rows study =
      TRY(transaction.query("select study_instance_uid from studies where id = $1 {for_update}", {exchange.study_id}));
  if (study.empty()) return std::unexpected(no_such_version());
  exchange.study_uid = study[0].text(0);
  // Asked again under the lock: what stood before it may have been erased or promoted meanwhile.
  const db::Rows versions = TRY(transaction.query(
      "select id, series_id, size_bytes, current from versions where sop_uid = $1 and study_id = $2 and "
      "(current or id = $3)",
      {exchange.sop_uid, exchange.study_id, version_id}));
  for (const db::Row& row : versions) {
    const Version version{row.integer(0), row.integer(1), static_cast<std::uint64_t>(row.integer(2))};
    if (row.boolean(3)) exchange.down = version;
    if (version.id == version_id) exchange.up = version;
  }
  if (exchange.up.id == 0) return std::unexpected(no_such_version());
  return exchange;
}

Result<> change_places(db::Transaction& transaction, const Exchange& exchange, MicrosUtc now) {
  constexpr auto promoted = static_cast<std::uint32_t>(Flag::promoted);
  if (exchange.down.id != 0) {
    TRY(change_one(transaction, "versions",
                   format("update versions set current = false, flags = flags & ~{} where id = $1", promoted),
                   "not current", {exchange.down.id}));
  }
  TRY(change_one(transaction, "versions",
                 format("update versions set current = true, flags = flags | {} where id = $1", promoted), "current",
                 {exchange.up.id}));
  SeriesChanges changes;
  changes.remove(exchange.down.series_id, exchange.down.size_bytes);
  changes.add(exchange.up.series_id, exchange.up.size_bytes);
  const std::map<std::int64_t, std::int64_t> series = TRY(changes.write(transaction));
  const auto bytes =
      static_cast<std::int64_t>(exchange.up.size_bytes) - static_cast<std::int64_t>(exchange.down.size_bytes);
  TRY(change_one(transaction, "studies",
                 "update studies set size_bytes = size_bytes + $2, series_count = series_count + $3, "
                 "updated_at = $4 where id = $1",
                 "updated_at = $4", {exchange.study_id, bytes, series.at(exchange.study_id), now}));
  return {};
}

/// What the study and the series are told to be, where the instance is the one that describes them.
Result<> describe(db::Transaction& transaction, const Exchange& exchange, const Attributes& attributes) {
  FirstInstances first;
  TRY(first.find(transaction, {exchange.study_id}));
  const FirstInstances::Describes describes =
      first.meet(exchange.study_id, exchange.up.series_id, SopUid(exchange.sop_uid));
  if (describes.study) TRY(overwrite_studies(transaction, {{exchange.study_id, &attributes}}));
  if (describes.series) TRY(overwrite_series(transaction, {{exchange.up.series_id, &attributes}}));
  return {};
}

Result<> write_order(db::Transaction& transaction, const PromotionOrder& order, const Exchange& exchange,
                     MicrosUtc now) {
  const Session* session = &order.session;
  TRY(add_sessions(transaction, std::span(&session, 1)));
  db::Batch opened({{"study_id", db::Type::integer}, {"session_id", db::Type::integer}, {"source", db::Type::text}});
  opened.add({exchange.study_id, order.session.id.get(), order.session.source});
  TRY(raise_activity(transaction,
                     "insert into settling(study_id, activity, dirty_at, session_id, source) "
                     "select study_id, 1, $1, session_id, source from batch where true on conflict(study_id) do update "
                     "set activity = settling.activity + 1, closed = false",
                     opened, now));
  TRY(write_one(transaction, "audit",
                "insert into audit(at, actor, action, subject, detail) values ($1, $2, 'instance.promote', $3, $4)",
                {now, order.actor, format("{}/{}", exchange.study_uid, exchange.sop_uid),
                 format("version {} in place of {}: {}", exchange.up.id, exchange.down.id, order.reason)}));
  return {};
}

}  // namespace

Result<bool> promote(db::Database& database, const PromotionOrder& order, MicrosUtc now) {
  return database.write([&](db::Transaction& transaction) -> Result<bool> {
    const Exchange exchange = TRY(find(transaction, order.version_id));
    if (exchange.up.id == exchange.down.id) return false;
    TRY(change_places(transaction, exchange, now));
    TRY(describe(transaction, exchange, order.attributes));
    TRY(write_order(transaction, order, exchange, now));
    crash_point("promote.before_commit");
    return true;
  });
}

}  // namespace dmw::catalog
