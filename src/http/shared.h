// Shared: the objects that all connections of a server share. Internal to this room.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <utility>

#include "http/answer_budget.h"
#include "http/router.h"
#include "http/seats.h"
#include "http/server.h"
#include "http/work_pool.h"

namespace dmw::http {

/// Any thread. The pools are pointers, because they end before the I/O threads.
struct Shared {
  /// Without its pools.
  Shared(const ServerOptions& given, Router routes)
      : options(given),
        router(std::move(routes)),
        seats(given.connections_max, given.connections_of_one_max),
        control_seats(given.control_connections_max, given.control_connections_max),
        answers(std::make_shared<AnswerBudget>(given.answers_limit_bytes, given.answers_patience)) {}

  ServerOptions options;
  Router router;
  Seats seats;
  Seats control_seats;  // of the Unix domain socket, which stays usable when all other seats are taken
  std::shared_ptr<AnswerBudget> answers;
  std::atomic<bool> stopping = false;
  std::unique_ptr<WorkPool> pool;
  std::unique_ptr<WorkPool> prompt;
  std::unique_ptr<WorkPool> uploads;
  std::atomic<std::chrono::steady_clock::time_point>
      strangers_told{};  // time of the last log line about a refusal by the guard
};

/// A connection is closed if the client sends less than this of a body, or reads less of an answer, within a
/// body_timeout.
inline constexpr std::size_t kProgressBytes = 64 << 10;

}  // namespace dmw::http
