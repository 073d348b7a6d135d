// Rows of lists that are kept for a time only: which of a table are old, and how they go. One that the database does
// not let go stays, and keeps none of the others.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "db/database.h"

namespace dmw::catalog {

/// Which rows of a table are old.
struct OldRows {
  std::string_view what;  ///< one of them, to a person: "request"
  std::string_view table;
  std::vector<db::Batch::Column> key;  ///< in whose order they go; never NULL, integer or text
  /// Finds the keys of at most $1 behind the key $2…, in order. `parameters` follow the key.
  std::string_view find;
  /// Finds the keys of a batch of keys whose rows are still old, and locks these; passes over those that another
  /// session has locked.
  std::string_view lock;
  /// Deletes the rows of a batch of keys.
  std::string_view remove;
  db::Values parameters{};
};

/// What went of rows that are old.
struct Forgotten {
  std::int64_t rows = 0;
  bool more = false;  ///< there may be more to do at once
  std::optional<Error>
      why{};  ///< error of the first one that the database refuses to delete; set when there is no more
};

/// Goes through the old rows of one table, some at once, and begins again at the end. One thread.
class Forgetting {
 public:
  /// Deletes at most `limit`. Where the database refuses that, they are halved, until those that it refuses stand
  /// alone. Errors: those of the database that are not of single rows.
  Result<Forgotten> pass(db::Database& database, const OldRows& old, std::size_t limit);

 private:
  db::Values after_;                // the last key that was tried; empty: at the beginning
  std::optional<Error> first_why_;  // since the beginning
};

}  // namespace dmw::catalog
