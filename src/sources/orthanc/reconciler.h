// Reconciler: compares every study of the source with what we have, by the time of its last update and its number of
// instances, gently: at the start, after a reset, and from time to time where a site asks for it. What is unknown or
// has changed since becomes a request. Only an Orthanc that says so has nothing: fewer studies than it counts, or an
// answer that is none, means that the comparison is made again.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "sources/orthanc/options.h"
#include "sources/orthanc/orthanc_client.h"

namespace dmw::sources {

/// How far the present comparison is, and what it leaves to do.
struct Comparison {
  bool running = false;
  std::optional<std::int64_t> studies{};  // that the source counts
  std::int64_t compared = 0;
  bool incomplete = false;   // the last one: it is made again
  std::int64_t waiting = 0;  // requests that came of it and are not done
};

/// One thread, but for begin() and comparison().
class Reconciler {
 public:
  /// `client` is the watching thread's; it outlives the reconciler.
  Reconciler(const OrthancOptions& options, const Surroundings& rooms, OrthancClient& client,
             std::function<void()> nudge, Fence fence);

  /// From the first study on. Any thread.
  void begin() { asked_ = true; }
  /// The same later; one that runs then is ended first.
  void begin_after(std::chrono::milliseconds delay);
  /// One page, when there is something to do and few requests wait; true when there is more at once.
  /// Errors: those of the source and of the catalog, and the same page comes again then; stale (another process leads:
  /// nothing was written).
  Result<bool> pass();
  /// Any thread.
  Comparison comparison() const;

 private:
  bool is_due(Monotonic now) const;
  Result<> start(Monotonic now);
  Result<bool> compare_page();
  Result<bool> slide_back();
  Result<bool> end();
  void end_early(std::string_view why);
  Result<> count_waiting();
  Result<> compare(const std::vector<OrthancStudy>& studies);
  Result<std::int64_t> count(const std::string& study);
  /// Whether `study` is still what was kept under `tag`.
  Result<bool> unchanged(const OrthancStudy& study, const std::string& tag);

  const OrthancOptions& options_;
  Surroundings rooms_;
  const std::function<void()> nudge_;
  const Fence fence_;
  OrthancClient& client_;
  std::atomic<bool> asked_ = true;
  std::atomic<bool> running_ = false;
  std::size_t next_ = 0;
  int slides_ = 0;
  std::atomic<int> ended_early_ = 0;  // in a row
  std::string last_id_;               // of the page before
  // Of this page: so that a page which is refused for the load goes on when it comes again.
  std::map<std::string, std::int64_t> counts_;
  Monotonic began_at_;
  std::optional<Monotonic> again_at_;
  std::optional<std::string> wanted_since_;
  std::int64_t requested_ = 0;
  std::int64_t passed_over_ = 0;  // wanted neither by the setting nor by anybody
  std::int64_t waiting_ = 0;      // in the lane, whoever asked
  std::atomic<std::int64_t> compared_ = 0;
  std::atomic<std::int64_t> studies_ = -1;
  std::atomic<std::int64_t> unfetched_ = 0;
};

}  // namespace dmw::sources
