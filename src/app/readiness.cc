#include "app/readiness.h"

#include <algorithm>
#include <chrono>

#include "base/format.h"

namespace dmw::app {
namespace {

using api::PartState;

/// A part that is asked and says nothing for so long hangs; its worker hears so only when its patience is over.
constexpr std::chrono::seconds silence_most{5};

PartState of_watch(const char* name, const lane::Worker::State& watch, MicrosUtc now) {
  PartState part{.name = name};
  if (!watch.well()) {
    part.state = PartState::State::degraded;
    part.reason = watch.reason;
    part.since = watch.since;
  } else if (watch.busy >= silence_most) {
    part.state = PartState::State::degraded;
    part.reason = "it does not answer";
    part.since = now - std::chrono::microseconds(watch.busy).count();
  }
  return part;
}

PartState of_lanes(const std::vector<Lane>& lanes, const std::string& refused) {
  PartState part{.name = "lanes"};
  for (const auto& [name, worker] : lanes) {
    if (worker.well()) continue;
    part.state = PartState::State::degraded;
    part.reason += (part.reason.empty() ? "" : "; ") + name + ": " + worker.reason;
    part.since = std::min(part.since.value_or(worker.since), worker.since);
  }
  if (refused.empty()) return part;
  part.state = PartState::State::degraded;
  part.reason += (part.reason.empty() ? "ingest: " : "; ingest: ") + refused;
  return part;
}

PartState of_inbox(const Observed& observed) {
  PartState part{.name = "inbox"};
  if (observed.intake) {
    part.state = PartState::State::down;
    part.reason = observed.intake->reason;
    part.since = observed.intake->since;
  } else if (observed.inbox_fill >= 0.5) {
    part.state = PartState::State::degraded;
    part.reason = format("{:.0f} % full: nothing more is fetched until it empties", observed.inbox_fill * 100);
  }
  for (const std::string& directory : observed.stranded) {
    if (part.state == PartState::State::ok) part.state = PartState::State::degraded;
    part.reason += (part.reason.empty() ? "" : "; ") + ("inbox_stranded: " + directory);
  }
  return part;
}

PartState of_broker(const std::optional<events::Relay::State>& relay) {
  PartState part{.name = "broker"};
  if (!relay) {
    part.state = PartState::State::off;
    part.reason = "set KAFKA_BOOTSTRAP_SERVERS to publish";
    return part;
  }
  switch (relay->kind) {
    case events::Relay::State::Kind::starting:
      part.reason = "not asked yet";
      break;
    case events::Relay::State::Kind::standby:
      part.reason = "another replica publishes";
      break;
    case events::Relay::State::Kind::running:
      break;
    case events::Relay::State::Kind::paused:
      // Else it is the catalog that is away, and that speaks for itself.
      if (!relay->sink_away) break;
      part.state = PartState::State::degraded;
      part.since = relay->sink_away->since;
      part.reason = relay->sink_away->reason;
      if (relay->lag == 1) part.reason += "; 1 event waits";
      if (relay->lag > 1) part.reason += format("; {} events wait", relay->lag);
      break;
  }
  return part;
}

PartState of_orthanc(const std::optional<sources::OrthancState>& orthanc) {
  PartState part{.name = "orthanc"};
  if (!orthanc) {
    part.state = PartState::State::off;
    part.reason = "set ORTHANC_URL";
  } else if (orthanc->paused || orthanc->limited) {
    part.state = PartState::State::degraded;
    part.reason = orthanc->reason;
    part.since = orthanc->since;
  }
  return part;
}

}  // namespace

std::vector<PartState> part_states(const Observed& observed) {
  return {of_watch("catalog", observed.catalog, observed.now),
          of_watch("store", observed.store, observed.now),
          of_lanes(observed.lanes, observed.refused),
          of_inbox(observed),
          of_broker(observed.relay),
          of_orthanc(observed.orthanc)};
}

}  // namespace dmw::app
