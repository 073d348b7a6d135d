#include "app/lanes.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace dmw::app {

lane::Worker& Lanes::add(lane::Worker::Options options, const lane::Aside& aside,
                         std::function<std::string()> refused) {
  return members_.emplace_back(std::move(options), clock_, aside, std::move(refused)).worker;
}

Result<> Lanes::start() {
  for (Member& member : members_) member.worker.start();
  return {};
}

void Lanes::stop(std::chrono::milliseconds /*patience*/) {
  for (Member& member : members_) member.worker.stop();
}

PartState Lanes::state_with(bool items_aside) const {
  PartState lanes = ok();
  const auto add = [&](const std::string& lane, const std::string& reason, std::optional<MicrosUtc> since) {
    lanes.state = PartState::State::degraded;
    lanes.add_cause(lane + ": " + reason);
    if (since) lanes.since = std::min(lanes.since.value_or(*since), *since);
  };
  for (const Member& member : members_) {
    if (const lane::Worker::State worker = member.worker.state(); !worker.well())
      add(member.name, worker.reason, worker.since);
    if (const auto aside = items_aside ? member.aside.state() : std::nullopt)
      add(member.name, aside->reason, aside->since);
  }
  for (const Member& member : members_) {
    if (const std::string refused = member.refused ? member.refused() : ""; !refused.empty())
      add(member.name, refused, {});
  }
  return lanes;
}

}  // namespace dmw::app
