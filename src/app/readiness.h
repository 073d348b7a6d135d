// What /ready says: each part of the program in one word and one sentence.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "api/parts.h"
#include "app/intake_watch.h"
#include "base/metrics.h"
#include "events/relay.h"
#include "inbox/inbox.h"
#include "lane/aside.h"
#include "lane/worker.h"
#include "sources/orthanc/orthanc_source.h"

namespace dmw::app {

struct Lane {
  std::string name;
  lane::Worker::State state;
  std::optional<lane::Aside::State> aside{};  // what waits because of something of its own, while the others go on
};

struct Observed {
  // Of the workers that do nothing but ask the catalog and the store.
  lane::Worker::State catalog{};
  lane::Worker::State store{};
  std::vector<Lane> lanes{};
  double inbox_fill = 0;
  std::optional<IntakeWatch::Refusal> intake{};   // nothing can be taken in
  std::optional<inbox::Recovering> recovering{};  // instances of the spool that are read again
  std::vector<events::Relay::State> relays{};     // the first one of the studies; empty: nothing is published
  std::optional<sources::OrthancState> orthanc{};
  std::string refused{};                // why instances wait that the catalog refuses one by one; or empty
  std::vector<std::string> stranded{};  // inboxes that are silent with items in them, or with an unknown number
  MicrosUtc now = 0;
};

/// Catalog and store each say what is wrong with themselves, the lanes what keeps work from being done. Only an inbox
/// that takes nothing in, whatever the cause, takes the program out of service: whatever else is away, what is
/// acknowledged stays safe.
std::vector<api::PartState> part_states(const Observed& observed);

/// The same as a gauge for each part and state, of which one is 1.
class PartGauges {
 public:
  explicit PartGauges(Metrics& metrics);
  /// Any thread.
  void set(const std::vector<api::PartState>& parts);

 private:
  Family<Gauge>& states_;
};

}  // namespace dmw::app
