// Cursors: the position in each source's list of changes, and the tags that sources gave to studies and instances.
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
  std::int64_t position = 0;  // every change up to here was read, or will never appear
  std::string database_id{};  // of the source's database, if the source tells it
  std::int64_t read_to = 0;   // every change up to here was read, except the holes; at least `position`
  std::vector<std::pair<std::int64_t, std::int64_t>> holes{};  // first and last number of each, rising

  bool operator==(const Cursor&) const = default;
};

Result<std::optional<Cursor>> read_cursor(db::Database& database, const std::string& source);
/// Saves a cursor. Call it in the transaction that writes the requests of the page, so that each change is noticed
/// once.
Result<> write_cursor(db::Transaction& transaction, const std::string& source, const Cursor& cursor);

/// The begin of the time from which unknown studies are fetched, as it was kept with this setting. Nothing if it was
/// kept with another setting. An empty text: all studies are fetched.
Result<std::optional<std::string>> read_backfill(db::Database& database, const std::string& source,
                                                 const std::string& setting);
Result<> write_backfill(db::Database& database, const std::string& source, const std::string& setting,
                        const std::string& arrived_since);

/// The tags under which these are recorded or were seen. Unknown ones are absent.
using Tags = std::map<std::string, std::string>;
Result<Tags> known_instances(db::Database& database, const std::string& source, std::span<const std::string> resources);
Result<Tags> known_studies(db::Database& database, const std::string& source, std::span<const std::string> resources);

}  // namespace dmw::catalog
