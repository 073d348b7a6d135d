// ResultPlaces: how many results of instances all uploads together may hold until they are answered, so that many large
// ones at once do not take the memory of the program.
#pragma once

#include <atomic>
#include <cstddef>

namespace dmw::sources {

/// Any thread.
class ResultPlaces {
 public:
  explicit ResultPlaces(std::size_t most) : free_(static_cast<std::ptrdiff_t>(most)) {}

  /// One more; false when there is none.
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
