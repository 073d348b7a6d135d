// Trigger: saves a request for a study (by the webhook or a person) on disk before the caller is answered. Calls at the
// same time share one transaction.
#pragma once

#include <functional>
#include <string>

#include "catalog/requests.h"
#include "lane/group_commit.h"

namespace dmw::sources {

/// The request of a caller.
struct Wanted {
  std::string study;  ///< Orthanc's identifier
  Uuid correlation_id;
  std::string client_correlation{};
  std::string traceparent{};
  RequestPriority priority = RequestPriority::asked;
};

/// Any thread. Errors of submit: invalid (not an identifier of Orthanc), unavailable (the catalog cannot be reached,
/// too many callers wait, or it hangs; the request may then still be saved later), cancelled.
class Trigger {
 public:
  /// `nudge` is called when requests were written. `database` outlives it.
  Trigger(std::string source, db::Database& database, std::function<void()> nudge);

  /// Blocks until the request is saved on disk. When the request is done, its study counts as complete.
  Result<catalog::Submitted> submit(const Wanted& wanted);
  /// Errors of later calls: cancelled.
  void stop() { commit_.stop(); }

 private:
  const std::string source_;
  lane::GroupCommit<NewRequest, catalog::Submitted> commit_;
};

}  // namespace dmw::sources
