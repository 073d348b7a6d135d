// The ingestor: spooled instances become objects and versions. One pass takes one batch from the inbox, from any
// sessions.
#pragma once

#include <functional>
#include <span>
#include <vector>

#include "base/metrics.h"
#include "base/result.h"
#include "catalog/recording.h"
#include "inbox/inbox.h"
#include "inbox/spool_file.h"
#include "ingest/burials.h"
#include "ingest/header_process.h"
#include "lane/backoff.h"
#include "store/object_store.h"

namespace dmw::ingest {

/// One thread.
class Ingestor {
 public:
  struct Parts {
    inbox::Inbox& inbox;
    store::ObjectStore& store;
    catalog::Recorder& recorder;
    Burials& burials;
    const HeaderProcess& header_process;
    Metrics& metrics;
  };

  explicit Ingestor(const Parts& parts);

  /// One batch of at most 256 instances and 256 MiB; true when there may be more. An item that alone cannot be stored
  /// for now is postponed with back-off. After an outage nothing has changed: the batch is back in the inbox, and the
  /// error is transient.
  Result<bool> pass();

  /// Called with the number of studies that have something new to tell. Set once, before the first pass.
  void on_recorded(std::function<void(std::size_t studies)> nudge) { on_recorded_ = std::move(nudge); }

 private:
  /// An item whose own fault may pass: a block of the disk that cannot be read, something in the way of its object.
  struct Delayed {
    SpooledInstance item;
    Error why;
  };
  /// A batch on its way. Each item ends in one of the three, or all of them go back to the inbox.
  struct Sorted {
    std::vector<SpooledInstance> readable;
    std::vector<Poison> poison;
    std::vector<Delayed> delayed;
    std::vector<inbox::TemporaryName> second_names;
  };

  /// Takes the attributes out of the items; what is left is enough to finish or release them.
  Result<> ingest(std::span<SpooledInstance> batch);
  Result<Sorted> sort(std::span<SpooledInstance> batch);
  Result<> sort(SpooledInstance item, Sorted& sorted);
  static Result<inbox::TemporaryName> second_name(const std::filesystem::path& file);
  Result<> read_suspect(SpooledInstance& item);
  Result<> store_and_record(Sorted& sorted);
  /// Leaves those in `readable` that are in the store now. Returns the lives of their studies as of before.
  Result<catalog::Lives> store_all(Sorted& sorted);
  /// What the failure of one put means. Errors: an outage, which is nobody's fault.
  Result<> sort_unstored(SpooledInstance item, const Error& why, Sorted& sorted);
  Result<> record(std::span<const SpooledInstance> items, const catalog::Lives& lives, std::vector<Poison>& poison);
  Result<> finish(std::span<const SpooledInstance> batch, std::span<const Delayed> delayed);
  void count(std::span<const SpooledInstance> items, const catalog::Recording& recording);

  Parts parts_;
  const lane::Backoff backoff_;
  Histogram& store_seconds_;
  Histogram& record_seconds_;
  Histogram& upload_seconds_;
  Counter& uploads_;
  Counter& failed_uploads_;
  std::function<void(std::size_t)> on_recorded_ = [](std::size_t) {};
};

}  // namespace dmw::ingest
