#include "app/doors.h"

#include <optional>

#include "app/mapping.h"
#include "sources/dimse/dimse_door.h"
#include "sources/stow/stow_door.h"

namespace dmw::app {

struct Doors::State {
  explicit State(const Surroundings& given)
      : rooms(given), stow({rooms.inbox, rooms.read, rooms.metrics, rooms.clock}) {
    if (rooms.settings.dimse.port == 0) return;
    dimse.emplace(dimse_name, dimse_options(rooms.settings),
                  sources::DimseDoor::Surroundings{rooms.catalog, rooms.inbox, rooms.read, rooms.metrics, rooms.clock});
  }

  Surroundings rooms;
  std::optional<sources::DimseDoor> dimse;
  sources::StowDoor stow;
};

namespace {

api::PartState state_of(const std::optional<sources::DimseDoor>& dimse) {
  api::PartState part{.name = dimse_name};
  if (!dimse) {
    part.state = api::PartState::State::off;
    part.reason = "DIMSE_PORT is 0";
  } else if (const Result<> admitted = dimse->admit(); !admitted) {
    part.state = api::PartState::State::degraded;
    part.reason = admitted.error().what;
  }
  return part;
}

api::PartState state_of(const sources::StowDoor& stow) {
  api::PartState part{.name = "stow"};
  if (const Result<> admitted = stow.admit(); !admitted) {
    part.state = api::PartState::State::degraded;
    part.reason = admitted.error().what;
  }
  return part;
}

}  // namespace

Doors::Doors(const Surroundings& rooms) : state_(std::make_unique<State>(rooms)) {}
Doors::~Doors() = default;

std::vector<http::Route> Doors::routes() {
  return state_->stow.routes();
}

Result<> Doors::start() {
  if (state_->dimse) TRY(state_->dimse->start());
  return {};
}

void Doors::stop(std::chrono::milliseconds patience) {
  if (state_->dimse) state_->dimse->stop(patience);
}

std::vector<api::PartState> Doors::states() const {
  return {state_of(state_->dimse), state_of(state_->stow)};
}

}  // namespace dmw::app
