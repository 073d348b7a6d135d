// Burials: sets aside what can never succeed. Bytes to the store, then row and event in one transaction.
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

/// An instance that is to be set aside, and why.
struct Poison {
  SpooledInstance item;
  Stage stage = Stage::header;
  Errc cause = Errc::corrupted;
  std::string detail;   // a sentence without patient data
  bool stored = false;  // its bytes are in the store under the key of the instance, and stay there
};

/// Any thread.
class Burials {
 public:
  Burials(store::ObjectStore& store, db::Database& database, const events::Bodies& bodies, CatalogId catalog_id,
          const Clock& clock, Metrics& metrics);

  /// An item whose bytes the store did not take: it is not buried.
  struct Unkept {
    SpooledInstance item;
    std::string key;
    Error why;
  };

  /// Idempotent: the same item again is the same dead letter. Returns those that are to be tried again. Errors: full,
  /// and those of the database.
  Result<std::vector<Unkept>> keep(std::span<const Poison> poison);
  /// A letter without bytes, of a request that has failed for good with it. Errors: stale (the claim is over).
  Result<> keep(const DeadLetter& letter, const std::optional<RequestClaim>& claim);

  /// Called after a burial: there are events to publish. Set once, before the first burial.
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
