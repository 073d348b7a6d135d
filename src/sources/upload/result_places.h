// ResultPlaces: limits the results of all running uploads together, so that many large uploads do not exhaust the
// memory.
#pragma once

#include <atomic>
#include <cstddef>

namespace dmw::sources {

/// Any thread.
class ResultPlaces {
 public:
  explicit ResultPlaces(std::size_t most) : free_(static_cast<std::ptrdiff_t>(most)) {}

  /// Takes one place; false if there is none.
  bool take() {
    if (--free_ >= 0) return true;
    ++free_;
    return false;
  }
  void give_back(std::size_t count) { free_ += static_cast<std::ptrdiff_t>(count); }

 private:
  std::atomic<std::ptrdiff_t> free_;
};

}  // namespace dmw::sources
