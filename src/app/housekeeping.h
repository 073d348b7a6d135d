// Housekeeping: what has to be looked at now and then. Old events and requests go, the inbox's heartbeat is written,
// gauges are brought up to date.
#pragma once

#include <atomic>
#include <chrono>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/metrics.h"
#include "base/result.h"
#include "catalog/requests.h"
#include "inbox/inbox.h"

namespace dmw::app {

class Housekeeping {
 public:
  /// `sink` is empty where there is none.
  Housekeeping(db::Database& database, inbox::Inbox& inbox, const Clock& clock, Metrics& metrics,
               std::chrono::days event_retention, std::string sink);

  /// True when there is more to forget.
  Result<bool> pass();
  /// Something was kept in the inbox. True when the last heartbeat told of an empty one, so that another is due now: a
  /// replica may die before its next. Any thread.
  bool on_kept();
  /// The last heartbeat, after a clean end: what is told then is all there is.
  Result<> farewell();
  /// Asks the catalog for what it alone knows of the gauges.
  Result<> look_at_catalog();
  /// Sets the gauges from what is known; ages go on while the catalog is away. Any thread; asks no peer.
  void refresh_metrics();
  /// Directories of inboxes that are silent with items in them, as of the last pass.
  std::vector<std::string> stranded() const;

 private:
  /// As of the last look.
  struct Figures {
    catalog::RequestDepth requests;
    std::optional<std::int64_t> sink_lag;
  };

  Result<> beat(std::int64_t items_min);

  db::Database& database_;
  inbox::Inbox& inbox_;
  const Clock& clock_;
  Metrics& metrics_;
  const std::chrono::days event_retention_;
  const std::string sink_;
  const std::string host_;
  std::atomic<bool> kept_since_ = false;  // the last heartbeat
  std::atomic<bool> told_empty_ = true;
  mutable std::mutex mutex_;  // guards what follows
  std::vector<std::string> stranded_;
  std::optional<Figures> figures_;
};

}  // namespace dmw::app
