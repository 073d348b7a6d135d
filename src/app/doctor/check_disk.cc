// Check of store and inbox: writable folders, free space, puts without a copy, and the findings of the next start.
#include <algorithm>
#include <iterator>
#include <optional>

#include "app/backends.h"
#include "app/doctor/checks.h"
#include "app/doctor/disk.h"
#include "base/file.h"
#include "base/format.h"
#include "inbox/directory_lock.h"
#include "inbox/inbox_database.h"
#include "inbox/inspection.h"

namespace dmw::app::doctor {
namespace {

namespace fs = std::filesystem;

constexpr double gib = 1024.0 * 1024.0 * 1024.0;

double in_gib(std::uint64_t bytes) {
  return static_cast<double>(bytes) / gib;
}

/// The check of a folder: its state, or why it cannot be used.
Findings check_folder(const std::string& what, const fs::path& folder, const Situation& situation) {
  if (const std::optional<fs::path> mount_point = situation.mounts.unmounted_above(folder)) {
    return {problem(format("{} is below {}, where nothing is mounted although {} lists a mount", what,
                           mount_point->string(), situation.mounts.wanted.string()),
                    "mount it before serve creates files there, or remove the line")};
  }
  const config::Settings& settings = situation.settings;
  const fs::path there = nearest_folder(folder);
  const auto sync = try_writing(there);
  if (!sync) return {problem(format("{}, {}", what, sync.error().message()), if_not_written(sync.error(), "it"))};
  const Result<std::uint64_t> free = free_bytes(there);
  if (!free) return {problem(format("{}, {}", what, free.error().message()), "check the disk")};
  const std::uint64_t reserve = settings.inbox.disk_reserve_bytes;
  const std::string words = format("{}, {}", what, writable_words(*sync));
  if (*free >= reserve) return {ok(format("{}, {:.0f} GiB free", words, in_gib(*free)))};
  // With the same digits as /ready, because 0.99 would be rounded to 1.
  return {problem(format("{}, {:.2f} GiB free, below DISK_RESERVE_GIB={:.4g}: no file is accepted", words,
                         in_gib(*free), in_gib(reserve)),
                  "free space on that disk, or lower DISK_RESERVE_GIB")};
}

using inbox::Inspection;

/// The findings of the next start; empty if the inbox is as it was left.
Findings judged(const Inspection& found) {
  const std::string again = format(
      "{} complete instances in the spool are not in inbox.sqlite: the next start adds them again", found.without_row);
  switch (found.database) {
    case Inspection::Database::none:
    case Inspection::Database::own:
      if (found.without_row > 0) return {note(again)};
      return {};
    case Inspection::Database::missing:
      return {note("inbox.sqlite is missing; " + again)};
    case Inspection::Database::older:
      return {note("inbox.sqlite is an older copy; " + again)};
    case Inspection::Database::foreign:
      return {note("inbox.sqlite belongs to another inbox or program: the next start renames it; " + again)};
    case Inspection::Database::without_spool:
      return {problem("the folder spool is missing, and inbox.sqlite names instances in it",
                      "mount its volume or restore it; if it is lost, create an empty folder with this name")};
    case Inspection::Database::damaged:
      return {problem("inbox.sqlite is damaged, or was changed by another program: the next start refuses it",
                      inbox::if_inbox_damaged)};
    case Inspection::Database::unreadable:
      return {problem("inbox.sqlite cannot be read: " + found.why, "make it readable for this user")};
  }
  return {};
}

Findings judge_spool(const fs::path& folder) {
  const Inspection found = inbox::inspect(folder);
  Findings findings = judged(found);
  if (found.rows > 0)
    findings.push_back(note(format("acknowledged, to be processed by the next start: {}", found.rows)));
  if (found.strange > 0) {
    findings.push_back(note(format("{} files in the spool are not from this program: the next start moves them to {}",
                                   found.strange, (folder / "quarantine").string())));
  }
  if (found.quarantined > 0) {
    findings.push_back(note(format("{} files in {}: import those that are missing, delete the others",
                                   found.quarantined, (folder / "quarantine").string())));
  }
  return findings;
}

}  // namespace

Findings check_store(const Situation& situation) {
  const config::Settings& settings = situation.settings;
  const auto there = open_store_to_look(settings);
  if (!there && there.error().code != Errc::not_found) {
    return {problem(format("{} {}: {}", store_name(settings), settings.storage.path.string(), there.error().message()),
                    "correct this, or restore the store: serve does not start until then")};
  }
  return check_folder(format("{} {}", store_name(settings), settings.storage.path.string()), settings.storage.path,
                      situation);
}

Findings check_inbox(const Situation& situation) {
  const config::Settings& settings = situation.settings;
  const fs::path& folder = settings.inbox.path;
  Findings findings = check_folder(folder.string(), folder, situation);
  if (!same_file_system(nearest_folder(folder), nearest_folder(settings.storage.path))) {
    findings.push_back(note("not on the file system of STORAGE_PATH: every instance is copied one more time"));
  }
  const std::optional<std::string> holder = inbox::holder_of_directory(folder);
  if (holder && !situation.serve_has("INBOX_PATH", folder.string())) {
    findings.push_back(problem(
        format("{} is in use by process {}, which does not answer at this CONTROL_SOCKET: serve refuses to start here",
               folder.string(), *holder),
        "end that process, or give each serve an INBOX_PATH of its own; if that is the serve that you mean, set "
        "CONTROL_SOCKET to its value"));
  }
  // Not while serve runs: it has checked the spool at its start, and changes it all the time.
  if (!situation.serve) std::ranges::copy(judge_spool(folder), std::back_inserter(findings));
  return findings;
}

}  // namespace dmw::app::doctor
