// The ingestor: turns spooled instances into objects and versions. A batch has instances of any sessions.
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

/// One thread calls pass().
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

  /// Processes batches of at most 256 instances and 256 MiB, until the inbox is empty or some seconds have passed;
  /// returns true if there may be more. While a large batch is recorded, the next one is stored; batches are recorded
  /// in the order of the inbox. An item that fails alone is postponed with a back-off. In an outage the error is
  /// transient, and all items that are not recorded go back to the inbox unchanged. A refusal by the database counts as
  /// an outage if it also refuses a known-good instance.
  Result<bool> pass();

  /// Checks that the catalog accepts instances.
  Result<> probe() { return parts_.recorder.rehearse(); }
  /// Why instances wait that the catalog refuses; nullopt if there are none. Any thread.
  std::optional<std::string> refusal() const { return refusals_.words(); }
  /// The places that refuse items for now, such as a folder of the store. Any thread.
  const lane::Aside& aside() const { return aside_; }

  /// Sets the function that is called with the number of studies that have changed, by the thread of pass() or another
  /// one. Call this once, before the first pass.
  void on_recorded(std::function<void(std::size_t studies)> nudge) { on_recorded_ = std::move(nudge); }

 private:
  /// An item with a fault of its own that may pass: an unreadable disk block, an obstacle at the path of its object, a
  /// rule of the database.
  struct Delayed {
    SpooledInstance item;
    Error why;
  };
  /// Each item of a batch ends up in one of the first three lists, or all items go back to the inbox.
  struct Sorted {
    std::vector<SpooledInstance> readable;
    std::vector<Poison> poison;
    std::vector<Delayed> delayed;
  };
  /// A batch between claim and record. `items` are the claimed ones, to finish or release them; their headers were
  /// moved to `sorted`.
  struct Batch {
    std::vector<SpooledInstance> items;
    Sorted sorted;
    catalog::Lives lives;  ///< of their studies, as they were before the put
  };

  /// Claims and stores a batch; empty if there is nothing to claim. After an error the claimed items are released.
  Result<Batch> claim_and_store();
  Result<> store(Batch& batch);
  Result<Sorted> sort(std::span<SpooledInstance> items);
  Result<> sort(SpooledInstance item, Sorted& sorted);
  Result<> read_suspect(SpooledInstance& item);
  /// Stores the items; only the stored ones stay in `readable`. Returns the state of their studies before the put.
  Result<catalog::Lives> store_all(Sorted& sorted);
  static void pass_over(const SpooledInstance& item);
  /// Decides about an item whose put has failed. Errors: an outage.
  Result<> sort_unstored(SpooledInstance item, const Error& why, Sorted& sorted);
  /// Records the stored items and finishes them. After an error all items are released.
  Result<> conclude(Batch batch);
  Result<> record_and_bury(Batch& batch);
  Result<> record(std::span<const SpooledInstance> items, const catalog::Lives& lives, Sorted& sorted);
  /// Decides about an item that the catalog refuses alone. Errors: the catalog also refuses a known-good one, so it is
  /// an outage.
  Result<> sort_refused(const SpooledInstance& item, const Error& why, Sorted& sorted);
  /// Makes dead letters of `poison`. A dead letter that the catalog refuses waits with its item. Errors: an outage.
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
