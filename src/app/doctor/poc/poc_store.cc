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
  // A store of this program says which one it is.
  if (fs::exists(folder / "store_id", untold)) return {ok(format("{}, a store of this program", folder.string()))};
  if (!has_something(folder)) return {ok(format("{}, nothing in it yet", folder.string()))};
  // What is left in there is taken for what a kill left behind.
  if (has_something(folder / "tmp")) {
    return {problem(
        format("{} has files of another program, and the start would remove those in its folder tmp", folder.string()),
        "name a folder of its own in STORAGE_PATH")};
  }
  return {
      note(format("{} has files of another program: they stay as they are and are not read; better name a folder of "
                  "its own in STORAGE_PATH",
                  folder.string()))};
}

}  // namespace dmw::app::doctor::poc
