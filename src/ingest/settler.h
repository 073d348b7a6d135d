// Settler: decides when a study is complete, and writes its next revision and event.
#pragma once

#include <chrono>
#include <functional>
#include <mutex>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "base/metrics.h"
#include "base/result.h"
#include "catalog/settling.h"
#include "events/bodies.h"
#include "ingest/settle_rules.h"
#include "ingest/settler_mark.h"
#include "lane/aside.h"
#include "model/catalog_id.h"
#include "store/object_store.h"

namespace dmw::ingest {

/// One thread. Among all replicas one settler leads.
class Settler {
 public:
  struct Options {
    std::string holder;      // its name in the lease
    CatalogId catalog_id{};  // the catalog id in the mark in the store
    SettleRules rules{};
    std::chrono::seconds lease{15};
  };

  Settler(Options options, db::Database& database, store::ObjectStore& store, const events::Bodies& bodies,
          const Clock& clock, Metrics& metrics);

  /// Writes the revision of every study that is due; returns true if there may be more at once. Does nothing while
  /// another replica leads, also if that one took over because this process hung for longer than its lease. A study
  /// that fails alone is delayed by a back-off, and the others continue; several such failures end the pass. If the
  /// catalog also refuses a known-good revision, it is an outage.
  Result<bool> pass();
  /// Replaces the rules. They apply from the next pass on, also to studies that have changed before. Any thread.
  void change_rules(SettleRules rules);
  /// Whether a study may be due as soon as it is recorded, because a quiet time is short. Otherwise periodic passes are
  /// enough. Any thread.
  bool is_prompt() const;
  /// The interval between passes: short enough that no study waits much longer than its quiet time. Each pass reads all
  /// changed studies.
  std::chrono::milliseconds pace() const;
  /// The delayed studies. Any thread.
  const lane::Aside& aside() const { return aside_; }
  /// Gives up the lead.
  Result<> resign();

  /// Sets the function that is called after a transaction with events. Call this once, before the first pass.
  void on_published(std::function<void()> nudge) { on_published_ = std::move(nudge); }

 private:
  /// The memory about a changed study: since when it is unchanged, in monotonic time. So neither a restart nor a clock
  /// change completes it too early.
  struct Watch {
    std::int64_t activity = 0;
    Monotonic changed_at;
    Monotonic seen_at;
  };

  /// A study that fails for a reason of its own.
  struct Failed {
    std::int64_t study_id = 0;
    std::string uid;
    Error why;
  };

  Result<bool> settle();
  Result<bool> lead();
  std::vector<catalog::Dirty> due(const std::vector<catalog::Dirty>& dirty);
  /// True when there may be more.
  Result<bool> tell_erasures();
  Result<> publish_all(std::span<const catalog::Dirty> due);
  Result<> publish_due(std::span<const catalog::Dirty> studies);
  Result<> publish(std::vector<StudyRevision> revisions);
  void remove_unnamed(std::span<const store::Document> manifests);
  void on_settled(std::span<const StudyRevision> revisions, std::span<const std::int64_t> published);
  Result<std::vector<StudyRevision>> read_each(std::span<const std::int64_t> ids, std::vector<Failed>& failed);
  Result<> leave_unwritten(std::span<const Result<>> written, std::vector<catalog::Settled>& settled);
  Result<std::vector<std::int64_t>> publish_each(std::span<const catalog::Settled> settled,
                                                 std::vector<Failed>& failed);
  Result<> put_aside(const std::vector<Failed>& failed);
  bool is_resting(std::int64_t study_id) const;
  void forget_others(const std::vector<catalog::Dirty>& dirty);
  void tell(const StudyRevision& revision) const;
  std::string story_of(const StudyRevision& revision) const;

  const Options options_;
  mutable std::mutex rules_mutex_;
  SettleRules rules_;
  db::Database& database_;
  store::ObjectStore& store_;
  const events::Bodies& bodies_;
  const Clock& clock_;
  SettlerMark mark_;
  Counter& published_;
  Histogram& settle_seconds_;
  Histogram& since_first_byte_;
  std::optional<std::int64_t> epoch_;
  Monotonic led_at_;
  std::unordered_map<std::int64_t, Watch> watches_;
  lane::Aside aside_;              // by study id
  std::size_t refused_ = 0;        // number of studies that the catalog has refused in this pass
  std::set<std::int64_t> untold_;  // erasures without an event, as of the last query
  std::function<void()> on_published_ = [] {};
};

}  // namespace dmw::ingest
