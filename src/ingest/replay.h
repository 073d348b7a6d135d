// Replay: gives a dead letter another try. Bytes come back through the inbox as if a sender had sent them again, a
// request that failed is asked again; either way it is durable before anybody is told that it was accepted.
#pragma once

#include <optional>

#include "base/result.h"
#include "base/uuid.h"
#include "catalog/dead_letters.h"
#include "catalog/requests.h"
#include "dicom/read_attributes.h"
#include "inbox/gauges.h"
#include "inbox/intake.h"
#include "store/object_store.h"

namespace dmw::ingest {

/// Another try that has begun.
struct Retry {
  std::optional<Uuid> request;  ///< where the source is asked again: the request that ends with the try
};

/// Any thread.
class Replay {
 public:
  Replay(inbox::Intake& inbox, inbox::Gauges& gauges, store::ObjectStore& store, db::Database& database,
         dicom::ReadOptions read, const Clock& clock);

  /// Errors: conflict (it is neither open nor replaying), full (the inbox), and those of the store and the database.
  Result<Retry> replay(const DeadLetter& letter);
  /// Whether inbox, store and catalog are well: what one dead letter meets then is its own. Errors: as replay().
  Result<> probe();

 private:
  Result<> replay_bytes(const DeadLetter& letter);
  Result<Retry> replay_request(const DeadLetter& letter);

  inbox::Intake& inbox_;
  inbox::Gauges& gauges_;
  store::ObjectStore& store_;
  db::Database& database_;
  catalog::DeadLetters letters_;
  const dicom::ReadOptions read_;
  const Clock& clock_;
};

}  // namespace dmw::ingest
