// The available databases and stores, one line of a table each.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "config/settings.h"
#include "db/database.h"
#include "store/object_store.h"

namespace dmw::app {

/// "sqlite" or "postgresql".
std::string_view engine_name(const config::Settings& settings);
Result<std::unique_ptr<db::Database>> open_database(const config::Settings& settings);
/// Uses the password of the settings for new connections. Errors: invalid.
Result<> change_login(db::Database& database, const config::Settings& settings);
/// Opens it for reading only; an SQLite file must exist.
Result<std::unique_ptr<db::Database>> open_database_to_look(const config::Settings& settings);

/// "local".
std::string_view store_name(const config::Settings& settings);
/// `expected_id`: id of the store that the catalog belongs to; empty: a new store may be created. Errors: unavailable,
/// and those of the back-end.
Result<std::unique_ptr<store::ObjectStore>> open_store(const config::Settings& settings,
                                                       const std::string& expected_id);
/// Opens it for reading only. Errors: not_found (there is no store yet).
Result<std::unique_ptr<store::ObjectStore>> open_store_to_look(const config::Settings& settings);

}  // namespace dmw::app
