// Reconciler: compares all studies of the source with the catalog, by their last update and number of instances, at low
// speed: at the start, after a reset, and at ORTHANC_RECONCILE_INTERVAL. Unknown or changed studies become requests. If
// Orthanc lists fewer studies than it counts, or the answer is invalid, the comparison is repeated.
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

/// The progress of the current comparison, and the remaining requests.
struct Comparison {
  bool running = false;
  std::optional<std::int64_t> studies{};  // number of studies that the source reports
  std::int64_t compared = 0;
  bool incomplete = false;   // the last comparison was incomplete and will be repeated
  std::int64_t waiting = 0;  // requests from it that are not finished
};

/// One thread, except begin() and comparison().
class Reconciler {
 public:
  /// `client` is the watching thread's; it outlives the reconciler.
  Reconciler(const OrthancOptions& options, const Surroundings& rooms, OrthancClient& client,
             std::function<void()> nudge, Fence fence);

  /// Starts a comparison from the first study. Any thread.
  void begin() { asked_ = true; }
  /// The same after `delay`; a running comparison finishes first.
  void begin_after(std::chrono::milliseconds delay);
  /// Compares one page, if a comparison is due and few requests are waiting; returns true if there is more at once.
  /// Errors: those of the source and of the catalog; the same page is then repeated; stale (another process leads;
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
  /// Whether `study` has not changed since `tag` was stored.
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
  std::atomic<int> ended_early_ = 0;  // number in a row
  std::string last_id_;               // last id of the previous page
  // Counts of the current page, so that a page that was refused for overload continues when it is repeated.
  std::map<std::string, std::int64_t> counts_;
  Monotonic began_at_;
  std::optional<Monotonic> again_at_;
  std::optional<std::string> wanted_since_;
  std::int64_t requested_ = 0;
  std::int64_t passed_over_ = 0;  // neither selected by the setting nor requested
  std::int64_t waiting_ = 0;      // requests in the queue, of any origin
  std::atomic<std::int64_t> compared_ = 0;
  std::atomic<std::int64_t> studies_ = -1;
  std::atomic<std::int64_t> unfetched_ = 0;
};

}  // namespace dmw::sources
