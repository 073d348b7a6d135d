// Descriptions: what studies and series take from an instance. The current version of the instance that came first
// describes them; empty attributes are taken from the next instance that has them.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <span>
#include <string>

#include "db/database.h"
#include "model/attributes.h"

namespace dmw::catalog {

/// The columns of `studies` that an instance describes, and its values for them in the same order.
std::span<const db::Batch::Column> study_columns();
db::Values study_values(const Attributes& attributes);
/// The same of `series`.
std::span<const db::Batch::Column> series_columns();
db::Values series_values(const Attributes& attributes);

/// Another version describes them from now on: every column is as it says, also where it says nothing.
using Descriptions = std::map<std::int64_t, const Attributes*>;  // by id of the study or series
Result<> overwrite_studies(db::Transaction& transaction, const Descriptions& descriptions);
Result<> overwrite_series(db::Transaction& transaction, const Descriptions& descriptions);

/// Which instance came first in a study and in a series, whichever of its versions is the current one.
class FirstInstances {
 public:
  struct Describes {
    bool study = false;
    bool series = false;
  };

  /// Reads it for all that is recorded of these studies.
  Result<> find(db::Transaction& transaction, const std::set<std::int64_t>& study_ids);
  /// What an instance describes. One of a study or series in which there was none is its first.
  Describes meet(std::int64_t study_id, std::int64_t series_id, const SopUid& sop_uid);

 private:
  std::map<std::int64_t, std::string> of_study_;   // SOP Instance UID by study id
  std::map<std::int64_t, std::string> of_series_;  // by series id
};

}  // namespace dmw::catalog
