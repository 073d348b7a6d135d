#include <filesystem>

#include "app/doctor/poc/checks.h"
#include "base/format.h"

namespace dmw::app::doctor::poc {
namespace {

namespace fs = std::filesystem;

bool has_something(const fs::path& folder) {
  std::error_code untold;
  return fs::is_directory(folder, untold) && !fs::is_empty(folder, untold);
}

}  // namespace

Findings compare_store(const Situation& situation) {
  const fs::path& folder = situation.settings.storage.path;
  std::error_code untold;
  // A store of this program has a file with its id.
  if (fs::exists(folder / "store_id", untold)) return {ok(format("{}, a store of this program", folder.string()))};
  if (!has_something(folder)) return {ok(format("{}, empty", folder.string()))};
  // Files in this folder are treated as leftovers of a kill and deleted.
  if (has_something(folder / "tmp")) {
    return {problem(format("{} has files of another program, and a start would remove the files in its folder tmp",
                           folder.string()),
                    "set STORAGE_PATH to a folder that only this program uses")};
  }
  return {
      note(format("{} has files of another program: they stay as they are and are not read; better set STORAGE_PATH to "
                  "a folder that only this program uses",
                  folder.string()))};
}

}  // namespace dmw::app::doctor::poc
