// Whether a file that a setting names can be read.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include <unistd.h>

#include "base/format.h"

namespace dmw::app {

/// Empty where it can be, or none is named; else a sentence. Otherwise only the library that reads it would tell, in
/// its own words, when it connects.
inline std::string unreadable_file(std::string_view setting, const std::optional<std::filesystem::path>& file,
                                   bool may_be_folder = false) {
  std::error_code untold;
  const bool is_right =
      !file || (::access(file->c_str(), R_OK) == 0 && (may_be_folder || !std::filesystem::is_directory(*file, untold)));
  if (is_right) return {};
  return format("{}: {} is not a file that can be read; allowed: a PEM file that this user may read", setting,
                file->string());
}

}  // namespace dmw::app
