// PostponedFiles: files of a watched folder that are tried again later: imported files that could not be moved (only
// the move is repeated), unreadable files, and files that do not fit into the inbox.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <unordered_map>

#include "base/clock.h"
#include "lane/backoff.h"
#include "sources/files/tree_walk.h"
#include "sources/folder/file_intake.h"

namespace dmw::sources {

/// One thread at a time. In memory only: after a restart each file is imported again, which changes nothing.
class PostponedFiles {
 public:
  explicit PostponedFiles(const Clock& clock);

  void begin_scan() { ++scan_; }
  /// Call it for each file of a scan. Returns true if the file may be tried now. A file that has changed since it was
  /// postponed counts as new. At 100,000 postponed files no others may be tried.
  bool may_try(const FoundFile& file);
  /// Forgets the files that the scan has not seen.
  void end_scan();

  /// The result of the import if only the move is left to do, else null.
  const Intake* taken(const FoundFile& file) const;
  /// Schedules the next try; the wait grows to at most 10 minutes.
  void postpone(const FoundFile& file, const Intake& intake);
  void forget(const FoundFile& file) { files_.erase(file.relative); }

  std::size_t size() const { return files_.size(); }

 private:
  struct Postponed {
    FileStamp stamp{};
    Intake intake{};
    int failures = 0;
    Monotonic next_try{};
    std::uint64_t scan = 0;
  };

  const Clock& clock_;
  const lane::Backoff backoff_;
  std::uint64_t scan_ = 0;
  std::unordered_map<std::string, Postponed> files_;
};

}  // namespace dmw::sources
