// What tests wait with: a condition and a deadline.
#pragma once

#include <chrono>
#include <thread>

namespace dmw {

/// Waits until `holds`; false when it does not in time.
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
