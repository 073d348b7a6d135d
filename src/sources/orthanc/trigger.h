// Trigger: a study that somebody asks for (the webhook, a person) becomes a durable request before the caller is
// answered. Callers that come at the same time share one transaction.
#pragma once

#include <functional>
#include <string>

#include "catalog/requests.h"
#include "lane/group_commit.h"

namespace dmw::sources {

/// What a caller asks for.
struct Wanted {
  std::string study;  ///< Orthanc's identifier
  Uuid correlation_id;
  std::string client_correlation{};
  std::string traceparent{};
  RequestPriority priority = RequestPriority::asked;
};

/// Any thread. Errors of submit: invalid (not an identifier of Orthanc), unavailable (the catalog is away, too many
/// wait, or it hangs: then the request may become durable later), cancelled.
class Trigger {
 public:
  /// `nudge`: a group of requests was written. `database` outlives it.
  Trigger(std::string source, db::Database& database, std::function<void()> nudge);

  /// Blocks until the request is durable. When it is done its study is complete for now.
  Result<catalog::Submitted> submit(const Wanted& wanted);
  /// Errors of later calls: cancelled.
  void stop() { commit_.stop(); }

 private:
  const std::string source_;
  lane::GroupCommit<NewRequest, catalog::Submitted> commit_;
};

}  // namespace dmw::sources
