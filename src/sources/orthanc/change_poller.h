// ChangePoller: reads Orthanc's /changes. The requests of a page and the new cursor are written in one transaction, so
// each change is processed exactly once, even if the process is killed. Runs on the leader of the source.
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
    /// Called if our knowledge of the source may be wrong: all studies must be compared, after `delay`.
    std::function<void(std::chrono::milliseconds delay)> reconcile;
    Fence fence;
  };
  /// `client` belongs to the watching thread and outlives the poller.
  ChangePoller(const OrthancOptions& options, const Surroundings& rooms, OrthancClient& client, Calls calls);

  /// Reads one page, or the holes again; returns true if there is more. Errors: those of the source and of the catalog;
  /// stale (another process leads; nothing was written).
  Result<bool> pass();
  /// Begins again at the saved cursor, which another process may have moved.
  void forget() { log_.reset(); }

 private:
  Result<bool> read();
  Result<> begin();
  Result<> reset();
  /// The index of the source was replaced.
  Result<> replaced(std::string_view evidence);
  Result<bool> has_another_identity();
  /// The changes after the newest known one; nullopt if the index was replaced.
  Result<std::optional<OrthancChanges>> next_page();
  Result<bool> sequence_fell();
  void remember(std::span<const OrthancChange> changes);
  Result<> read_again();
  /// The requests for the new studies in `changes`, with the cursor after them.
  Result<> keep(std::span<const OrthancChange> changes);
  std::vector<NewRequest> requests_of(std::span<const OrthancChange> changes) const;

  const OrthancOptions& options_;
  Surroundings rooms_;
  const Calls calls_;
  OrthancClient& client_;
  std::optional<ChangeLog> log_;
  // The newest changes that were read, to recognise the index. Several, because a change disappears with its resource.
  std::deque<OrthancChange> witnesses_;
  bool was_away_ = false;  // the source was not reachable and may have been replaced
  catalog::Cursor kept_;
  Gauge& lag_gauge_;
  Counter& changes_;
};

}  // namespace dmw::sources
