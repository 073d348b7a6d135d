// Reconciler: compares every study of the source with what we have, by the time of its last update and its number of
// instances, gently: at the start, after a reset, and from time
// to time where a site asks for it. What is unknown or has changed since becomes a request.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>

#include "sources/orthanc/options.h"
#include "sources/orthanc/orthanc_client.h"

namespace dmw::sources {

/// One thread, but for begin().
class Reconciler {
 public:
  Reconciler(const OrthancOptions& options, const Surroundings& rooms, std::function<void()> nudge);

  /// From the first study on. Any thread.
  void begin() { asked_ = true; }
  /// One page, when there is something to do and few requests wait; true when there is more at once.
  /// Errors: those of the source and of the catalog; the same page comes again then.
  Result<bool> pass();

 private:
  Result<> compare(const std::vector<OrthancStudy>& studies);
  /// Whether `study` is still what was kept under `tag`.
  Result<bool> unchanged(const OrthancStudy& study, const std::string& tag);

  const OrthancOptions& options_;
  Surroundings rooms_;
  const std::function<void()> nudge_;
  OrthancClient client_;
  std::atomic<bool> asked_ = true;
  bool running_ = false;
  std::size_t next_ = 0;
  std::string last_id_;  // of the page before
  Monotonic began_at_;
  std::int64_t found_ = 0;
  std::int64_t requested_ = 0;
};

}  // namespace dmw::sources
