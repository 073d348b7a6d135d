// PostponedFiles: files of a watched folder whose turn comes again later: what was taken and could not be moved away,
// so that only the move is tried again, what cannot be read, and what there is no room for.
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

/// One thread at a time. In memory only: after a restart each is taken once more, which changes nothing.
class PostponedFiles {
 public:
  explicit PostponedFiles(const Clock& clock);

  void begin_scan() { ++scan_; }
  /// The file is there. True: it may be tried now. One that is not as it was when it was postponed is another file.
  /// While there are 100,000 postponed ones, no others may.
  bool may_try(const FoundFile& file);
  /// Forgets what the scan has not seen.
  void end_scan();

  /// How it was taken, where only the move is left to do.
  const Intake* taken(const FoundFile& file) const;
  /// Its next try comes later each time, after 10 minutes at most.
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
