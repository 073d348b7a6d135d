// Conditions: the WHERE conditions of a statement, built together with their parameters.
#pragma once

#include <string>
#include <string_view>

#include "db/database.h"
#include "model/flags.h"

namespace dmw::catalog {

/// The direction of a list through its ids.
enum class Walk { forward, backward };

struct Conditions {
  std::string sql;  // without `where`; not empty
  db::Values parameters;

  /// Adds ` and <left> $n<right>`.
  void also(std::string_view left, db::Value value, std::string_view right = "");
  /// The same; no effect for an empty text.
  void also_equal(std::string_view column, const std::string& text);
  /// Rows that have all of these flags.
  void also_flags(std::string_view column, Flags flags);
  /// Rows after (`value`, `id_value`) in the order of an index (column, id). Returns the ORDER BY text.
  std::string also_behind(std::string_view column, db::Value value, std::string_view id, std::int64_t id_value,
                          Walk walk);
  /// Rows with `value` in this column, after `id_value` in the order of an index (column, id). Returns the ORDER BY
  /// text. Only that index provides this order. With the order of the id alone, PostgreSQL would scan the whole table
  /// by id if it takes the value for a frequent one, although the rows may all be at the other end.
  std::string also_only(db::Engine engine, std::string_view column, db::Value value, std::string_view id,
                        std::int64_t id_value, Walk walk);
  /// The text ` limit $n`, for the end of a statement.
  std::string limit(std::size_t rows);

 private:
  /// Adds a parameter; returns its `$n`.
  std::string add(db::Value value);
};

}  // namespace dmw::catalog
