// The ingestor: spooled instances become objects and versions. One pass takes one batch from the inbox, from any
// sessions.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/metrics.h"
#include "base/result.h"
#include "catalog/recording.h"
#include "inbox/queue.h"
#include "ingest/burials.h"
#include "ingest/header_process.h"
#include "ingest/refusals.h"
#include "lane/aside.h"
#include "lane/backoff.h"
#include "store/object_store.h"

namespace dmw::ingest {

/// pass() is one thread's.
class Ingestor {
 public:
  struct Parts {
    inbox::Queue& inbox;
    store::ObjectStore& store;
    catalog::Recorder& recorder;
    Burials& burials;
    const HeaderProcess& header_process;
    Metrics& metrics;
    const Clock& clock;
  };

  explicit Ingestor(const Parts& parts);

  /// Batches of at most 256 instances and 256 MiB, until the inbox is empty or some seconds' work is done: true when
  /// there may be more. While a large batch is recorded the next one is stored; they are recorded in the order of the
  /// inbox. An item that alone cannot be stored for now is postponed with back-off. After an outage nothing has
  /// changed: what is not recorded is back in the inbox, and the error is transient. A refusal of the database is an
  /// outage as long as it also refuses a known-good instance.
  Result<bool> pass();

  /// Whether the catalog takes instances: what a pass would find out.
  Result<> probe() { return parts_.recorder.rehearse(); }
  /// Why instances wait that the catalog refuses one by one. Any thread.
  std::optional<std::string> refusal() const { return refusals_.words(); }
  /// The places whose items cannot be done for now, such as a folder of the store. Any thread.
  const lane::Aside& aside() const { return aside_; }

  /// Called with the number of studies that have something new to tell, by the thread of pass() or one of its own. Set
  /// once, before the first pass.
  void on_recorded(std::function<void(std::size_t studies)> nudge) { on_recorded_ = std::move(nudge); }

 private:
  /// An item whose own fault may pass: a block of the disk that cannot be read, something in the way of its object, a
  /// rule of the database.
  struct Delayed {
    SpooledInstance item;
    Error why;
  };
  /// Each item of a batch ends in one of the first three, or all of them go back to the inbox.
  struct Sorted {
    std::vector<SpooledInstance> readable;
    std::vector<Poison> poison;
    std::vector<Delayed> delayed;
  };
  /// A batch on its way. The headers of its items went into `sorted`; they are enough to finish or release them.
  struct Batch {
    std::vector<SpooledInstance> items;
    Sorted sorted;
    catalog::Lives lives;  ///< of their studies, as of before they were put
  };

  /// Empty when there is nothing to claim. An error has released what it claimed.
  Result<Batch> claim_and_store();
  Result<> store(Batch& batch);
  Result<Sorted> sort(std::span<SpooledInstance> items);
  Result<> sort(SpooledInstance item, Sorted& sorted);
  Result<> read_suspect(SpooledInstance& item);
  /// Leaves those in `readable` that are in the store now. Returns the lives of their studies as of before.
  Result<catalog::Lives> store_all(Sorted& sorted);
  static void pass_over(const SpooledInstance& item);
  /// What the failure of one put means. Errors: an outage, which is nobody's fault.
  Result<> sort_unstored(SpooledInstance item, const Error& why, Sorted& sorted);
  /// Records what is stored and finishes it. An error has released all of it.
  Result<> conclude(Batch batch);
  Result<> record_and_bury(Batch& batch);
  Result<> record(std::span<const SpooledInstance> items, const catalog::Lives& lives, Sorted& sorted);
  /// What it means that the catalog refuses `item` alone. Errors: it refuses a known-good one as well.
  Result<> sort_refused(const SpooledInstance& item, const Error& why, Sorted& sorted);
  /// Errors: an outage. A dead letter that the catalog refuses waits with its item.
  Result<> bury(Sorted& sorted);
  Result<> finish(std::span<const SpooledInstance> batch, std::span<const Delayed> delayed);
  void count(std::span<const SpooledInstance> items, const catalog::Recording& recording);

  Parts parts_;
  const lane::Backoff backoff_;
  const lane::Backoff refused_backoff_;
  Refusals refusals_;
  lane::Aside aside_;
  Histogram& store_seconds_;
  Histogram& record_seconds_;
  Histogram& upload_seconds_;
  Counter& uploads_;
  Counter& failed_uploads_;
  Family<Counter>& recorded_;
  Family<Counter>& recorded_bytes_;
  std::function<void(std::size_t)> on_recorded_ = [](std::size_t) {};
};

}  // namespace dmw::ingest
