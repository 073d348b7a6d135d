// store and inbox: their folders can be written, there is room, and a put is one rename.
#include "app/backends.h"
#include "app/doctor/checks.h"
#include "app/doctor/disk.h"
#include "base/file.h"
#include "base/format.h"

namespace dmw::app::doctor {
namespace {

namespace fs = std::filesystem;

constexpr double gib = 1024.0 * 1024.0 * 1024.0;

double in_gib(std::uint64_t bytes) {
  return static_cast<double>(bytes) / gib;
}

std::size_t files_below(const fs::path& folder) {
  std::size_t files = 0;
  std::error_code error;
  for (fs::recursive_directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
    std::error_code untold;  // gone since
    if (entry->is_regular_file(untold)) ++files;
  }
  return files;
}

/// The folder's own words, or why it cannot be used.
Findings check_folder(const std::string& what, const fs::path& folder, const config::Settings& settings) {
  const fs::path there = nearest_folder(folder);
  const auto sync = try_writing(there);
  if (!sync) return {problem(format("{}, {}", what, sync.error().message()), "make it writable for this user")};
  const Result<std::uint64_t> free = free_bytes(there);
  if (!free) return {problem(format("{}, {}", what, free.error().message()), "look at the disk")};
  const std::uint64_t reserve = settings.inbox.disk_reserve_bytes;
  std::string words = format("{}, {}, {:.0f} GiB free", what, writable_words(*sync), in_gib(*free));
  if (*free >= reserve) return {ok(std::move(words))};
  return {problem(format("{}, below DISK_RESERVE_GIB={:.0f}: nothing is taken in", words, in_gib(reserve)),
                  "make room on that disk, or lower DISK_RESERVE_GIB")};
}

}  // namespace

Findings check_store(const Situation& situation) {
  const config::Settings& settings = situation.settings;
  return check_folder(format("{} {}", store_name(settings), settings.storage.path.string()), settings.storage.path,
                      settings);
}

Findings check_inbox(const Situation& situation) {
  const config::Settings& settings = situation.settings;
  const fs::path& folder = settings.inbox.path;
  Findings findings = check_folder(folder.string(), folder, settings);
  if (!same_file_system(nearest_folder(folder), nearest_folder(settings.storage.path))) {
    findings.push_back(note("not on the file system of STORAGE_PATH: every instance is copied once more"));
  }
  const std::size_t waiting = files_below(folder / "spool");
  if (waiting > 0 && !situation.serve) {
    findings.push_back(note(format("acknowledged, waiting for the next start: {}", waiting)));
  }
  return findings;
}

}  // namespace dmw::app::doctor
