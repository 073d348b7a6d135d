// store and inbox: their folders can be written, there is room, a put copies nothing, and what the next start finds.
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

/// The folder's own words, or why it cannot be used.
Findings check_folder(const std::string& what, const fs::path& folder, const Situation& situation) {
  if (const std::optional<fs::path> mount_point = situation.mounts.unmounted_above(folder)) {
    return {problem(format("{} lies below {}, on which nothing is mounted although {} names it", what,
                           mount_point->string(), situation.mounts.wanted.string()),
                    "mount it before serve makes anything there, or take the line away")};
  }
  const config::Settings& settings = situation.settings;
  const fs::path there = nearest_folder(folder);
  const auto sync = try_writing(there);
  if (!sync) return {problem(format("{}, {}", what, sync.error().message()), if_not_written(sync.error(), "it"))};
  const Result<std::uint64_t> free = free_bytes(there);
  if (!free) return {problem(format("{}, {}", what, free.error().message()), "look at the disk")};
  const std::uint64_t reserve = settings.inbox.disk_reserve_bytes;
  const std::string words = format("{}, {}", what, writable_words(*sync));
  if (*free >= reserve) return {ok(format("{}, {:.0f} GiB free", words, in_gib(*free)))};
  // With the digits of /ready: 0.99 is below 1, and rounded it would not be.
  return {problem(format("{}, {:.2f} GiB free, below DISK_RESERVE_GIB={:.4g}: nothing is taken in", words,
                         in_gib(*free), in_gib(reserve)),
                  "make room on that disk, or lower DISK_RESERVE_GIB")};
}

using inbox::Inspection;

/// What the next start finds; nothing where that is as it was left.
Findings judged(const Inspection& found) {
  const std::string again =
      format("{} whole instances in the spool have no row: the next start takes them in again", found.without_row);
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
      return {note("inbox.sqlite belongs to another inbox or program: the next start sets it aside; " + again)};
    case Inspection::Database::without_spool:
      return {problem("the folder spool is missing, and inbox.sqlite names instances in it",
                      "mount its volume or restore it; if it is lost, make an empty folder of this name")};
    case Inspection::Database::damaged:
      return {problem("inbox.sqlite is damaged, or not as this program made it: the next start refuses it",
                      inbox::if_inbox_damaged)};
    case Inspection::Database::unreadable:
      return {problem("inbox.sqlite cannot be read: " + found.why, "make it readable for this user")};
  }
  return {};
}

Findings judge_spool(const fs::path& folder) {
  const Inspection found = inbox::inspect(folder);
  Findings findings = judged(found);
  if (found.rows > 0) findings.push_back(note(format("acknowledged, waiting for the next start: {}", found.rows)));
  if (found.strange > 0) {
    findings.push_back(note(format("{} files in the spool are not of this program: the next start moves them to {}",
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
                    "correct what it says, or restore the store: serve does not start like this")};
  }
  return check_folder(format("{} {}", store_name(settings), settings.storage.path.string()), settings.storage.path,
                      situation);
}

Findings check_inbox(const Situation& situation) {
  const config::Settings& settings = situation.settings;
  const fs::path& folder = settings.inbox.path;
  Findings findings = check_folder(folder.string(), folder, situation);
  if (!same_file_system(nearest_folder(folder), nearest_folder(settings.storage.path))) {
    findings.push_back(note("not on the file system of STORAGE_PATH: every instance is copied once more"));
  }
  const std::optional<std::string> holder = inbox::holder_of_directory(folder);
  if (holder && !situation.serve_has("INBOX_PATH", folder.string())) {
    findings.push_back(problem(
        format("{} is in use by process {}, which does not answer at this CONTROL_SOCKET: serve refuses to start here",
               folder.string(), *holder),
        "end that process, or give each serve an INBOX_PATH of its own; where that is the serve that you mean, set "
        "CONTROL_SOCKET as it has it"));
  }
  // A running serve has judged it at its start, and changes it all the time.
  if (!situation.serve) std::ranges::copy(judge_spool(folder), std::back_inserter(findings));
  return findings;
}

}  // namespace dmw::app::doctor
