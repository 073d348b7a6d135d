// Burials: makes dead letters of items that cannot be processed. The file goes to the store first, then the row and the
// event are written in one transaction.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "base/clock.h"
#include "base/metrics.h"
#include "catalog/dead_letters.h"
#include "events/bodies.h"
#include "model/catalog_id.h"
#include "model/dead_letter.h"
#include "model/spooled_instance.h"
#include "store/object_store.h"

namespace dmw::ingest {

/// An instance that becomes a dead letter, and the reason.
struct Poison {
  SpooledInstance item;
  Stage stage = Stage::header;
  Errc cause = Errc::corrupted;
  std::string detail;   // a sentence without patient data
  bool stored = false;  // the store has it already under the key of the instance, where it stays
};

/// Any thread.
class Burials {
 public:
  Burials(store::ObjectStore& store, db::Database& database, const events::Bodies& bodies, CatalogId catalog_id,
          const Clock& clock, Metrics& metrics);

  /// An item that the store did not accept, so no dead letter was made.
  struct Unkept {
    SpooledInstance item;
    std::string key;
    Error why;
  };

  /// Makes dead letters of these items. Idempotent: the same item again is the same dead letter. Returns the items that
  /// must be tried again. Errors: full, and those of the database.
  Result<std::vector<Unkept>> keep(std::span<const Poison> poison);
  /// Writes a dead letter without a file, and ends its request as failed. Errors: stale (the claim is over), those of
  /// the database.
  Result<> keep(const DeadLetter& letter, const std::optional<RequestClaim>& claim);

  /// Sets the function that is called after events were written. Call this once, before the first dead letter.
  void on_buried(std::function<void()> nudge) { on_buried_ = std::move(nudge); }

 private:
  Result<> bury(const std::vector<catalog::Burial>& burials);
  void count(const DeadLetter& letter);

  store::ObjectStore& store_;
  catalog::DeadLetters letters_;
  const events::Bodies& bodies_;
  const CatalogId catalog_id_;
  const Clock& clock_;
  Family<Counter>& messages_;
  Family<Counter>& failures_;
  Family<Counter>& reopened_;
  std::function<void()> on_buried_ = [] {};
};

}  // namespace dmw::ingest
