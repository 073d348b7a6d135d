// Shared: what every connection of a server shares. Internal to this room.
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

/// Any thread. The pools are pointers, because they end before the io threads do.
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
  Seats control_seats;  // of the Unix domain socket: whoever fills the others, does not keep its owner out
  std::shared_ptr<AnswerBudget> answers;
  std::atomic<bool> stopping = false;
  std::unique_ptr<WorkPool> pool;
  std::unique_ptr<WorkPool> prompt;
  std::unique_ptr<WorkPool> uploads;
  std::atomic<std::chrono::steady_clock::time_point> strangers_told{};  // when a refusal by the guard was logged
};

/// A client that brings less of a body, or takes less of an answer, in a body_timeout holds its seat for nothing.
inline constexpr std::size_t kProgressBytes = 64 << 10;

}  // namespace dmw::http
