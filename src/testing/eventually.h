// Waiting in tests: for a condition, with a deadline.
#pragma once

#include <chrono>
#include <thread>

namespace dmw {

/// Waits until `holds` returns true; false if it does not in time.
template <typename Condition>
[[nodiscard]] bool eventually(Condition holds, std::chrono::milliseconds patience = std::chrono::seconds(30)) {
  const auto end = std::chrono::steady_clock::now() + patience;
  while (!holds()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return true;
}

}  // namespace dmw
