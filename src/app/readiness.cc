#include "app/readiness.h"

#include <algorithm>
#include <chrono>

#include "app/printing.h"
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
  const auto add = [&](const std::string& name, const std::string& reason, MicrosUtc since) {
    part.state = PartState::State::degraded;
    part.reason += (part.reason.empty() ? "" : "; ") + name + ": " + reason;
    part.since = std::min(part.since.value_or(since), since);
  };
  for (const auto& [name, worker, aside] : lanes) {
    if (!worker.well()) add(name, worker.reason, worker.since);
    if (aside) add(name, aside->reason, aside->since);
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
  if (const auto& again = observed.recovering) {
    part.reason += part.reason.empty() ? "" : "; ";
    part.reason +=
        format("{} of {} instances of the spool are read again", grouped(static_cast<std::int64_t>(again->done)),
               grouped(static_cast<std::int64_t>(again->all)));
  }
  for (const std::string& directory : observed.stranded) {
    if (part.state == PartState::State::ok) part.state = PartState::State::degraded;
    part.reason += (part.reason.empty() ? "" : "; ") + ("inbox_stranded: " + directory);
  }
  return part;
}

std::string reason_of(const events::Relay::State& relay) {
  std::string reason = relay.sink_away->reason;
  if (relay.lag == 1) reason += "; 1 event waits";
  if (relay.lag > 1) reason += format("; {} events wait", relay.lag);
  return reason;
}

/// Each topic says what is wrong with it; of a whole cluster that is away only the first does. Where the catalog is
/// away instead, that speaks for itself.
PartState of_broker(const std::vector<events::Relay::State>& relays) {
  PartState part{.name = "broker"};
  if (relays.empty()) {
    part.state = PartState::State::off;
    part.reason = "set KAFKA_BOOTSTRAP_SERVERS to publish";
    return part;
  }
  for (const events::Relay::State& relay : relays) {
    if (!relay.sink_away) continue;
    part.since = std::min(part.since.value_or(relay.sink_away->since), relay.sink_away->since);
    const bool is_told = part.state == PartState::State::degraded && !relay.sink_away->is_alone;
    part.state = PartState::State::degraded;
    if (!is_told) part.reason += (part.reason.empty() ? "" : ". ") + reason_of(relay);
  }
  if (part.state == PartState::State::degraded) return part;
  const auto kind = relays.front().kind;
  if (kind == events::Relay::State::Kind::starting) part.reason = "not asked yet";
  if (kind == events::Relay::State::Kind::standby) part.reason = "another replica publishes";
  return part;
}

/// What is still to come of the studies that it had before; empty once all of it is here.
std::string backfill_of(const sources::Comparison& comparison) {
  if (comparison.incomplete && !comparison.running)
    return "its list of studies ended early: every study is compared again";
  if (comparison.running) {
    std::string text = comparison.studies ? format("backfill: {} of {} studies compared", grouped(comparison.compared),
                                                   grouped(*comparison.studies))
                                          : format("backfill: {} studies compared", grouped(comparison.compared));
    if (comparison.waiting > 0) text += format(", {} waiting", grouped(comparison.waiting));
    return text;
  }
  return comparison.waiting > 0 ? format("backfill: all studies compared, {} waiting", grouped(comparison.waiting))
                                : "";
}

PartState of_orthanc(const std::optional<sources::OrthancState>& orthanc) {
  PartState part{.name = "orthanc"};
  if (!orthanc) {
    part.state = PartState::State::off;
    part.reason = "set ORTHANC_URL";
  } else if (orthanc->paused || orthanc->limited || orthanc->barren) {
    part.state = PartState::State::degraded;
    part.reason = orthanc->reason;
    part.since = orthanc->since;
  } else if (orthanc->comparison) {
    part.reason = backfill_of(*orthanc->comparison);
    if (orthanc->comparison->incomplete) part.state = PartState::State::degraded;
  }
  return part;
}

}  // namespace

std::vector<PartState> part_states(const Observed& observed) {
  return {of_watch("catalog", observed.catalog, observed.now),
          of_watch("store", observed.store, observed.now),
          of_lanes(observed.lanes, observed.refused),
          of_inbox(observed),
          of_broker(observed.relays),
          of_orthanc(observed.orthanc)};
}

PartGauges::PartGauges(Metrics& metrics)
    : states_(metrics.gauges("dicom_middleware_part_state",
                             "1 for the state that a part is in, as /ready tells it, 0 for its other states")) {}

void PartGauges::set(const std::vector<PartState>& parts) {
  using State = PartState::State;
  for (const PartState& part : parts) {
    for (const State state : {State::ok, State::degraded, State::down, State::off}) {
      states_.with({{"part", part.name}, {"state", std::string(api::name(state))}}).set(part.state == state ? 1 : 0);
    }
  }
}

}  // namespace dmw::app
