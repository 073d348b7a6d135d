// Turn: one request of a connection and what its answer has to know of it. Internal to this room.
#pragma once

#include <chrono>
#include <memory>

#include "http/request.h"
#include "http/router.h"

namespace dmw::http {

/// The reader makes it, the connection has it until it is answered.
struct Turn {
  std::shared_ptr<Request> request{};
  const Route* route = nullptr;  ///< of a request that is not refused
  std::chrono::steady_clock::time_point began{};
  bool chunked = false;     ///< its client knows chunks
  bool keep_alive = false;  ///< another request may follow on the connection; once false it stays so
};

}  // namespace dmw::http
