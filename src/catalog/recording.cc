#include "catalog/recording.h"

#include <map>

#include "base/crash_point.h"
#include "base/format.h"
#include "catalog/dead_letters.h"
#include "catalog/erasing.h"
#include "catalog/recording/known_good.h"
#include "catalog/recording/version_book.h"
#include "catalog/rehearsal.h"
#include "catalog/rows.h"
#include "catalog/sessions.h"
#include "catalog/unasked.h"
#include "catalog/writes.h"
#include "model/orthanc_id.h"

namespace dmw::catalog {
namespace {

using db::Type;
using Instances = std::span<const SpooledInstance>;

/// Those that brought something: nothing ever asks for the others.
Result<> write_sessions(db::Transaction& transaction, Instances batch, std::span<const Recorded> outcomes) {
  std::map<std::int64_t, const Session*> by_id;
  for (std::size_t i = 0; i < batch.size(); ++i) {
    if (outcomes[i] != Recorded::same) by_id.emplace(batch[i].session.id.get(), &batch[i].session);
  }
  if (by_id.empty()) return {};
  std::vector<const Session*> sessions;
  for (const auto& [id, session] : by_id) sessions.push_back(session);
  return add_sessions(transaction, sessions);
}

/// What their sources call them; an erasure forgets that with the study.
Result<> write_origins(db::Transaction& transaction, Instances batch, StudyBook& studies) {
  std::map<std::pair<std::string, std::string>, const SpooledInstance*> origins;
  for (const SpooledInstance& item : batch) {
    const std::string resource = orthanc_resource_of(item);
    if (!resource.empty()) origins[{item.session.source, resource}] = &item;
  }
  db::Batch rows({{"source", Type::text}, {"resource", Type::text}, {"tag", Type::text}, {"study_id", Type::integer}});
  for (const auto& [key, item] : origins) rows.add({key.first, key.second, item->origin_tag, studies.of(*item).id});
  TRY(write_all(
      transaction, "source_instances",
      "insert into source_instances(source, resource, tag, study_id) select source, resource, tag, study_id from batch "
      "where true on conflict(source, resource) do update set tag = excluded.tag, study_id = excluded.study_id",
      rows));
  return {};
}

Result<> close_dead_letters(db::Transaction& transaction, Instances batch) {
  db::Batch rows({{"id", Type::text}});
  for (const SpooledInstance& item : batch) {
    if (item.replay_of) rows.add({item.replay_of->text()});
  }
  if (rows.empty()) return {};
  TRY(transaction.bulk("update dead_letters set state = 2 where id = {any id}", rows));
  return expect_none(TRY(transaction.bulk("select 1 from dead_letters where id = {any id} and state <> 2", rows)),
                     "dead_letters");
}

/// What could not be fetched and came all the same: by its source, or by another way.
std::set<std::string> names_in_orthanc(Instances batch) {
  std::set<std::string> ids;
  for (const SpooledInstance& item : batch) {
    ids.insert(orthanc_instance_id(item.header.attributes()));
    if (const std::string resource = orthanc_resource_of(item); !resource.empty()) ids.insert(resource);
  }
  return ids;
}

Result<> check_lives(const StudyBook& studies, const Lives& lives) {
  for (const auto& [uid, study] : studies.all()) {
    const auto known = lives.find(uid);
    if (study.life != (known == lives.end() ? 0 : known->second))
      return fail(Errc::gone, "a study of the batch was erased while its instances were being recorded");
  }
  return {};
}

/// Another recorder may have kept the same bytes away since these were looked up.
Result<> reprieve_again(db::Transaction& transaction, Instances batch, StudyBook& studies) {
  std::vector<ObjectKey> keys;
  for (const SpooledInstance& item : batch) {
    if (studies.of(item).life > 0) keys.push_back(key_of(item));
  }
  return reprieve(transaction, keys);
}

/// Each step is one statement for the whole batch.
Result<Recording> record_batch(db::Transaction& transaction, Instances batch, const std::set<std::string>& replaces,
                               const Lives& lives, MicrosUtc now) {
  Recording recording;
  StudyBook studies(transaction, batch);
  SeriesBook series(transaction, studies);
  VersionBook versions(transaction, studies, series, replaces);
  TRY(studies.lock());
  TRY(check_lives(studies, lives));
  TRY(reprieve_again(transaction, batch, studies));
  TRY(series.find(batch));
  TRY(versions.find(batch));
  for (const SpooledInstance& item : batch) recording.outcomes.push_back(versions.decide(item));
  recording.doubts = versions.doubts();
  TRY(write_sessions(transaction, batch, recording.outcomes));
  TRY(versions.write());
  TRY(series.write());
  TRY(studies.write(now));
  TRY(studies.write_settling(now));
  TRY(write_origins(transaction, batch, studies));
  TRY(close_dead_letters(transaction, batch));
  recording.arrived = TRY(
      close_arrived(transaction, names_in_orthanc(batch), "nothing to do: the instance has arrived in the meantime"));
  for (const auto& [uid, study] : studies.all()) {
    if (study.opened_by != nullptr) recording.touched.push_back(StudyUid(uid));
  }
  return recording;
}

}  // namespace

std::string_view name(Recorded recorded) {
  switch (recorded) {
    case Recorded::first:
      return "new";
    case Recorded::same:
      return "same";
    case Recorded::conflict:
      return "conflict";
    case Recorded::replaced:
      return "replaced";
    case Recorded::variant:
      return "variant";
  }
  return "new";
}

Recorder::Recorder(db::Database& database, const Clock& clock, std::set<std::string> replaces)
    : database_(database), clock_(clock), replaces_(std::move(replaces)) {}

Result<Recording> Recorder::record(Instances batch, const Lives& lives) {
  return database_.write([&](db::Transaction& transaction) -> Result<Recording> {
    Recording recording = TRY(record_batch(transaction, batch, replaces_, lives, clock_.now()));
    crash_point("record.before_commit");
    return recording;
  });
}

Result<> Recorder::rehearse() {
  const SpooledInstance first = known_good(clock_.now());
  const SpooledInstance second = known_good_beside(first);
  return catalog::rehearse(database_, "an instance", [&](db::Transaction& transaction) -> Result<> {
    for (const SpooledInstance* item : {&first, &second})
      TRY(record_batch(transaction, {item, 1}, replaces_, {}, clock_.now()));
    return {};
  });
}

Result<Standing> Recorder::look_up(Instances batch) {
  db::Batch rows({{"ordinal", Type::integer},
                  {"study_uid", Type::text},
                  {"sop_uid", Type::text},
                  {"dataset_sha256", Type::bytes}});
  for (std::size_t i = 0; i < batch.size(); ++i) {
    const SpooledInstance& item = batch[i];
    rows.add({static_cast<std::int64_t>(i), item.header->study_uid.get(), item.header->sop_uid.get(),
              db::blob(item.fingerprint.dataset_sha256.view())});
  }
  std::unique_ptr<db::Transaction> transaction = TRY(database_.begin(db::Access::read));
  const db::Rows found = TRY(transaction->bulk(
      format("select b.ordinal, coalesce(c.id, o.id), b.study_uid, s.erased_revision from {}", known_datasets), rows));
  transaction.reset();
  Standing standing{std::vector<bool>(batch.size(), false), std::vector<bool>(batch.size(), false), {}};
  for (const db::Row& row : found) {
    standing.known.at(static_cast<std::size_t>(row.integer(0))) = !row.is_null(1);
    if (row.integer(3) != 0) standing.lives[row.text(2)] = static_cast<int>(row.integer(3));
  }
  if (standing.lives.empty()) return standing;
  standing.away = TRY(keep_away(database_, batch, clock_.now()));
  std::vector<ObjectKey> reprieved;
  for (std::size_t i = 0; i < batch.size(); ++i) {
    if (!standing.away[i] && standing.lives.contains(batch[i].header->study_uid.get()))
      reprieved.push_back(key_of(batch[i]));
  }
  TRY(reprieve(database_, reprieved));
  return standing;
}

}  // namespace dmw::catalog
