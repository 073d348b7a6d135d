// Replay: processes a dead letter again. A file goes through the inbox as if it had been sent again; a failed request
// is made again. In both cases the replay is saved on disk before it is reported as accepted.
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

/// A replay that has begun.
struct Retry {
  std::optional<Uuid> request;  ///< set if the source is asked again: the request whose end is the end of the replay
};

/// Any thread.
class Replay {
 public:
  Replay(inbox::Intake& inbox, inbox::Gauges& gauges, store::ObjectStore& store, db::Database& database,
         dicom::ReadOptions read, const Clock& clock);

  /// Errors: conflict (it is neither open nor replaying), full (the inbox), and those of the store and the database.
  Result<Retry> replay(const DeadLetter& letter);
  /// Checks inbox, store and catalog. If it succeeds, a failed replay is the fault of that dead letter. Errors: as
  /// replay().
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
