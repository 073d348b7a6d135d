#include <filesystem>

#include "app/backends.h"
#include "app/doctor/disk.h"
#include "app/doctor/orthanc_asked.h"
#include "app/doctor/poc/checks.h"
#include "app/orthancs.h"
#include "base/file.h"
#include "base/format.h"
#include "catalog/cursors.h"
#include "catalog/predecessor.h"

namespace dmw::app::doctor::poc {
namespace {

namespace fs = std::filesystem;

constexpr double gib = 1024.0 * 1024.0 * 1024.0;

/// The position in the change list that this program has read; nullopt if it never ran here.
std::optional<std::int64_t> followed_to(const config::Settings& settings) {
  std::error_code untold;
  const config::DatabaseUrl& named = settings.catalog.database;
  if (named.kind == config::DatabaseUrl::Kind::sqlite && !fs::exists(named.path, untold)) return std::nullopt;
  const auto database = open_database_to_look(settings);
  if (!database) return std::nullopt;
  const auto found = catalog::look_at_predecessor(**database);
  if (!found || !*found || !(*found)->upgraded) return std::nullopt;
  const auto cursor = catalog::read_cursor(**database, orthanc_name);
  return cursor && *cursor ? std::optional((*cursor)->position) : std::nullopt;
}

Finding first_fetch(const config::Settings& settings, const sources::OrthancSize& all) {
  const std::uint64_t size = all.uncompressed_bytes;
  const Result<std::uint64_t> free = free_bytes(nearest_folder(settings.storage.path));
  const std::string words =
      format("the first start fetches {}, {:.1f} GiB, and publishes each once, as study.received, revision 1",
             counted(all.studies, "study"), static_cast<double>(size) / gib);
  if (free && *free < size + settings.inbox.disk_reserve_bytes) {
    return problem(
        format("{}; STORAGE_PATH has {:.1f} GiB free, of which {:.0f} GiB are kept (DISK_RESERVE_GIB)", words,
               static_cast<double>(*free) / gib, static_cast<double>(settings.inbox.disk_reserve_bytes) / gib),
        "free space on that disk, or set STORAGE_PATH to another disk");
  }
  return note(words);
}

}  // namespace

Findings compare_orthanc(const Situation& situation) {
  const config::Settings& settings = situation.settings;
  Findings findings = doctor::check_orthanc(settings.orthanc);
  if (!settings.orthanc.url || count(findings, Verdict::fail) > 0) return findings;
  if (const auto position = followed_to(settings)) {
    findings.push_back(ok(format("read up to change {}: the next start continues there", *position)));
    return findings;
  }
  if (const auto size = OrthancAsked(settings.orthanc, doctor::orthanc_patience).size())
    findings.push_back(first_fetch(settings, *size));
  return findings;
}

}  // namespace dmw::app::doctor::poc
