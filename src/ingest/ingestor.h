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

  /// One batch of at most 256 instances and 256 MiB; true when there may be more. After an outage nothing has changed:
  /// the batch is back in the inbox, and the error is transient.
  Result<bool> pass();

  /// Called with the number of studies that have something new to tell. Set once, before the first pass.
  void on_recorded(std::function<void(std::size_t studies)> nudge) { on_recorded_ = std::move(nudge); }

 private:
  /// A batch on its way: what can be recorded, and what has to be set aside.
  struct Sorted {
    std::vector<SpooledInstance> readable;
    std::vector<Poison> poison;
    std::vector<inbox::TemporaryName> second_names;
  };

  Result<> ingest(std::span<const SpooledInstance> batch);
  Result<Sorted> sort(std::span<const SpooledInstance> batch);
  static Result<inbox::TemporaryName> second_name(const std::filesystem::path& file);
  Result<> read_suspect(SpooledInstance& item);
  Result<> store_and_record(std::vector<SpooledInstance> items, std::vector<Poison>& poison);
  /// Leaves those in `items` that are in the store now. Returns the lives of their studies as of before.
  Result<catalog::Lives> store_all(std::vector<SpooledInstance>& items, std::vector<Poison>& poison);
  Result<> record(std::span<const SpooledInstance> items, const catalog::Lives& lives, std::vector<Poison>& poison);
  void count(std::span<const SpooledInstance> items, const catalog::Recording& recording);

  Parts parts_;
  Histogram& store_seconds_;
  Histogram& record_seconds_;
  Histogram& upload_seconds_;
  Counter& uploads_;
  Counter& failed_uploads_;
  std::function<void(std::size_t)> on_recorded_ = [](std::size_t) {};
};

}  // namespace dmw::ingest
