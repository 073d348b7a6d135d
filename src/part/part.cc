#include "part/part.h"

namespace dmw {

std::string_view name(PartState::State state) {
  switch (state) {
    case PartState::State::ok:
      return "ok";
    case PartState::State::degraded:
      return "degraded";
    case PartState::State::down:
      return "down";
    case PartState::State::off:
      return "off";
  }
  return "down";
}

void PartState::add_cause(const std::string& cause) {
  if (causes.empty() && !reason.empty()) causes.push_back(reason);
  causes.push_back(cause);
  reason += (reason.empty() ? "" : "; ") + cause;
}

}  // namespace dmw
