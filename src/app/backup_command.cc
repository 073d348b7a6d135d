// backup DIR: copies everything that was acknowledged before the command began. The order is that of the processing:
// inbox, catalog, store, marks. So data that leave one of them during its copy are in the next copy.
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <optional>
#include <string>

#include <sys/stat.h>

#include "app/backends.h"
#include "app/commands.h"
#include "app/printing.h"
#include "app/version.h"
#include "base/copied_folder.h"
#include "base/crash_point.h"
#include "base/format.h"
#include "base/json.h"
#include "base/terminal.h"
#include "base/words.h"
#include "care/belonging.h"
#include "care/store_copy.h"
#include "catalog/standing.h"
#include "db/postgres/dump.h"
#include "db/sqlite/copy.h"
#include "db/sqlite/sqlite.h"
#include "inbox/inbox_copy.h"

namespace dmw::app {
namespace {

namespace fs = std::filesystem;

constexpr double gibibyte = 1024.0 * 1024.0 * 1024.0;
constexpr std::chrono::seconds report_interval{10};

void say(const std::string& words) {
  std::fprintf(stderr, "%s\n", lines_for_terminal(words).c_str());
}

std::optional<dev_t> disk_of(const fs::path& path) {
  struct stat about{};
  if (::stat(path.c_str(), &about) != 0) return std::nullopt;
  return about.st_dev;
}

fs::path parent_of(const fs::path& path) {
  const fs::path absolute = fs::absolute(path).lexically_normal();
  return absolute.has_filename() ? absolute.parent_path() : absolute.parent_path().parent_path();
}

/// The folder of the copy must be outside, otherwise it would be copied, too.
Result<> check_outside(const fs::path& folder, const fs::path& source, std::string_view setting) {
  std::error_code untold;
  const fs::path within = fs::weakly_canonical(source, untold).lexically_normal();
  const fs::path wanted = fs::weakly_canonical(fs::absolute(folder), untold).lexically_normal();
  const auto [left, rest] = std::mismatch(within.begin(), within.end(), wanted.begin(), wanted.end());
  if (left != within.end()) return {};
  return fail(Errc::conflict, format("{} is inside {} ({}): name a folder outside of it, if possible on another disk",
                                     folder.string(), setting, source.string()));
}

/// The copy must not use the free space that the intake needs on the same disk.
CopiedFolder::Room room_beside(const config::Settings& settings, const fs::path& folder) {
  const fs::path parent = parent_of(folder);
  const std::optional<dev_t> disk = disk_of(parent);
  if (disk != disk_of(settings.inbox.path) && disk != disk_of(settings.storage.path))
    return []() -> Result<> { return {}; };
  return [parent, reserve = settings.inbox.disk_reserve_bytes]() -> Result<> {
    const std::uint64_t free = TRY(free_bytes(parent));
    if (free >= reserve) return {};
    return fail(Errc::full,
                format("{:.2f} GiB are free on the disk of {}, which the inbox or the store is on: less than "
                       "DISK_RESERVE_GIB={}. Name a folder on another disk",
                       static_cast<double>(free) / gibibyte, parent.string(), static_cast<double>(reserve) / gibibyte));
  };
}

class Backup {
 public:
  Backup(const config::Settings& settings, const BackupOrder& order) : settings_(settings), order_(order) {}

  /// The number of objects that are missing or changed in the backup.
  std::uint64_t damaged() const { return damaged_; }

  /// Makes the backup; returns the content of backup.json.
  Result<json::object> run() {
    TRY(check_outside(order_.folder, settings_.storage.path, "STORAGE_PATH"));
    TRY(check_outside(order_.folder, settings_.inbox.path, "INBOX_PATH"));
    TRY(open());
    into_.emplace(TRY(CopiedFolder::begin(order_.folder, room_beside(settings_, order_.folder))));
    TRY(copy_inbox());
    TRY(copy_catalog());
    crash_point("backup.after_catalog");
    TRY(order_.without_store ? Result<>() : copy_store());
    TRY(look_for_missing());
    told_["finished_at"] = rfc3339(clock_.now());
    const std::string note = json::serialize(told_) + "\n";
    TRY(into_->list(TRY(into_->write("backup.json", [&](const auto& sink) { return sink(as_bytes(note)); }))));
    TRY(into_->finish());
    return told_;
  }

