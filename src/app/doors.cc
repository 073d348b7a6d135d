#include "app/doors.h"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <optional>

#include "app/mapping.h"
#include "base/format.h"
#include "sources/dimse/dimse_door.h"
#include "sources/folder/import_desk.h"
#include "sources/folder/outcome_desk.h"
#include "sources/folder/watched_folder.h"
#include "sources/stow/stow_door.h"

namespace dmw::app {
namespace {

constexpr std::chrono::seconds outcome_patience{30};

}  // namespace

struct Doors::State {
  explicit State(const Surroundings& given)
      : rooms(given),
        folder_door("folder", rooms.inbox, rooms.read, rooms.metrics),
        import_door("import", rooms.inbox, rooms.read, rooms.metrics),
        imports(import_door, rooms.catalog, rooms.clock, rooms.settings.http.uploads),
        outcomes(rooms.catalog, rooms.clock, outcome_patience),
        stow({.inbox = rooms.inbox,
              .read = rooms.read,
              .metrics = rooms.metrics,
              .clock = rooms.clock,
              .outcomes = &outcomes}) {
    if (rooms.settings.dimse.port == 0) return;
    dimse.emplace(dimse_name, dimse_options(rooms.settings),
                  sources::DimseDoor::Surroundings{rooms.catalog, rooms.inbox, rooms.read, rooms.metrics, rooms.clock});
  }

  Surroundings rooms;
  std::optional<sources::DimseDoor> dimse;
  sources::Door folder_door;
  std::unique_ptr<sources::WatchedFolder> folder;
  sources::Door import_door;
  sources::ImportDesk imports;
  sources::OutcomeDesk outcomes;
  sources::StowDoor stow;

  Result<> open_folder();
};

Result<> Doors::State::open_folder() {
  const config::Settings& settings = rooms.settings;
  if (!settings.watch.path) return {};
  sources::WatchOptions options{.root = *settings.watch.path,
                                .keep = settings.watch.keep,
                                .interval = settings.watch.interval,
                                .stable = settings.watch.stable,
                                .journal = settings.inbox.path / "watch.taken",
                                .mount_note = settings.inbox.path / "watch.mount",
                                .ours = {settings.storage.path, settings.inbox.path}};
  folder = TRY(sources::WatchedFolder::open(std::move(options), folder_door, rooms.inbox, rooms.clock));
  return {};
}

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

api::PartState state_of(std::string name, const Result<>& admitted) {
  api::PartState part{.name = std::move(name)};
  if (!admitted) {
    part.state = api::PartState::State::degraded;
    part.reason = admitted.error().what;
  }
  return part;
}

api::PartState state_of(const sources::WatchedFolder* folder, const Result<>& admitted) {
  api::PartState part{.name = "folder"};
  if (folder == nullptr) {
    part.state = api::PartState::State::off;
    part.reason = "WATCH_PATH is not set";
    return part;
  }
  const sources::FolderState state = folder->state();
  if (state.paused || state.refused > 0 || !state.has_room) part.state = api::PartState::State::degraded;
  if (state.paused) {
    part.reason = state.reason;
    part.since = state.since;
  } else if (!state.has_room) {
    part.reason =
        admitted ? "the inbox is half full; the folder is read again when there is room" : admitted.error().what;
  } else if (state.refused > 0) {
    part.reason = format("{} files or folders cannot be read or moved, or do not fit; they are tried again{}{}",
                         state.refused, state.why_refused.empty() ? "" : ": ", state.why_refused);
  }
  return part;
}

}  // namespace

Doors::Doors(const Surroundings& rooms) : state_(std::make_unique<State>(rooms)) {}
Doors::~Doors() = default;

std::vector<http::Route> Doors::routes() {
  std::vector<http::Route> routes = state_->imports.routes();
  std::ranges::move(state_->stow.routes(), std::back_inserter(routes));
  return routes;
}

Result<> Doors::start() {
  TRY(state_->open_folder());
  if (state_->dimse) TRY(state_->dimse->start());
  if (state_->folder) state_->folder->start();
  return {};
}

void Doors::stop(std::chrono::milliseconds patience) {
  state_->stow.begin_stop(patience);
  if (state_->folder) state_->folder->begin_stop();
  if (state_->dimse) state_->dimse->stop(patience);
  if (state_->folder) state_->folder->stop();
}

void Doors::change_callers(const config::Callers& callers) {
  if (state_->dimse) state_->dimse->change_callers(callers);
}

std::vector<api::PartState> Doors::states() const {
  return {state_of(state_->dimse), state_of("stow", state_->stow.admit()),
          state_of(state_->folder.get(), state_->folder_door.admit()), state_of("import", state_->import_door.admit())};
}

}  // namespace dmw::app
