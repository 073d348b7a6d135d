// TakenFiles: which files of a folder that is only read (WATCH_KEEP) have been taken. A journal, so that a restart does
// not read all of them again; losing it, or its last entries, means that they are taken once more, which changes
// nothing.
#pragma once

#include <array>
#include <cstddef>
#include <filesystem>
#include <string>
#include <unordered_map>

#include "base/file.h"
#include "base/result.h"
#include "sources/files/tree_walk.h"

namespace dmw::sources {

/// One thread. 16 bytes on the disk and about 50 in memory a file; no names.
class TakenFiles {
 public:
  /// Reads `journal`, which may not be there yet. Errors: those of the file.
  static Result<TakenFiles> open(std::filesystem::path journal);

  /// Was this very state of the file taken? Also marks it as still there.
  bool has(const FoundFile& file);
  /// Errors: full (over two million files: they have to go somewhere), those of the file.
  Result<> add(const FoundFile& file);

  void begin_scan() {
    ++scan_;
    seen_ = 0;
  }
  /// Forgets what a whole scan has not seen, and writes the journal anew when most of it is forgotten. A scan that saw
  /// nothing forgets nothing: a share that is not mounted looks so.
  Result<> end_scan();

  std::size_t size() const { return files_.size(); }

 private:
  using Key = std::array<std::byte, 16>;
  struct KeyHash {
    std::size_t operator()(const Key& key) const;
  };

  explicit TakenFiles(std::filesystem::path journal) : path_(std::move(journal)) {}
  static Key key_of(const FoundFile& file);
  Result<> write_anew();

  std::filesystem::path path_;
  File journal_;
  std::size_t entries_ = 0;  // in the journal
  std::uint32_t scan_ = 0;
  std::size_t seen_ = 0;  // in this scan
  std::unordered_map<Key, std::uint32_t, KeyHash> files_;
};

}  // namespace dmw::sources
