// SeriesChanges: instances that come into series and go out of them, counted up and written in one statement.
#pragma once

#include <cstdint>
#include <map>

#include "db/database.h"
#include "model/flags.h"

namespace dmw::catalog {

class SeriesChanges {
 public:
  struct Change {
    std::int64_t instances = 0;
    std::int64_t bytes = 0;
    Flags flags{};
  };

  /// An instance has come into the series, or gone out of it, with so many bytes.
  void add(std::int64_t series_id, std::uint64_t bytes);
  void remove(std::int64_t series_id, std::uint64_t bytes);
  void flag(std::int64_t series_id, Flags flags) { changes_[series_id].flags |= flags; }

  /// What a series that is about to be inserted begins with; not to be written any more.
  Change take(std::int64_t series_id);

  /// Returns by study id how many series more (or fewer) have instances now. Their studies are locked.
  Result<std::map<std::int64_t, std::int64_t>> write(db::Transaction& transaction) const;

 private:
  std::map<std::int64_t, Change> changes_;  // by series id
};

}  // namespace dmw::catalog
