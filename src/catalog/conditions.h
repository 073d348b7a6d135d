// Conditions of a statement that grow together with their parameters.
#pragma once

#include <string>
#include <string_view>

#include "db/database.h"
#include "model/flags.h"

namespace dmw::catalog {

/// Which way a list goes through its ids.
enum class Walk { forward, backward };

struct Conditions {
  std::string sql;  // without `where`; not empty
  db::Values parameters;

  /// ` and <left> $n<right>`.
  void also(std::string_view left, db::Value value, std::string_view right = "");
  /// Nothing for an empty text.
  void also_equal(std::string_view column, const std::string& text);
  /// All of these flags.
  void also_flags(std::string_view column, Flags flags);
  /// Rows behind (`value`, `id_value`) in the order of an index (column, id). Returns the order.
  std::string also_behind(std::string_view column, db::Value value, std::string_view id, std::int64_t id_value,
                          Walk walk);
  /// Rows that have `value` in this column, behind `id_value` in the order of an index (column, id). Returns the order.
  /// Only such an index has it: PostgreSQL would else go through the whole table by its id where it takes the value
  /// for a frequent one, although those rows may all lie at the other end.
  std::string also_only(db::Engine engine, std::string_view column, db::Value value, std::string_view id,
                        std::int64_t id_value, Walk walk);
  /// ` limit $n`, for the end of a statement.
  std::string limit(std::size_t rows);

 private:
  /// `$n` of a new parameter.
  std::string add(db::Value value);
};

}  // namespace dmw::catalog
