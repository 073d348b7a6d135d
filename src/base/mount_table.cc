#include "base/mount_table.h"

#include <algorithm>
#include <fstream>
#include <set>
#include <sstream>
#include <string>

#include "base/format.h"

namespace dmw {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t lines_max = 100'000;

/// Blanks and backslashes of a path are written as three octal digits.
std::string unescaped(const std::string& text) {
  std::string out;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const std::string digits = text.substr(at + 1, 3);
    const bool is_escape =
        text[at] == '\\' && digits.size() == 3 && digits.find_first_not_of("01234567") == digits.npos;
    if (is_escape) at += 3;
    out += is_escape ? static_cast<char>(std::stoi(digits, nullptr, 8)) : text[at];
  }
  return out;
}

fs::path without_last_slash(const fs::path& path) {
  return path.has_filename() || !path.has_relative_path() ? path : path.parent_path();
}

/// With links resolved, as far as it exists, and without a slash at its end.
fs::path resolved(const fs::path& path) {
  std::error_code untold;
  return without_last_slash(fs::weakly_canonical(fs::absolute(path, untold), untold));
}

/// The absolute paths in column `column` (from 0) of each line that is not a comment. The paths are not opened, because
/// the mount of a server that is down would block.
std::set<fs::path> paths_in(const fs::path& file, int column) {
  std::set<fs::path> paths;
  std::ifstream lines(file);
  std::string line;
  for (std::size_t count = 0; count < lines_max && std::getline(lines, line); ++count) {
    std::istringstream words(line);
    std::string word;
    for (int n = 0; n <= column && words >> word && word[0] != '#';) {
      if (n++ == column && word[0] == '/')
        paths.insert(without_last_slash(fs::path(unescaped(word)).lexically_normal()));
    }
  }
  return paths;
}

}  // namespace

std::optional<fs::path> MountTable::unmounted_above(const fs::path& path) const {
  const std::set<fs::path> should_be = paths_in(wanted, 1);
  if (should_be.empty()) return std::nullopt;
  const std::set<fs::path> is = paths_in(mounted, 4);
  if (is.empty()) return std::nullopt;
  for (fs::path at = resolved(path); at.has_relative_path(); at = at.parent_path()) {
    if (is.contains(at)) return std::nullopt;
    if (should_be.contains(at)) return at;
  }
  return std::nullopt;
}

Result<> check_mounted(const MountTable& table, const fs::path& path, std::string_view setting) {
  const std::optional<fs::path> mount_point = table.unmounted_above(path);
  if (!mount_point) return {};
  return fail(Errc::unavailable, format("{} ({}) is not there yet and would be created below {}, where nothing is "
                                        "mounted although {} lists a mount: mount the volume, or remove the line",
                                        path.string(), setting, mount_point->string(), table.wanted.string()));
}

}  // namespace dmw
