#include "catalog/unasked.h"

#include <chrono>
#include <set>

#include "catalog/writes.h"
#include "model/object_key.h"
#include "model/request.h"

namespace dmw::catalog {
namespace {

using db::Type;

/// An object that another recorder has just put for somebody who asked is off the list again long before.
constexpr std::chrono::microseconds unasked_grace = std::chrono::hours(1);

/// Pulled from a source; a replay is asked for by a person.
bool may_be_unasked(const SpooledInstance& item) {
  return item.session.kind == SessionKind::orthanc && !item.replay_of;
}

std::vector<std::string> studies_in(std::span<const SpooledInstance> batch) {
  std::set<std::string> uids;
  for (const SpooledInstance& item : batch) {
    if (may_be_unasked(item)) uids.insert(item.header->study_uid.get());
  }
  return {uids.begin(), uids.end()};
}

/// Until the end of the transaction nobody begins a new life of them.
Result<> lock_studies(db::Transaction& transaction, const std::map<std::string, ErasedStudy>& studies) {
  db::Batch uids({{"uid", Type::text}});
  for (const auto& [uid, study] : studies) uids.add({uid});
  TRY(transaction.bulk(
      "select id from studies where study_instance_uid = {any uid} order by study_instance_uid {for_update}", uids));
  return {};
}

/// A request that is not known any more may have been anybody's.
Result<std::vector<bool>> find_unasked(db::Transaction& transaction, std::span<const SpooledInstance> batch,
                                       const std::map<std::string, ErasedStudy>& erased) {
  db::Batch rows(
      {{"ordinal", Type::integer}, {"study_uid", Type::text}, {"source", Type::text}, {"correlation_id", Type::text}});
  for (std::size_t i = 0; i < batch.size(); ++i) {
    const SpooledInstance& item = batch[i];
    if (!may_be_unasked(item) || !erased.contains(item.header->study_uid.get())) continue;
    rows.add({static_cast<std::int64_t>(i), item.header->study_uid.get(), item.session.source,
              item.session.correlation_id.text()});
  }
  std::vector<bool> away(batch.size(), false);
  if (rows.empty()) return away;
  const db::Rows found = TRY(transaction.bulk(
      "select b.ordinal from batch b join studies s on s.study_instance_uid = b.study_uid "
      "where s.erased_at is not null and exists (select 1 from requests r where r.correlation_id = b.correlation_id "
      "and r.source = b.source) and not exists (select 1 from requests r where r.correlation_id = b.correlation_id "
      "and r.source = b.source and (r.priority = $1 or r.erasures_before >= s.erasure_number))",
      rows, {static_cast<std::int64_t>(RequestPriority::asked)}));
  for (const db::Row& row : found) away.at(static_cast<std::size_t>(row.integer(0))) = true;
  return away;
}

Result<> condemn_objects(db::Transaction& transaction, std::span<const SpooledInstance> batch,
                         const std::vector<bool>& away, MicrosUtc due_at) {
  std::set<std::string> keys;
  for (std::size_t i = 0; i < batch.size(); ++i) {
    if (away[i]) keys.insert(key_of(batch[i]).get());
  }
  db::Batch rows({{"object_key", Type::text}});
  for (const std::string& key : keys) rows.add({key});
  if (rows.empty()) return {};
  TRY(
      transaction.bulk("insert into erased_objects(object_key, due_at) select object_key, $1 from batch where true "
                       "on conflict(object_key) do nothing",
                       rows, {due_at}));
  return expect_all(TRY(transaction.bulk("select 1 from erased_objects where object_key = {any object_key}", rows)),
                    rows, "erased_objects");
}

}  // namespace

Result<> number_erasure(db::Transaction& transaction, std::int64_t study_id) {
  const std::int64_t number = TRY(advance_head(transaction, "erasure_head", "number", 1));
  TRY(change_one(transaction, "studies", "update studies set erasure_number = $2 where id = $1", "erasure_number = $2",
                 {study_id, number}));
  return {};
}

Result<std::map<std::string, ErasedStudy>> erased_studies(db::Database& database,
                                                          std::span<const std::string> study_uids) {
  db::Batch asked({{"study_uid", Type::text}});
  for (const std::string& uid : study_uids) asked.add({uid});
  std::map<std::string, ErasedStudy> erased;
  if (asked.empty()) return erased;
  const std::unique_ptr<db::Transaction> transaction = TRY(database.begin(db::Access::read));
  const db::Rows rows =
      TRY(transaction->bulk("select study_instance_uid, erased_at, erasure_number from studies where "
                            "study_instance_uid = {any study_uid} and erased_at is not null",
                            asked));
  for (const db::Row& row : rows) erased[row.text(0)] = {row.integer(1), row.integer(2)};
  return erased;
}

Result<std::vector<bool>> keep_away(db::Database& database, std::span<const SpooledInstance> batch, MicrosUtc now) {
  const std::map<std::string, ErasedStudy> erased = TRY(erased_studies(database, studies_in(batch)));
  if (erased.empty()) return std::vector<bool>(batch.size(), false);
  return database.write([&](db::Transaction& transaction) -> Result<std::vector<bool>> {
    TRY(lock_studies(transaction, erased));
    std::vector<bool> away = TRY(find_unasked(transaction, batch, erased));
    TRY(condemn_objects(transaction, batch, away, now + unasked_grace.count()));
    return away;
  });
}

}  // namespace dmw::catalog
