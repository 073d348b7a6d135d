// StableFiles: which files of a watched folder have stopped growing. Nothing says when a file is written whole, on a
// network share least of all; one that has kept its size and time of change for long enough is taken for it.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <unordered_map>

#include "base/clock.h"
#include "sources/files/tree_walk.h"

namespace dmw::sources {

/// One thread. Measured by a clock that nobody sets: neither the server of the share nor this machine has to be right.
class StableFiles {
 public:
  StableFiles(const Clock& clock, std::chrono::milliseconds stable) : clock_(clock), stable_(stable) {}

  void begin_scan() { ++scan_; }
  /// The file is there. True: it has been as it is for long enough. Over 100,000 files that wait no more are looked at
  /// until some have gone.
  bool seen(const FoundFile& file);
  /// Forgets what the scan has not seen.
  void end_scan();

  /// It is not as it was after all: its time begins again.
  void changed(const std::string& relative) { files_.erase(relative); }
  std::size_t waiting() const { return files_.size(); }

 private:
  struct Seen {
    FileStamp stamp{};
    Monotonic since{};
    std::uint64_t scan = 0;
  };

  const Clock& clock_;
  const std::chrono::milliseconds stable_;
  std::uint64_t scan_ = 0;
  std::unordered_map<std::string, Seen> files_;
};

}  // namespace dmw::sources
