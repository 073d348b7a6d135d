// ImportStories: one line of the log for each import: what came, and what became of it. A command that imports says
// nothing at its end, so an import is over when nothing more of it comes.
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

  /// What became of one more file of an import.
  void add(const Uuid& import, const std::string& peer, Outcome outcome);
  /// Writes the line of each import of which nothing came for so long.
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
