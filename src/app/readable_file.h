// Check that the file of a setting can be read.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include <unistd.h>

#include "base/format.h"

namespace dmw::app {

/// A sentence if the file cannot be read; empty if it can, or none is set. Without this check only the library would
/// report it, when it connects.
inline std::string unreadable_file(std::string_view setting, const std::optional<std::filesystem::path>& file,
                                   bool may_be_folder = false) {
  std::error_code untold;
  const bool is_right =
      !file || (::access(file->c_str(), R_OK) == 0 && (may_be_folder || !std::filesystem::is_directory(*file, untold)));
  if (is_right) return {};
  return format("{}: the file {} cannot be read; allowed: a PEM file that this user may read", setting, file->string());
}

}  // namespace dmw::app
