// Where we are with each source, and what each source said of what we have.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "db/database.h"

namespace dmw::catalog {

struct Cursor {
  std::int64_t position = 0;  // everything up to here was read, or will never appear
  std::string database_id{};  // of the source's own database, where it tells one
  std::int64_t read_to = 0;   // everything up to here was read, but for the holes; at least `position`
  std::vector<std::pair<std::int64_t, std::int64_t>> holes{};  // first and last number of each, rising

  bool operator==(const Cursor&) const = default;
};

Result<std::optional<Cursor>> read_cursor(db::Database& database, const std::string& source);
/// In the transaction that also writes the requests of the page before it: each change is noticed once.
Result<> write_cursor(db::Transaction& transaction, const std::string& source, const Cursor& cursor);

/// Since when studies are wanted that are not known here, as it was kept with this setting; nothing when it was another
/// one. An empty text: all are wanted.
Result<std::optional<std::string>> read_backfill(db::Database& database, const std::string& source,
                                                 const std::string& setting);
Result<> write_backfill(db::Database& database, const std::string& source, const std::string& setting,
                        const std::string& arrived_since);

/// The tag under which each of these is recorded or seen; what is absent is unknown.
using Tags = std::map<std::string, std::string>;
Result<Tags> known_instances(db::Database& database, const std::string& source, std::span<const std::string> resources);
Result<Tags> known_studies(db::Database& database, const std::string& source, std::span<const std::string> resources);

}  // namespace dmw::catalog
