// Check of the catalog: the database answers, is writable, and has a known schema.
#include <array>
#include <string_view>

#include <fcntl.h>
#include <unistd.h>

#include "app/backends.h"
#include "app/doctor/checks.h"
#include "app/doctor/disk.h"
#include "base/file.h"
#include "base/format.h"
#include "care/belonging.h"
#include "catalog/migrations.h"
#include "catalog/standing.h"

namespace dmw::app::doctor {
namespace {

namespace fs = std::filesystem;

/// Bytes 18 and 19 of an SQLite file are 2 in WAL mode (SQLite file format §1.3), which this program uses. A file in
/// another mode is not opened, because opening would change the mode.
bool is_in_wal_mode(const fs::path& path) {
  const Result<File> file = File::open(path, O_RDONLY);
  std::array<std::byte, 20> head{};
  const Result<std::size_t> read = file ? file->read_at(0, head) : std::unexpected(file.error());
  return read && *read == head.size() && head[18] == std::byte{2} && head[19] == std::byte{2};
}

/// Nullopt if the tables do not exist yet.
std::optional<std::int64_t> schema_of(db::Database& database) {
  const Result<db::Rows> rows = database.read("select max(version) from dmw_schema");
  if (!rows || rows->empty() || rows->front().is_null(0)) return std::nullopt;
  return rows->front().integer(0);
}

Finding judged(std::string words, const std::optional<std::int64_t>& schema) {
  const int newest = catalog::newest_schema();
  if (!schema) return ok(words + ", empty: the next start creates its tables");
  words += format(", schema {}", *schema);
  if (*schema > newest) {
    return problem(format("{}, and this program knows {}", words, newest), "start the newer program again");
  }
  return ok(*schema == newest ? words : format("{}; the next start brings it to {}", words, newest));
}

/// In addition to `finding`: why a start would refuse this catalog with the existing store. `database`: null if there
/// is no catalog yet.
Findings with_belonging(Finding finding, const config::Settings& settings, db::Database* database) {
  Findings findings = {std::move(finding)};
  const auto store = open_store_to_look(settings);
  if (!store && store.error().code == Errc::not_found && database != nullptr) {
    const Result<catalog::CatalogStanding> standing = catalog::read_standing(*database);
    if (standing && standing->store_id) {
      findings.push_back(problem(format("it belongs to store {}, but there is no store in STORAGE_PATH {}: serve waits "
                                        "for the store and accepts no files",
                                        *standing->store_id, settings.storage.path.string()),
                                 "mount its volume, or restore it"));
    }
  }
  if (!store) return findings;  // the check of the store reports why it cannot be used
  const Result<care::BelongingFound> look = care::look_at_belonging(database, **store);
  if (!look) {
    findings.push_back(note("it could not be checked against the store: " + look.error().message()));
  } else if (!look->why.empty()) {
    findings.push_back(problem(look->why, look->advice));
  }
  return findings;
}

Findings check_sqlite(const Situation& situation) {
  const config::Settings& settings = situation.settings;
  const fs::path& path = settings.catalog.database.path;
  std::error_code untold;
  const Result<> mounted = check_mounted(situation.mounts, path, "DATABASE_URL");
  if (!mounted && !fs::exists(path, untold))
    return {problem("sqlite, " + mounted.error().message(), "correct this; serve waits for it")};
  const fs::path folder = nearest_folder(path.has_parent_path() ? path.parent_path() : fs::path("."));
  const auto sync = try_writing(folder);
  if (!sync) {
    return {problem(format("sqlite, {}: {}", folder.string(), sync.error().message()),
                    if_not_written(sync.error(), "the folder"))};
  }
  const std::string words = "sqlite, " + writable_words(*sync);
  if (!fs::exists(path, untold)) return with_belonging(ok(words + ", created at the first start"), settings, nullptr);
  if (::access(path.c_str(), R_OK | W_OK) != 0) {
    return {problem(format("sqlite, {} cannot be read and written", path.string()), "make it writable for this user")};
  }
  if (!is_in_wal_mode(path))
    return with_belonging(note(words + ", a file of another program: the start upgrades a table studies in it"),
                          settings, nullptr);
  const auto database = open_database(settings);
  if (!database) return {problem("sqlite, " + database.error().message(), "correct DATABASE_URL")};
  return with_belonging(judged(words, schema_of(**database)), settings, database->get());
}

Finding unreachable(const Error& error) {
  return problem("postgresql, " + error.message(), error.code == Errc::unauthorized
                                                       ? "correct the user and the password in DATABASE_URL"
                                                       : "start the server, or correct DATABASE_URL");
}

Findings check_postgres(const config::Settings& settings) {
  const auto database = open_database(settings);
  if (!database) return {unreachable(database.error())};
  const Result<db::Rows> told = (*database)->read(
      "select current_setting('server_version'), "
      "has_schema_privilege(current_schema(), 'create') and not pg_is_in_recovery()");
  if (!told) return {unreachable(told.error())};
  const auto began = std::chrono::steady_clock::now();
  if (const Result<> probed = (*database)->probe(); !probed) return {unreachable(probed.error())};
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
  const db::Row& row = told->front();
  const std::string words = format("postgresql {}", row.text(0).substr(0, row.text(0).find(' ')));
  if (!row.boolean(1)) {
    return {problem(words + ", this user may not create tables in it",
                    "grant CREATE on the schema, or name the primary server in DATABASE_URL")};
  }
  return with_belonging(judged(format("{}, writable, {:.1f} ms", words, took.count() * 1e3), schema_of(**database)),
                        settings, database->get());
}

}  // namespace

Findings check_catalog(const Situation& situation) {
  const bool sqlite = situation.settings.catalog.database.kind == config::DatabaseUrl::Kind::sqlite;
  return sqlite ? check_sqlite(situation) : check_postgres(situation.settings);
}

}  // namespace dmw::app::doctor
