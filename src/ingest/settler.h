// The settler: decides that a study is complete for now, and writes its next revision and event.
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

/// One thread; one leader among all replicas.
class Settler {
 public:
  struct Options {
    std::string holder;      // who leads, in the lease
    CatalogId catalog_id{};  // in the mark that it leaves in the store
    SettleRules rules{};
    std::chrono::seconds lease{15};
  };

  Settler(Options options, db::Database& database, store::ObjectStore& store, const events::Bodies& bodies,
          const Clock& clock, Metrics& metrics);

  /// Publishes every study that is due; true when there may be more at once. Nothing while another replica leads, or
  /// from the moment at which one took over because this one hung for longer than its lease. A study that alone cannot
  /// be read, written or published rests for a back-off, and the others go on; so many that are refused end a pass.
  /// What the catalog refuses to a known-good revision too is an outage.
  Result<bool> pass();
  /// From the next pass on, for studies that are dirty already too. Any thread.
  void change_rules(SettleRules rules);
  /// Whether a study may be due at once when something of it is recorded; else a pass now and then finds all of them,
  /// and what its source closes. Any thread.
  bool is_prompt() const;
  /// How often to look: often enough that nobody waits much longer than the quiet time. Each look reads all that is
  /// dirty.
  std::chrono::milliseconds pace() const;
  /// The studies that rest. Any thread.
  const lane::Aside& aside() const { return aside_; }
  /// Gives up the lead.
  Result<> resign();

  /// Called after a transaction with events. Set once, before the first pass.
  void on_published(std::function<void()> nudge) { on_published_ = std::move(nudge); }

 private:
  /// What is remembered of a dirty study: how long it has been as it is, by monotonic time, so that neither a restart
  /// nor a clock that jumps settles it early.
  struct Watch {
    std::int64_t activity = 0;
    Monotonic changed_at;
    Monotonic seen_at;
  };

  /// A study that alone cannot be done.
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
  std::size_t refused_ = 0;        // by the catalog, one by one, in this pass
  std::set<std::int64_t> untold_;  // erasures, as of the last look
  std::function<void()> on_published_ = [] {};
};

}  // namespace dmw::ingest
