// The objects that all associations of a listener share.
#pragma once

#include <map>
#include <mutex>
#include <string>

#include "base/clock.h"
#include "base/metrics.h"
#include "dimse/association_log.h"
#include "dimse/caller_gate.h"
#include "dimse/options.h"
#include "dimse/seats.h"
#include "dimse/services.h"

namespace dmw::dimse {

/// The metrics of associations. Any thread.
class AssociationMetrics {
 public:
  explicit AssociationMetrics(Metrics& metrics);

  void opened() { open_.add(1); }
  void closed() { open_.add(-1); }
  /// `outcome` and `reason` are fixed words, never text of a peer.
  void ended(const std::string& outcome);
  void refused(const std::string& reason);
  /// Sets the time of the last accepted association; for the first 100 callers only.
  void seen(const std::string& calling_ae, MicrosUtc at);

 private:
  Gauge& open_;
  Family<Counter>& ended_;
  Family<Counter>& refused_;
  Family<Gauge>& last_seen_at_;
  std::mutex mutex_;  // guards last_seen_
  std::map<std::string, Gauge*> last_seen_;
};

struct Floor {
  const Options& options;
  const std::string& source;  // the name of the listener for people
  Services services;
  AssociationLog& log;
  const Clock& clock;
  CallerGate gate;
  Seats associations;
  AssociationMetrics metrics;
};

}  // namespace dmw::dimse
