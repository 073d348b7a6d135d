// Where we are with each source, and what each source said of what we have.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "db/database.h"

namespace dmw::catalog {

struct Cursor {
  std::int64_t position = 0;
  std::string database_id;  // of the source's own database, where it tells one
};

Result<std::optional<Cursor>> read_cursor(db::Database& database, const std::string& source);
/// In the transaction that also writes the requests of the page before it (rule 10).
Result<> write_cursor(db::Transaction& transaction, const std::string& source, const Cursor& cursor);

/// The tag under which each of these is recorded or seen; what is absent is unknown.
using Tags = std::map<std::string, std::string>;
Result<Tags> known_instances(db::Database& database, const std::string& source, std::span<const std::string> resources);
Result<Tags> known_studies(db::Database& database, const std::string& source, std::span<const std::string> resources);

}  // namespace dmw::catalog
