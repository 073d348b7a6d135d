// What the tests of this room wait with: a condition and a deadline.
#pragma once

#include <chrono>
#include <thread>

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

}  // namespace dmw::sources
