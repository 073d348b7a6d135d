// What the tests of this room wait with: a condition and a deadline.
#pragma once

#include <chrono>
#include <future>
#include <thread>

#include "base/clock.h"

namespace dmw::sources {

/// Waits until `holds`, at most 30 s.
template <typename Condition>
bool eventually(Condition holds) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (!holds()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return true;
}

/// Lets half a minute pass again and again until there is an answer: whoever waits may begin to only now.
template <typename Answer>
bool passes_until_ready(ManualClock& clock, const std::future<Answer>& answer) {
  return eventually([&] {
    clock.advance(std::chrono::seconds(31));
    return answer.wait_for(std::chrono::milliseconds(5)) == std::future_status::ready;
  });
}

}  // namespace dmw::sources
