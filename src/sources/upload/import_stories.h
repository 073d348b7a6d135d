// ImportStories: logs one line for each import with its numbers. The command does not report its end, so an import is
// over when no further file arrives for some time.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <map>
#include <mutex>
#include <string>

#include "base/clock.h"
#include "base/uuid.h"
#include "sources/upload/outcome_desk.h"

namespace dmw::sources {

/// Any thread.
class ImportStories {
 public:
  /// `clock` outlives it.
  explicit ImportStories(const Clock& clock) : clock_(clock) {}

  /// Adds the outcome of one file of an import.
  void add(const Uuid& import, const std::string& peer, Outcome outcome);
  /// Logs each import without a file for this time.
  void tell(std::chrono::milliseconds quiet);

 private:
  struct Story {
    std::string peer{};
    Monotonic began{};
    Monotonic last{};
    std::array<std::size_t, 4> files{};  // by Outcome
  };

  const Clock& clock_;
  std::mutex mutex_;  // guards stories_
  std::map<Uuid, Story> stories_;
};

}  // namespace dmw::sources
