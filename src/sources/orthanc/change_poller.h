// ChangePoller: reads Orthanc's /changes. Each page becomes requests in one transaction with the cursor, so that each
// change is noticed once, whatever ends the process. A pass of the source's leader.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "catalog/cursors.h"
#include "model/request.h"
#include "sources/orthanc/change_log.h"
#include "sources/orthanc/options.h"
#include "sources/orthanc/orthanc_client.h"

namespace dmw::sources {

/// One thread.
class ChangePoller {
 public:
  struct Calls {
    std::function<void()> nudge;  ///< requests were written
    /// What we know of the source may be wrong from here on: every study is to be compared, after `delay`.
    std::function<void(std::chrono::milliseconds delay)> reconcile;
    Fence fence;
  };
  /// `client` is the watching thread's; it outlives the poller.
  ChangePoller(const OrthancOptions& options, const Surroundings& rooms, OrthancClient& client, Calls calls);

  /// One page, or a look at the holes; true when there is more. Errors: those of the source and of the catalog; stale
  /// (another process leads: nothing was written).
  Result<bool> pass();
  /// Begins again from the kept cursor: somebody else may have moved it.
  void forget() { log_.reset(); }

 private:
  Result<bool> read();
  Result<> begin();
  Result<> reset();
  /// The source has another index than before.
  Result<> replaced(std::string_view evidence);
  Result<bool> has_another_identity();
  /// What follows the newest change that is known to be there; nothing where the index is another one.
  Result<std::optional<OrthancChanges>> next_page();
  Result<bool> sequence_fell();
  void remember(std::span<const OrthancChange> changes);
  Result<> read_again();
  /// Requests of what is new in `changes`, with the cursor after it.
  Result<> keep(std::span<const OrthancChange> changes);
  std::vector<NewRequest> requests_of(std::span<const OrthancChange> changes) const;

  const OrthancOptions& options_;
  Surroundings rooms_;
  const Calls calls_;
  OrthancClient& client_;
  std::optional<ChangeLog> log_;
  // The newest changes that were read. A row goes with its resource, so that one alone proves little.
  std::deque<OrthancChange> witnesses_;
  bool was_away_ = false;  // it may come back as another one
  catalog::Cursor kept_;
  Gauge& lag_gauge_;
  Counter& changes_;
};

}  // namespace dmw::sources
