// Housekeeping: what has to be looked at now and then. Old events and requests go, the inbox's heartbeat is written,
// gauges are brought up to date.
#pragma once

#include <chrono>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/metrics.h"
#include "base/result.h"
#include "catalog/clock_trust.h"
#include "catalog/event_log.h"
#include "catalog/old_rows.h"
#include "catalog/requests.h"
#include "catalog/sinks.h"
#include "inbox/gauges.h"
#include "lane/steps.h"
#include "model/dead_letter.h"

namespace dmw::app {

class Housekeeping {
 public:
  /// What this program has in its settings.
  struct Named {
    std::vector<catalog::SinkTerms> sinks;
    std::vector<std::string> askable_sources;
  };
  Housekeeping(db::Database& database, inbox::Gauges& inbox, const Clock& clock, catalog::ClockTrust& trust,
               Metrics& metrics, std::chrono::days event_retention, Named named);

  /// True when there is more to forget. Nothing is forgotten while the clock is not believed. A step that fails by
  /// something of its own is put aside, and the others go on. Errors: the database is away or full.
  Result<bool> pass();
  const lane::Aside& aside() const { return steps_.aside(); }
  /// The last heartbeat, after a clean end: what is told then is all there is. Before it nobody knows what a replica
  /// that falls silent has: it takes instances in while the catalog is away, too.
  Result<> farewell();
  /// Asks the catalog for what it alone knows of the gauges. A question that it cannot answer keeps no other. Errors:
  /// those of the database; where it is away nothing more is asked.
  Result<> look_at_catalog();
  /// Sets the gauges from what is known; ages go on while the catalog is away. Any thread; asks no peer.
  void refresh_metrics();
  /// Directories of inboxes that are silent with items in them, as of the last pass.
  std::vector<std::string> stranded() const;

 private:
  /// Each as of the last look that it answered; nothing before.
  struct Figures {
    std::optional<catalog::RequestDepth> requests;
    std::vector<std::optional<catalog::Backlog>> backlogs;  // of sinks_, in their order
    std::optional<std::map<Stage, std::int64_t>> open_letters;
  };
  struct Gauges {
    explicit Gauges(Metrics& metrics);
    void set_lane(const std::string& lane, std::int64_t items, std::optional<double> oldest_seconds) const;

    Family<Gauge>& lane_depth;
    Family<Gauge>& lane_oldest;
    Gauge& inbox_fill;
    Family<Gauge>& sink_lag;
    Family<Gauge>& sink_lag_seconds;
    Family<Gauge>& open_letters;
  };

  Result<> beat(bool is_final);
  Result<catalog::Backlog> backlog_of(const catalog::SinkTerms& sink);
  std::optional<double> seconds_since(std::optional<MicrosUtc> time) const;
  Result<> look_for_stranded();
  /// These return as pass().
  Result<bool> forget(MicrosUtc now);
  Result<bool> forget(const std::string& words, const catalog::OldRows& old, catalog::Forgetting& forgetting);
  Result<> retire_sinks();
  Result<> drop_idle_sinks(MicrosUtc now);
  Result<> look_for_unserved();

  db::Database& database_;
  inbox::Gauges& inbox_;
  const Clock& clock_;
  catalog::ClockTrust& trust_;
  const std::chrono::days event_retention_;
  const std::vector<catalog::SinkTerms> sinks_;
  const std::vector<std::string> askable_sources_;
  std::set<std::string> unserved_;  // that the log has told of
  const std::string host_;
  lane::Steps steps_;
  catalog::Forgetting requests_;
  catalog::Forgetting associations_;
  catalog::Forgetting surplus_;
  catalog::Forgetting strangers_;
  const Gauges gauges_;
  mutable std::mutex mutex_;  // guards what follows
  std::vector<std::string> stranded_;
  Figures figures_;
};

/// In the log.
void tell_retired(const std::vector<std::string>& sinks);

}  // namespace dmw::app
