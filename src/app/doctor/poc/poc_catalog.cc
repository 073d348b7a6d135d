#include <filesystem>

#include "app/backends.h"
#include "app/doctor/poc/checks.h"
#include "base/format.h"
#include "base/uuid.h"
#include "catalog/predecessor.h"

namespace dmw::app::doctor::poc {
namespace {

namespace fs = std::filesystem;

constexpr double mib = 1024.0 * 1024.0;

/// A temporary file for the copy; the destructor removes it.
class Scratch {
 public:
  Scratch() : folder_(fs::temp_directory_path() / ("dmw-doctor-" + Uuid::random().text())) {}
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  ~Scratch() {
    std::error_code untold;
    fs::remove_all(folder_, untold);
  }

  Result<std::unique_ptr<db::Database>> open() const {
    config::Settings settings;
    settings.catalog.database.kind = config::DatabaseUrl::Kind::sqlite;
    settings.catalog.database.path = folder_ / "catalog.db";
    return open_database(settings);
  }

 private:
  const fs::path folder_;
};

Result<std::vector<std::string>> rehearse(db::Database& database) {
  if (database.engine() == db::Engine::postgres) return catalog::rehearse_upgrade(database, nullptr);
  const Scratch scratch;
  const std::unique_ptr<db::Database> copy = TRY(scratch.open());
  return catalog::rehearse_upgrade(database, copy.get());
}

std::string words_of(std::string_view engine, const catalog::Predecessor& found) {
  std::string words = format("{}, table studies of the proof of concept, {}", engine, counted(found.rows, "row"));
  if (found.size_bytes > 0)
    words += format(", {:.0f} MiB that the upgrade rewrites", static_cast<double>(found.size_bytes) / mib);
  return words;
}

Findings check_rows(const catalog::Predecessor& found) {
  Findings findings;
  if (found.rows > 0) {
    findings.push_back(
        note(format("{}: revision 0 until the study is fetched; then study.received, revision 1, is published; a study "
                    "that Orthanc no longer has stays at 0, and nothing is published for it",
                    counted(found.rows, "row"))));
  }
  if (found.odd_uids > 0) {
    findings.push_back(
        note(format("{} with other characters than digits and dots in the Study Instance UID: compare with the files: "
                    "a study whose UID is written differently there gets a second row",
                    counted(found.odd_uids, "row"))));
  }
  return findings;
}

Findings check_upgrade(db::Database& database, std::string_view engine, const catalog::Predecessor& found) {
  const std::string words = words_of(engine, found);
  const Result<std::vector<std::string>> obstacles = rehearse(database);
  if (!obstacles) return {note(format("{}; the upgrade could not be tried: {}", words, obstacles.error().message()))};
  Findings findings;
  for (const std::string& obstacle : *obstacles) {
    findings.push_back(problem(format("{}; the upgrade in place fails: {}", words, obstacle),
                               "change this in the database, or set DATABASE_URL to a new one"));
  }
  if (findings.empty()) findings.push_back(ok(words + "; the upgrade in place works, tried on an empty copy"));
  return findings;
}

Findings check_database(db::Database& database, std::string_view engine) {
  const auto found = catalog::look_at_predecessor(database);
  if (!found) return {problem(format("{}, {}", engine, found.error().message()), "correct DATABASE_URL")};
  if (!*found) {
    return {note(format("{}, it has no table studies of the proof of concept: the first start creates an empty catalog",
                        engine))};
  }
  Findings findings = (*found)->upgraded ? Findings{ok(format("{}, upgraded already", engine))}
                                         : check_upgrade(database, engine, **found);
  for (Finding& finding : check_rows(**found)) findings.push_back(std::move(finding));
  return findings;
}

}  // namespace

Findings compare_catalog(const Situation& situation) {
  const config::Settings& settings = situation.settings;
  const std::string_view engine = engine_name(settings);
  const fs::path& path = settings.catalog.database.path;
  std::error_code untold;
  if (settings.catalog.database.kind == config::DatabaseUrl::Kind::sqlite && !fs::exists(path, untold)) {
    return {
        note(format("{}, {} does not exist: the first start creates an empty catalog; if the proof of concept used "
                    "another database, set DATABASE_URL to it",
                    engine, path.string()))};
  }
  const auto database = open_database_to_look(settings);
  if (!database) {
    return {problem(format("{}, {}", engine, database.error().message()), "start the server, or correct DATABASE_URL")};
  }
  return check_database(**database, engine);
}

}  // namespace dmw::app::doctor::poc
