// ChangePoller: reads Orthanc's /changes. Each page becomes requests in one transaction with the cursor, so that no
// change is lost between noticing and fetching. A pass of the source's leader.
#pragma once

#include <atomic>
#include <cstdint>
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
  /// `nudge`: requests were written. `reconcile`: what we know of the source may be wrong from here on.
  ChangePoller(const OrthancOptions& options, const Surroundings& rooms, std::function<void()> nudge,
               std::function<void()> reconcile);

  /// One page, or a look at the holes; true when there is more. Errors: those of the source and of the catalog.
  Result<bool> pass();
  /// Begins again from the kept cursor: somebody else may have moved it.
  void forget() { log_.reset(); }
  /// Changes that are there and not read yet. Any thread.
  std::int64_t lag() const { return lag_; }

 private:
  Result<> begin();
  Result<> reset(std::int64_t last, const std::string& database_id);
  /// The source has another index than before.
  Result<> replaced();
  /// Takes the change that was read last off the page; false when another one has its number.
  bool recognizes(OrthancChanges& page);
  Result<> read_again();
  /// Requests of what is new in `changes`, with the cursor after it.
  Result<> keep(std::span<const OrthancChange> changes);
  std::vector<NewRequest> requests_of(std::span<const OrthancChange> changes) const;

  const OrthancOptions& options_;
  Surroundings rooms_;
  const std::function<void()> nudge_;
  const std::function<void()> reconcile_;
  OrthancClient client_;
  std::optional<ChangeLog> log_;
  std::optional<OrthancChange> newest_;  // at log_->read_to(), once seen
  catalog::Cursor kept_;
  std::atomic<std::int64_t> lag_ = 0;
  Gauge& lag_gauge_;
  Counter& changes_;
};

}  // namespace dmw::sources
