#include "app/backends.h"

#include <algorithm>
#include <iterator>

#include "db/postgres/postgres.h"
#include "db/sqlite/sqlite.h"
#include "dicom/part10.h"
#include "store/local/local_store.h"

namespace dmw::app {
namespace {

struct StoreBackend {
  config::StorageBackend backend;
  std::string_view name;
  Result<std::unique_ptr<store::ObjectStore>> (*open)(const config::Settings&, const std::string& expected_id);
  Result<std::unique_ptr<store::ObjectStore>> (*open_to_look)(const config::Settings&);
};

Result<std::unique_ptr<store::ObjectStore>> open_local(const config::Settings& settings,
                                                       const std::string& expected_id) {
  return store::local::open(
      {.root = settings.storage.path, .locate = dicom::dataset_offset, .expected_id = expected_id});
}

Result<std::unique_ptr<store::ObjectStore>> look_at_local(const config::Settings& settings) {
  return store::local::open_to_look({.root = settings.storage.path, .locate = dicom::dataset_offset});
}

constexpr StoreBackend stores[] = {
    {config::StorageBackend::local, "local", open_local, look_at_local},
};

const StoreBackend& chosen(const config::Settings& settings) {
  const auto found = std::ranges::find(stores, settings.storage.backend, &StoreBackend::backend);
  ASSERT(found != std::end(stores));
  return *found;
}

}  // namespace

std::string_view engine_name(const config::Settings& settings) {
  return settings.catalog.database.kind == config::DatabaseUrl::Kind::sqlite ? "sqlite" : "postgresql";
}

Result<std::unique_ptr<db::Database>> open_database(const config::Settings& settings) {
  const config::DatabaseUrl& database = settings.catalog.database;
  if (database.kind == config::DatabaseUrl::Kind::sqlite) {
    std::error_code untold;
    if (!std::filesystem::exists(database.path, untold) && !untold)
      TRY(check_mounted(MountTable(), database.path, "DATABASE_URL"));
    return db::sqlite::open({.path = database.path});
  }
  return db::postgres::open({.url = database.url.reveal()});
}

Result<> change_login(db::Database& database, const config::Settings& settings) {
  const config::DatabaseUrl& url = settings.catalog.database;
  return url.kind == config::DatabaseUrl::Kind::sqlite ? Result<>() : database.change_login(url.url.reveal());
}

Result<std::unique_ptr<db::Database>> open_database_to_look(const config::Settings& settings) {
  const config::DatabaseUrl& database = settings.catalog.database;
  return database.kind == config::DatabaseUrl::Kind::sqlite ? db::sqlite::open_to_look(database.path)
                                                            : open_database(settings);
}

std::string_view store_name(const config::Settings& settings) {
  return chosen(settings).name;
}

Result<std::unique_ptr<store::ObjectStore>> open_store(const config::Settings& settings,
                                                       const std::string& expected_id) {
  return chosen(settings).open(settings, expected_id);
}

Result<std::unique_ptr<store::ObjectStore>> open_store_to_look(const config::Settings& settings) {
  return chosen(settings).open_to_look(settings);
}

}  // namespace dmw::app
