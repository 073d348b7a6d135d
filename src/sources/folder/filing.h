// Filing: where the files of a watched folder go when they are through: `done/`, or `failed/` with the reason in a text
// file beside them. Their sub-folders are kept; a name that is taken gets a number.
#pragma once

#include <filesystem>
#include <mutex>
#include <string>
#include <string_view>

#include "base/result.h"

namespace dmw::sources {

/// Any thread.
class Filing {
 public:
  static constexpr std::string_view done_folder = "done";
  static constexpr std::string_view failed_folder = "failed";

  explicit Filing(std::filesystem::path root) : root_(std::move(root)) {}

  /// Makes both folders. Errors: unavailable (they cannot be made, or not be written to).
  Result<> prepare() const;
  /// Errors: not_found (it has gone by itself), full, internal. No sentence has a name in it.
  Result<> done(const std::string& relative);
  /// The reason is written first: a file in `failed/` has one.
  Result<> failed(const std::string& relative, std::string_view reason);

 private:
  /// A free name below `folder`, its directories made.
  Result<std::filesystem::path> free_name(std::string_view folder, const std::string& relative) const;
  Result<> move(const std::string& relative, const std::filesystem::path& to) const;

  const std::filesystem::path root_;
  std::mutex mutex_;  // between a name that was free and the file that takes it
};

}  // namespace dmw::sources
