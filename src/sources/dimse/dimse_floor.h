// What all associations of the C-STORE door share.
#pragma once

#include <map>
#include <mutex>
#include <string>

#include "base/clock.h"
#include "base/metrics.h"
#include "dicom/ul/negotiation.h"
#include "sources/dimse/association_log.h"
#include "sources/dimse/caller_gate.h"
#include "sources/dimse/options.h"
#include "sources/dimse/seats.h"
#include "sources/door.h"

namespace dmw::sources {

/// The metrics of associations. Any thread.
class DimseMetrics {
 public:
  explicit DimseMetrics(Metrics& metrics);

  void opened() { open_.add(1); }
  void closed() { open_.add(-1); }
  /// `outcome` and `reason` are words of ours.
  void ended(const std::string& outcome);
  void refused(const std::string& reason);
  /// Of callers that were let in, the first 100.
  void seen(const std::string& calling_ae, MicrosUtc at);

 private:
  Gauge& open_;
  Family<Counter>& ended_;
  Family<Counter>& refused_;
  Family<Gauge>& last_seen_at_;
  std::mutex mutex_;  // guards last_seen_
  std::map<std::string, Gauge*> last_seen_;
};

struct DimseFloor {
  const DimseOptions& options;
  ul::Policy policy;
  Door& door;
  AssociationLog& log;
  const Clock& clock;
  CallerGate gate;
  Seats associations;
  DimseMetrics metrics;
};

}  // namespace dmw::sources
