// StableFiles: finds the files of a watched folder that have stopped growing. There is no reliable sign that a file is
// complete, so a file counts as complete if its size and modification time have not changed for long enough.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <unordered_map>

#include "base/clock.h"
#include "sources/files/tree_walk.h"

namespace dmw::sources {

/// One thread. Uses the monotonic clock, so the clocks of the share and of this machine do not matter.
class StableFiles {
 public:
  StableFiles(const Clock& clock, std::chrono::milliseconds stable) : clock_(clock), stable_(stable) {}

  void begin_scan() { ++scan_; }
  /// Call it for each file of a scan. Returns true if the file has not changed for long enough. While 100,000 files are
  /// waiting, no others are observed.
  bool seen(const FoundFile& file);
  /// Forgets the files that the scan has not seen.
  void end_scan();

  /// The file has changed after all: its time begins again.
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