 private:
  bool is_sqlite() const { return settings_.catalog.database.kind == config::DatabaseUrl::Kind::sqlite; }

  /// Opens catalog and store, which must belong together.
  Result<> open() {
    told_ = {{"format", 1}, {"program", version()}, {"begun_at", rfc3339(clock_.now())}};
    Result<std::unique_ptr<store::ObjectStore>> store = open_store_to_look(settings_);
    if (!store && store.error().code == Errc::not_found)
      return fail(Errc::not_found, format("there is no store in STORAGE_PATH ({}), so there is nothing to back up: run "
                                          "this command with the settings of serve",
                                          settings_.storage.path.string()));
    store_ = TRY(std::move(store));
    catalog_ = TRY(open_database_to_look(settings_));
    const care::BelongingFound look = TRY(care::look_at_belonging(catalog_.get(), *store_));
    if (look.kind == care::Belonging::foreign || look.kind == care::Belonging::catalog_new)
      return fail(Errc::conflict, look.why + ": " + look.advice);
    if (look.kind == care::Belonging::catalog_old || look.kind == care::Belonging::unfinished)
      say("warning: " + look.why + ": " + look.advice);
    return {};
  }

  Result<> copy_inbox() {
    const inbox::InboxCopied copied = TRY(inbox::copy_inbox(settings_.inbox.path, *into_, "inbox"));
    told_["inbox"] = {{"instances", copied.instances}, {"bytes", copied.bytes}};
    say(format("inbox    {}, not recorded yet", counted(copied.instances, "instance")));
    return {};
  }

  Result<> copy_catalog() {
    // The exact moment of pg_dump is unknown. An earlier state is used, so that the mark shows the copy as older.
    known_ = TRY(catalog::read_standing(*catalog_));
    const fs::path name = is_sqlite() ? "catalog.db" : "catalog.dump";
    const fs::path place = TRY(into_->place(name));
    if (is_sqlite()) {
      const std::string if_damaged =
          "do not make it the newest backup; stop serve, keep the file, and restore it or "
          "start once with serve --adopt-store and an empty one";
      TRY(db::sqlite::copy(settings_.catalog.database.path, place, if_damaged));
      known_ = TRY(catalog::read_standing(*TRY(db::sqlite::open_to_look(place))));
    } else {
      TRY(dump(place));
    }
    TRY(into_->list(TRY(into_->measure(name))));
    told_["catalog"] = {{"file", name.string()},
                        {"catalog_id", known_.catalog_id ? known_.catalog_id->text() : ""},
                        {"position", known_.position},
                        {"turn", known_.turn}};
    say(format("catalog  {}, checked; its newest event has position {}", name.string(), known_.position));
    return {};
  }

  Result<> dump(const fs::path& place) {
    const Result<> dumped = db::postgres::dump(settings_.catalog.database.url.reveal(), place);
    if (dumped || dumped.error().code != Errc::not_found) return dumped;
    return fail(Errc::not_found, dumped.error().what +
                                     ": install the client programs of PostgreSQL (Debian: postgresql-client), of the "
                                     "server's version or a newer one, and run this command again");
  }

