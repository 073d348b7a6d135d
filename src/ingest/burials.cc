#include "ingest/burials.h"

#include <set>

#include "base/format.h"
#include "base/json.h"
#include "base/log.h"
#include "model/origin.h"

namespace dmw::ingest {
namespace {

/// The known facts about an instance, without any patient data of its header.
std::string payload_of(const SpooledInstance& item) {
  json::object payload;
  payload["source"] = item.session.source;
  if (const std::string id = orthanc_resource_of(item); !id.empty()) payload["ID"] = id;
  payload["size_bytes"] = item.fingerprint.size_bytes;
  payload["dataset_sha256"] = item.fingerprint.dataset_sha256.hex();
  if (item.header.is_readable()) {
    payload["study_instance_uid"] = item.header->study_uid.get();
    payload["sop_instance_uid"] = item.header->sop_uid.get();
  }
  return json::serialize(payload);
}

/// "#2: no Study Instance UID (import, broken/no-study.dcm)"
std::string sentence_of(const DeadLetter& letter) {
  return format("#{}: {}: {} ({}{}{})", letter.number, letter.cause, letter.detail, letter.source,
                letter.origin.empty() ? "" : ", ", letter.origin);
}

DeadLetter letter_of(const Poison& poison, const Uuid& catalog_id, MicrosUtc now) {
  const SpooledInstance& item = poison.item;
  const Sha256Digest identity = file_identity(item.fingerprint.prefix_sha256, item.fingerprint.dataset_sha256);
  DeadLetter letter;
  letter.id = Uuid::of_name(catalog_id, "dead-letter/" + identity.hex() + "/" + std::string(name(poison.stage)));
  // A replay that fails is the same dead letter again, even if another step fails this time.
  if (item.replay_of) letter.id = *item.replay_of;
  letter.stage = poison.stage;
  letter.cause = cause_word(poison.stage, poison.cause);
  letter.detail = poison.detail;
  letter.advice = advice(poison.stage, poison.cause);
  letter.first_failed_at = now;
  letter.last_failed_at = now;
  letter.source = item.session.source;
  letter.calling_ae = item.session.calling_ae;
  letter.correlation_id = item.session.correlation_id;
  letter.traceparent = item.session.traceparent;
  letter.object_key = (poison.stored ? key_of(item) : dead_letter_key(identity)).get();
  letter.size_bytes = item.fingerprint.size_bytes;
  letter.origin_resource = orthanc_resource_of(item);
  if (!item.replay_of) letter.origin = origin_of(item.session, item.origin_resource);
  letter.study_uid = item.header.study_uid();
  letter.original_payload = payload_of(item);
  return letter;
}

}  // namespace

Burials::Burials(store::ObjectStore& store, db::Database& database, const events::Bodies& bodies, CatalogId catalog_id,
                 const Clock& clock, Metrics& metrics)
    : store_(store),
      letters_(database),
      bodies_(bodies),
      catalog_id_(std::move(catalog_id)),
      clock_(clock),
      messages_(metrics.counters("dicom_middleware_dlq_messages_total",
                                 "Dead letters, by reason; each is counted once, also if its replay fails again")),
      failures_(
          metrics.counters("dicom_middleware_pipeline_failure_total",
                           "Permanent failures, by reason; each is counted once, also if its replay fails again")),
      reopened_(metrics.counters("dicom_middleware_dead_letters_reopened_total",
                                 "Dead letters that were replayed or discarded and failed again, by reason")) {
  // Creates the series with value 0, so that the first dead letter is visible as an increase.
  for (const Stage stage : {Stage::fetch, Stage::header, Stage::store, Stage::record}) {
    const Labels labels = {{"reason", std::string(error_reason(stage))}};
    for (Family<Counter>* const family : {&messages_, &failures_, &reopened_}) family->with(labels);
  }
}

Result<std::vector<Burials::Unkept>> Burials::keep(std::span<const Poison> poison) {
  std::vector<Unkept> unkept;
  if (poison.empty()) return unkept;
  std::vector<store::Put> puts;
  std::vector<catalog::Burial> burials;
  std::vector<std::size_t> put;
  for (const Poison& one : poison) {
    catalog::Burial burial;
    burial.letter = letter_of(one, catalog_id_, clock_.now());
    if (!one.stored) {
      puts.push_back(store::Put{ObjectKey(burial.letter.object_key), one.item.file, one.item.fingerprint.size_bytes,
                                one.item.fingerprint.dataset_sha256});
      put.push_back(burials.size());
    }
    burials.push_back(std::move(burial));
  }
  const std::vector<Result<store::Stored>> stored = store_.put(puts);
  std::set<std::size_t> left;
  for (std::size_t i = 0; i < stored.size(); ++i) {
    if (stored[i]) continue;
    const Error& why = stored[i].error();
    if (why.code == Errc::full) return during(why, "the burial of an instance");
    if (why.code == Errc::corrupted) {
      // The file is gone and cannot be kept; the dead letter still records that it existed.
      burials[put[i]].letter.object_key.clear();
      continue;
    }
    unkept.push_back({poison[put[i]].item, burials[put[i]].letter.object_key, why});
    left.insert(put[i]);
  }
  std::vector<catalog::Burial> ready;
  for (std::size_t i = 0; i < burials.size(); ++i) {
    if (!left.contains(i)) ready.push_back(std::move(burials[i]));
  }
  if (!ready.empty()) TRY(bury(ready));
  return unkept;
}

Result<> Burials::keep(const DeadLetter& letter, const std::optional<RequestClaim>& claim) {
  catalog::Burial burial;
  burial.letter = letter;
  burial.claim = claim;
  return bury({std::move(burial)});
}

Result<> Burials::bury(const std::vector<catalog::Burial>& burials) {
  const std::vector<DeadLetter> told =
      TRY(letters_.bury(burials, [this](const DeadLetter& letter) { return bodies_.of_dead_letter(letter); }));
  for (const DeadLetter& letter : told) {
    if (letter.stage == Stage::header) {
      log::for_machines(log::Level::info, "metadata_extract_failed", letter.detail,
                        {{"correlation_id", letter.correlation_id.text()}, {"source", letter.source}});
    }
    log::warning({"dlq_sent", "dead letter"}, sentence_of(letter),
                 {{"number", letter.number},
                  {"correlation_id", letter.correlation_id.text()},
                  {"dead_letter_id", letter.id.text()},
                  {"stage", name(letter.stage)},
                  {"cause", letter.cause},
                  {"source", letter.source},
                  {"origin", letter.origin}});
    count(letter);
  }
  if (!told.empty()) on_buried_();
  return {};
}

/// A dead letter is counted once, however often it is replayed; one that existed before is counted as opened again.
void Burials::count(const DeadLetter& letter) {
  const Labels labels = {{"reason", std::string(error_reason(letter.stage))}};
  if (letter.attempts > 1) return reopened_.with(labels).add();
  messages_.with(labels).add();
  failures_.with(labels).add();
}

}  // namespace dmw::ingest
