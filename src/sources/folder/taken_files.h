// TakenFiles: a journal of the imported files of a read-only folder (WATCH_KEEP), so that a restart does not read all
// of them again. If the journal or its last entries are lost, files are imported again, which changes nothing.
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

/// One thread. Per file it needs 16 bytes on disk and about 50 in memory; it has no names.
class TakenFiles {
 public:
  /// Reads `journal`, which need not exist. Errors: those of the file.
  static Result<TakenFiles> open(std::filesystem::path journal);

  /// Whether this state of the file was imported. Also marks the file as seen.
  bool has(const FoundFile& file);
  /// Errors: full (over two million files), those of the file.
  Result<> add(const FoundFile& file);

  void begin_scan() {
    ++scan_;
    seen_ = 0;
  }
  /// Forgets the files that a complete scan has not seen, and rewrites the journal if most entries are forgotten. A
  /// scan without any file changes nothing, because the share may not be mounted.
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