  Result<> copy_store() {
    Monotonic told_at = clock_.monotonic();
    care::StoreCopy copy(
        {.store = *store_,
         .into = *into_,
         .below = "storage",
         .on_unreadable =
             [](const ObjectKey& key, const Error& why) {
               say(format("warning: {} is not in the backup: {}", key.get(), why.message()));
             },
         .on_progress =
             [&](const care::StoreCopied& copied) {
               if (clock_.monotonic() - told_at < report_interval) return;
               told_at = clock_.monotonic();
               say(format("store    {} objects so far", grouped(static_cast<std::int64_t>(copied.objects))));
             },
         .on_rotten =
             [](const ObjectKey& key) {
               say(
                   format("warning: the disk of the store has changed the bytes of {}: the backup has the changed "
                          "bytes. Take this "
                          "object from an earlier backup, or send it again",
                          key.get()));
             }});
    const care::StoreCopied copied = TRY(copy.objects());
    crash_point("backup.after_objects");
    const std::optional<store::Mark> ahead = care::mark_ahead(known_, TRY(catalog::read_standing(*catalog_)));
    TRY(copy.marks(ahead));
    told_["moved_on"] = ahead.has_value();
    told_["store"] = {{"store_id", store_->store_id()},
                      {"objects", copied.objects},
                      {"bytes", copied.bytes},
                      {"unreadable", copied.unreadable},
                      {"rotten", copied.rotten}};
    say(format("store    {} objects, {:.2f} GiB{}{}", grouped(static_cast<std::int64_t>(copied.objects)),
               static_cast<double>(copied.bytes) / gibibyte,
               copied.unreadable > 0 ? format(", and {} that cannot be read", copied.unreadable) : "",
               copied.rotten > 0 ? format("; the disk has changed the bytes of {} of them", copied.rotten) : ""));
    damaged_ += copied.unreadable + copied.rotten;
    return {};
  }

  /// The copy of a store does not show objects that were lost before.
  Result<> look_for_missing() {
    const care::NotThere found =
        TRY(care::find_missing(*catalog_, *store_, known_.newest_version, [](const ObjectKey& key) {
          say(
              format("warning: the catalog names {}, which is not in the store: send that instance again, or restore "
                     "it from an earlier backup",
                     key.get()));
        }));
    told_["missing"] = found.missing;
    told_["unnamed"] = found.unnamed;
    if (found.missing > 0) {
      say(format("store    {} that the catalog names {} not there",
                 counted(static_cast<std::size_t>(found.missing), "object"), found.missing == 1 ? "is" : "are"));
    }
    if (found.unnamed > 0) {
      say(format("catalog  {} without a digest: nobody can say whether the object is there",
                 counted(static_cast<std::size_t>(found.unnamed), "version")));
    }
    damaged_ += found.missing + found.unnamed;
    if (!order_.without_store) return {};  // unreadable objects were reported and counted during the copy
    if (found.unreadable > 0) {
      say(format("store    {} that the catalog names cannot be read",
                 counted(static_cast<std::size_t>(found.unreadable), "object")));
    }
    damaged_ += found.unreadable;
    return {};
  }

  const config::Settings& settings_;
  const BackupOrder& order_;
  const SystemClock clock_;
  std::unique_ptr<store::ObjectStore> store_;
  std::unique_ptr<db::Database> catalog_;
  std::optional<CopiedFolder> into_;
  catalog::CatalogStanding known_;  // state of the catalog before its copy
  json::object told_;
  std::uint64_t damaged_ = 0;
};

}  // namespace

int back_up(const config::Sources& sources, const BackupOrder& order) {
  const Result<config::Loaded> loaded = load_settings(sources);
  if (!loaded) return report(loaded.error(), exit_usage);
  Backup backup(loaded->settings, order);
  const Result<json::object> done = backup.run();
  if (!done) return report(done.error(), done.error().code == Errc::conflict ? exit_usage : exit_failed);
  if (order.json) print_line(*done);
  say(format("done: {}", order.folder));
  if (order.without_store)
    say("the store is not part of the backup: copy STORAGE_PATH now, and its folder marks last "
        "(docs/operations/backup.md)");
  return backup.damaged() == 0 ? exit_done : exit_problems;
}

}  // namespace dmw::app
