#include "app/doors.h"

namespace dmw::app {

struct Doors::State {
  explicit State(const Surroundings& given) : rooms(given) {}

  Surroundings rooms;
};

Doors::Doors(const Surroundings& rooms) : state_(std::make_unique<State>(rooms)) {}
Doors::~Doors() = default;

std::vector<http::Route> Doors::routes() {
  return {};
}

Result<> Doors::start() {
  return {};
}

void Doors::stop(std::chrono::milliseconds) {}

std::vector<api::PartState> Doors::states() const {
  return {};
}

}  // namespace dmw::app
