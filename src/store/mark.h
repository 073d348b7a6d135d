// Mark: what a store knows of the catalog beside it. The settler leaves one, so that a catalog that is empty, another
// one, or an older copy is told from the one that belongs to the store.
#pragma once

#include <cstdint>
#include <optional>

#include "base/uuid.h"
#include "store/object_store.h"

namespace dmw::store {

struct Mark {
  Uuid catalog_id;
  std::int64_t epoch = 0;     // of the settler that left it: rises with each new leader
  std::int64_t position = 0;  // of the newest event that the catalog had then
  std::int64_t turn = 0;      // the catalog had counted so far then: it counts before anything is published
  /// What was written when the newest event was before this position had left the catalog, as far as it is known: Kafka
  /// had the events. Nothing: an older program left the mark.
  std::optional<std::int64_t> delivered{};
};

struct Marks {
  std::optional<Mark> newest;     // the one with the highest epoch
  std::int64_t position_max = 0;  // of all
  std::int64_t turn_max = 0;      // likewise
};

/// Errors: those of the store. A mark that cannot be read counts as one of position 0.
Result<Marks> read_marks(ObjectStore& store);

/// The object that says it.
Document document_of(const Mark& mark);
/// Durable when it returns. Each epoch has a mark of its own: one that leads no longer changes that of nobody else.
Result<> write_mark(ObjectStore& store, const Mark& mark);
/// Those with a lower epoch: they say nothing that a newer one does not.
Result<> remove_marks_before(ObjectStore& store, std::int64_t epoch);

}  // namespace dmw::store
