// Quarantine: the folder for spool files with wrong content or names. The program deletes nothing there; a person looks
// at the files.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string_view>

namespace dmw::inbox {

/// One thread.
class Quarantine {
 public:
  explicit Quarantine(std::filesystem::path directory) : directory_(std::move(directory)) {}

  /// Moves a file there and logs the reason at WARN, by name for the first twenty. A file that cannot be moved stays
  /// and is logged too. Of a symbolic link the link itself is moved.
  void take(const std::filesystem::path& file, std::string_view why);
  /// Logs the number of files beyond those that were logged by name.
  void tell_rest() const;

  std::uint64_t count() const { return count_; }

 private:
  std::filesystem::path directory_;
  std::uint64_t count_ = 0;
};

}  // namespace dmw::inbox
