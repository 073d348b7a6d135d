#include "model/session.h"

#include <random>

namespace dmw {

SessionId new_session_id() {
  static thread_local std::mt19937_64 generator{std::random_device{}()};
  return SessionId(static_cast<std::int64_t>(generator() >> 1U));
}

}  // namespace dmw
