// Turn: one request of a connection, with the facts that its answer needs. Internal to this room.
#pragma once

#include <chrono>
#include <memory>

#include "http/request.h"
#include "http/router.h"

namespace dmw::http {

/// Created by the reader; the connection keeps it until the request is answered.
struct Turn {
  std::shared_ptr<Request> request{};
  const Route* route = nullptr;  ///< null if the request is refused
  std::chrono::steady_clock::time_point began{};
  bool chunked = false;     ///< the client supports chunked bodies
  bool keep_alive = false;  ///< another request may follow on the connection; never set to true again
};

}  // namespace dmw::http
