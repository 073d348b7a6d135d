// Quarantine: where files go that lie in the spool and are not what they should be. Nothing there is deleted by the
// program: a person looks at it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string_view>

namespace dmw::inbox {

/// One thread.
class Quarantine {
 public:
  explicit Quarantine(std::filesystem::path directory) : directory_(std::move(directory)) {}

  /// Moves a file there and says why at WARN: the first twenty by name. One that cannot be moved stays, and is told
  /// too. A symbolic link moves itself, not what it points to.
  void take(const std::filesystem::path& file, std::string_view why);
  /// How many there were beyond those that were told by name.
  void tell_rest() const;

  std::uint64_t count() const { return count_; }

 private:
  std::filesystem::path directory_;
  std::uint64_t count_ = 0;
};

}  // namespace dmw::inbox
