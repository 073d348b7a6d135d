// Mark: a note in the store about the catalog that was used with it. The settler writes it. A start reads it, to
// recognise a catalog that is empty, that belongs to another store, or that is an older copy.
#pragma once

#include <cstdint>
#include <optional>

#include "base/uuid.h"
#include "store/object_store.h"

namespace dmw::store {

struct Mark {
  Uuid catalog_id;
  std::int64_t epoch = 0;     // of the settler that wrote it; rises with each new leader
  std::int64_t position = 0;  // the newest event in the catalog at that time
  std::int64_t turn = 0;      // the catalog's count at that time; it is raised before each publication
  /// Every required sink is known to have all events up to this position. Nothing: an older program wrote the mark.
  std::optional<std::int64_t> delivered{};
};

struct Marks {
  std::optional<Mark> newest;     // the one with the highest epoch
  std::int64_t position_max = 0;  // of all
  std::int64_t turn_max = 0;      // likewise
};

/// Errors: those of the store. A mark that cannot be read counts as one of position 0.
Result<Marks> read_marks(ObjectStore& store);

/// The object of a mark.
Document document_of(const Mark& mark);
/// Writes the mark durably. Each epoch has its own mark, so a settler that no longer leads cannot overwrite a newer
/// one.
Result<> write_mark(ObjectStore& store, const Mark& mark);
/// Removes the marks with a lower epoch; a newer mark contains all that they say.
Result<> remove_marks_before(ObjectStore& store, std::int64_t epoch);

}  // namespace dmw::store
