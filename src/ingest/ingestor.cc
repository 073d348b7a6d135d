#include "ingest/ingestor.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <future>
#include <thread>
#include <utility>

#include <fcntl.h>
#include <pthread.h>
#include <unistd.h>

#include "base/crash_point.h"
#include "base/file.h"
#include "base/format.h"
#include "base/log.h"
#include "base/stage_timer.h"

namespace dmw::ingest {
namespace {

constexpr std::size_t batch_items = 256;
constexpr std::uint64_t batch_bytes = 256U << 20U;
/// From this size on a batch counts as large: the next batch is stored while this one is being recorded.
constexpr std::size_t large_items = 32;
constexpr std::uint64_t large_bytes = 128U << 20U;
constexpr int batches_max = 16;  // per pass, because a stop waits for the pass
constexpr std::chrono::milliseconds rest{10};
constexpr int tries_max = 8;
constexpr const char* uploads_help = "Attempts to write an object to the store, by result";
constexpr std::chrono::seconds backoff_first{1};
constexpr std::chrono::minutes backoff_most{10};
/// For instances that a rule of the database refuses, so that they are recorded soon after the rule is removed.
constexpr std::chrono::seconds refused_backoff_most{8};

/// Whether the file still has the bytes that were kept. True also for a missing file, which may be in the store
/// already: put() checks that. Errors: the disk cannot read it.
Result<bool> is_whole(const SpooledInstance& item) {
  const Result<File> file = File::open(item.file, O_RDONLY | O_NOFOLLOW);
  if (!file) {
    if (file.error().code == Errc::not_found) return true;
    return std::unexpected(file.error());
  }
  if (TRY(file->size()) != item.fingerprint.size_bytes) return false;
  Sha256 dataset;
  std::vector<std::byte> buffer(1U << 20U);
  for (std::uint64_t at = item.fingerprint.prefix_bytes; at < item.fingerprint.size_bytes;) {
    const std::size_t got = TRY(file->read_at(at, buffer));
    if (got == 0) return false;
    dataset.update(std::span(buffer).first(got));
    at += got;
  }
  return dataset.finish() == item.fingerprint.dataset_sha256;
}

void warn_of(const catalog::Doubt& doubt) {
  const bool patient = doubt.flag == Flag::patient_mismatch;
  const bool one = doubt.instances == 1;
  const std::string met = patient
                              ? format("{} another patient than the study (patient_mismatch)", one ? "names" : "name")
                              : format("{} other bytes than {} there (conflict)", one ? "has" : "have",
                                       one ? "the one that is" : "those that are");
  log::warning({patient ? "patient_mismatch" : "instance_conflict", "study"},
               format("{}: {} {} {}, the first {} ({}{}{}); see dicom-middleware studies show {}", doubt.study.get(),
                      doubt.instances, one ? "instance" : "instances", met, doubt.sop.get(), doubt.source,
                      doubt.origin.empty() ? "" : ", ", doubt.origin, doubt.study.get()),
               {{"study_instance_uid", doubt.study.get()},
                {"sop_instance_uid", doubt.sop.get()},
                {"instances", doubt.instances},
                {"source", doubt.source},
                {"origin", doubt.origin}});
}

/// The object existed before, perhaps from another replica or from before an erasure, and may have another prefix. The
/// catalog must describe the bytes of the existing object.
void describe_as(const Fingerprint& standing, SpooledInstance& item) {
  item.header->header_bytes += standing.prefix_bytes - item.fingerprint.prefix_bytes;
  item.fingerprint = standing;
}

/// Whether the database refuses this row, or all rows: a test with a known-good row shows which.
bool is_refusal(const Error& why) {
  return db::may_be_of_rows(why) && why.code != Errc::gone;
}

/// The folder of an object; a full or read-only folder affects all its objects.
std::string folder_of(const std::string& key) {
  return key.substr(0, key.rfind('/'));
}

bool is_large(std::span<const SpooledInstance> batch) {
  std::uint64_t bytes = 0;
  for (const SpooledInstance& item : batch) bytes += item.fingerprint.size_bytes;
  return batch.size() >= large_items || bytes >= large_bytes;
}

}  // namespace

Ingestor::Ingestor(const Parts& parts)
    : parts_(parts),
      backoff_(backoff_first, backoff_most),
      refused_backoff_(backoff_first, refused_backoff_most),
      aside_("ingest", parts.clock, parts.metrics),
      store_seconds_(stage_seconds(parts.metrics, "store")),
      record_seconds_(stage_seconds(parts.metrics, "record")),
      upload_seconds_(parts.metrics.histogram("dicom_middleware_storage_upload_duration_seconds",
                                              "Seconds to write one batch to the store.", duration_bounds(),
                                              {{"backend", "local"}})),
      uploads_(parts.metrics.counter("dicom_middleware_storage_upload_total", uploads_help,
                                     {{"backend", "local"}, {"status", "success"}})),
      failed_uploads_(parts.metrics.counter("dicom_middleware_storage_upload_total", uploads_help,
                                            {{"backend", "local"}, {"status", "failure"}})),
      recorded_(parts.metrics.counters("dicom_middleware_instances_total", "Instances recorded, by kind")),
      recorded_bytes_(
          parts.metrics.counters("dicom_middleware_instance_bytes_total", "Bytes of the instances recorded")) {}

Result<bool> Ingestor::pass() {
  std::future<Result<>> last;
  for (int batches = 0; batches < batches_max; ++batches) {
    Result<Batch> next = claim_and_store();
    const Result<> concluded = last.valid() ? last.get() : Result<>();
    if (!concluded) {
      // Instances that arrived later must not be recorded earlier.
      if (next) parts_.inbox.release(next->items);
      return during(concluded.error(), "the ingest of a batch");
    }
    if (!next) return during(next.error(), "the ingest of a batch");
    if (next->items.empty()) return false;
    if (!is_large(next->items)) {
      // Instances that arrive in the meantime form one batch instead of many. Each batch needs flushes and
      // transactions, and a sender with a single association waits for the same disk.
      const Result<> alone = conclude(std::move(*next));
      if (!alone) return during(alone.error(), "the ingest of a batch");
      std::this_thread::sleep_for(rest);
      continue;
    }
    last = std::async(std::launch::async, [this, batch = std::move(*next)]() mutable {
      ::pthread_setname_np(::pthread_self(), "record");
      return conclude(std::move(batch));
    });
  }
  const Result<> concluded = last.valid() ? last.get() : Result<>();
  if (!concluded) return during(concluded.error(), "the ingest of a batch");
  return true;
}

Result<Ingestor::Batch> Ingestor::claim_and_store() {
  Batch batch{TRY(parts_.inbox.claim(batch_items, batch_bytes)), {}, {}};
  Result<> stored = store(batch);
  // If the volume of the inbox was unmounted, missing files are not the fault of the instances.
  if (stored && !batch.sorted.poison.empty()) stored = parts_.inbox.present();
  if (stored) return batch;
  parts_.inbox.release(batch.items);
  return std::unexpected(stored.error());
}

Result<> Ingestor::store(Batch& batch) {
  batch.sorted = TRY(sort(batch.items));
  batch.lives = TRY(store_all(batch.sorted));
  return {};
}

/// Order: objects first, then the catalog rows that name them, the inbox row last. After a crash at any point the work
/// is repeated.
Result<> Ingestor::conclude(Batch batch) {
  Result<> done = record_and_bury(batch);
  if (done) {
    crash_point("ingest.before_finish");
    done = finish(batch.items, batch.sorted.delayed);
  }
  if (!done) parts_.inbox.release(batch.items);
  return done;
}

Result<> Ingestor::finish(std::span<const SpooledInstance> batch, std::span<const Delayed> delayed) {
  std::vector<SpooledInstance> through;
  for (const SpooledInstance& item : batch) {
    if (std::ranges::none_of(delayed, [&](const Delayed& one) { return one.item.seq == item.seq; }))
      through.push_back(item);
  }
  TRY(parts_.inbox.finish(delayed.empty() ? batch : through));
  refusals_.forget(delayed.empty() ? batch : through);
  for (const Delayed& one : delayed) {
    log::warning("ingest_postponed", format("attempt {}: {}", one.item.attempts + 1, one.why.message()),
                 {{"correlation_id", one.item.session.correlation_id.text()}, {"attempts", one.item.attempts + 1}});
    const lane::Backoff& backoff = one.why.code == Errc::refused ? refused_backoff_ : backoff_;
    TRY(parts_.inbox.postpone(one.item, backoff.after(one.item.attempts + 1), one.why));
  }
  return {};
}

/// A study may be erased while its instances are being recorded. Then the results of the lookup are outdated, and
/// objects in the store may be about to be removed, so everything is looked up and put again.
Result<> Ingestor::record_and_bury(Batch& batch) {
  Sorted& sorted = batch.sorted;
  for (int tried = 1;; ++tried) {
    crash_point("ingest.between_store_and_record");
    const auto poison = static_cast<std::ptrdiff_t>(sorted.poison.size());
    const auto delayed = static_cast<std::ptrdiff_t>(sorted.delayed.size());
    const Result<> recorded = record(sorted.readable, batch.lives, sorted);
    if (recorded) return bury(sorted);
    if (recorded.error().code != Errc::gone) return recorded;
    if (tried == tries_max) return fail(Errc::retry, "studies are erased faster than their instances are recorded");
    sorted.poison.erase(sorted.poison.begin() + poison, sorted.poison.end());
    sorted.delayed.erase(sorted.delayed.begin() + delayed, sorted.delayed.end());
    batch.lives = TRY(store_all(sorted));
  }
}

/// Makes dead letters. An item that the store or the catalog refuses for now waits; the others become dead letters.
Result<> Ingestor::bury(Sorted& sorted) {
  Result<std::vector<Burials::Unkept>> unkept = parts_.burials.keep(sorted.poison);
  if (!unkept) {
    const Error why = unkept.error();
    if (why.code != Errc::data && why.code != Errc::refused) return std::unexpected(why);
    for (Poison& one : sorted.poison) {
      static_cast<void>(refusals_.is_its_own(one.item, why));
      sorted.delayed.push_back(Delayed{std::move(one.item), why});
    }
    sorted.poison.clear();
    return {};
  }
  if (unkept->empty() && !sorted.poison.empty()) aside_.take("dead-letters");
  for (Burials::Unkept& one : *unkept) {
    if (const Result<> probed = parts_.store.probe(); !probed)
      return during(probed.error(), "the burial of an instance");
    aside_.put(folder_of(one.key), "what belongs into " + folder_of(one.key) + " of the store", one.why);
    sorted.delayed.push_back(Delayed{std::move(one.item), std::move(one.why)});
  }
  return {};
}

Result<Ingestor::Sorted> Ingestor::sort(std::span<SpooledInstance> items) {
  Sorted sorted;
  for (SpooledInstance& item : items) {
    HeaderReading header = std::exchange(item.header, {});
    SpooledInstance taken = item;
    taken.header = std::move(header);
    const Result<> done = sort(std::move(taken), sorted);
    if (done) continue;
    if (done.error().code == Errc::full) return std::unexpected(done.error());
    sorted.delayed.push_back(Delayed{item, done.error()});
  }
  return sorted;
}

/// Errors: transient ones that concern only this item.
Result<> Ingestor::sort(SpooledInstance item, Sorted& sorted) {
  Stage stage = Stage::header;
  if (item.survived_unclean_end && !TRY(is_whole(item))) {
    item.header = Refusal{Errc::corrupted, "the file in the inbox changed after it was kept"};
    stage = Stage::store;
  }
  if (item.header.is_unread()) {
    const Result<File> file = File::open(item.file, O_RDONLY | O_NOFOLLOW);
    if (file) {
      TRY(read_suspect(item));
    } else if (file.error().code == Errc::not_found) {
      item.header = Refusal{Errc::corrupted, "the file is gone from the inbox"};
      stage = Stage::store;
    } else {
      return std::unexpected(file.error());
    }
  }
  if (item.header.is_readable()) {
    sorted.readable.push_back(std::move(item));
  } else {
    const Refusal why = item.header.refusal();
    sorted.poison.push_back(Poison{std::move(item), stage, why.code, why.detail});
  }
  return {};
}

/// The item becomes a dead letter only if the child crashes twice by its own fault.
Result<> Ingestor::read_suspect(SpooledInstance& item) {
  for (int tried = 1; tried <= 2; ++tried) {
    HeaderOutcome outcome = TRY(parts_.header_process.read(item.file));
    if (auto* header = std::get_if<HeaderReading>(&outcome)) {
      item.header = std::move(*header);
      return {};
    }
    item.header = Refusal{Errc::corrupted, "the process that reads the header failed on this file: " +
                                               std::get<ChildCrashed>(outcome).how};
  }
  return {};
}

Result<catalog::Lives> Ingestor::store_all(Sorted& sorted) {
  if (sorted.readable.empty()) return catalog::Lives();
  const StageTimer timer(store_seconds_);
  const catalog::Standing standing = TRY(parts_.recorder.look_up(sorted.readable));
  crash_point("ingest.after_look_up");
  std::vector<SpooledInstance> stored;
  std::vector<SpooledInstance> unstored;
  std::vector<store::Put> puts;
  for (std::size_t i = 0; i < sorted.readable.size(); ++i) {
    SpooledInstance& item = sorted.readable[i];
    if (standing.away[i]) {
      pass_over(item);
      continue;
    }
    if (!standing.known[i])
      puts.push_back(store::Put{key_of(item), item.file, item.fingerprint.size_bytes, item.fingerprint.dataset_sha256});
    (standing.known[i] ? stored : unstored).push_back(std::move(item));
  }
  sorted.readable = std::move(stored);
  const StageTimer upload(upload_seconds_);
  const std::vector<Result<store::Stored>> results = parts_.store.put(puts);
  for (std::size_t i = 0; i < results.size(); ++i) {
    if (results[i]) {
      uploads_.add();
      if (results[i]->standing) describe_as(*results[i]->standing, unstored[i]);
      aside_.take(folder_of(puts[i].key.get()));
      sorted.readable.push_back(std::move(unstored[i]));
    } else {
      TRY(sort_unstored(std::move(unstored[i]), results[i].error(), sorted));
    }
  }
  return standing.lives;
}

/// The study was erased on purpose, and nobody has requested this instance since.
void Ingestor::pass_over(const SpooledInstance& item) {
  log::info("erased_study_passed_over",
            format("study {}: an instance of {} was fetched automatically before the study was erased: not kept",
                   item.header->study_uid.get(), item.session.source),
            {{"source", item.session.source},
             {"study_instance_uid", item.header->study_uid.get()},
             {"correlation_id", item.session.correlation_id.text()}});
}

Result<> Ingestor::sort_unstored(SpooledInstance item, const Error& why, Sorted& sorted) {
  failed_uploads_.add();
  log::warning("storage_write_failed", why.message(), {{"correlation_id", item.session.correlation_id.text()}});
  if (why.code == Errc::corrupted) {
    sorted.poison.push_back(Poison{std::move(item), Stage::store, Errc::corrupted, why.what});
    return {};
  }
  // An unavailable or full store concerns all items.
  if (why.code == Errc::full) return during(why, "the store of an instance");
  if (const Result<> probed = parts_.store.probe(); !probed) return during(probed.error(), "the store of an instance");
  const std::string folder = folder_of(key_of(item).get());
  aside_.put(folder, "what belongs into " + folder + " of the store", why);
  sorted.delayed.push_back(Delayed{std::move(item), why});
  return {};
}

/// If the database refuses a row of the batch, the batch is halved until that row is alone. If it refuses a known-good
/// row as well, the batch is not halved.
Result<> Ingestor::record(std::span<const SpooledInstance> items, const catalog::Lives& lives, Sorted& sorted) {
  if (items.empty()) return {};
  const StageTimer timer(record_seconds_);
  const Result<catalog::Recording> recording = parts_.recorder.record(items, lives);
  if (recording) {
    count(items, *recording);
    if (!recording->touched.empty()) on_recorded_(recording->touched.size());
    for (const catalog::Doubt& doubt : recording->doubts) warn_of(doubt);
    for (const std::int64_t number : recording->arrived)
      log::info("dead_letter_closed", format("#{}: the instance has arrived since", number), {{"number", number}});
    return {};
  }
  if (!is_refusal(recording.error())) return during(recording.error(), "the record of a batch");
  TRY(parts_.recorder.rehearse());
  if (items.size() == 1) return sort_refused(items[0], recording.error(), sorted);
  const std::size_t half = items.size() / 2;
  TRY(record(items.first(half), lives, sorted));
  return record(items.subspan(half), lives, sorted);
}

Result<> Ingestor::sort_refused(const SpooledInstance& item, const Error& why, Sorted& sorted) {
  log::warning("db_write_failed", why.message(), {{"correlation_id", item.session.correlation_id.text()}});
  if (refusals_.is_its_own(item, why))
    sorted.poison.push_back(Poison{item, Stage::record, Errc::data, why.what, true});
  else
    sorted.delayed.push_back(Delayed{item, why});
  return {};
}

void Ingestor::count(std::span<const SpooledInstance> items, const catalog::Recording& recording) {
  for (std::size_t i = 0; i < items.size(); ++i) {
    const Labels labels = {{"source", items[i].session.source}, {"outcome", std::string(name(recording.outcomes[i]))}};
    recorded_.with(labels).add();
    recorded_bytes_.with({{"source", items[i].session.source}})
        .add(static_cast<double>(items[i].fingerprint.size_bytes));
  }
}

}  // namespace dmw::ingest
