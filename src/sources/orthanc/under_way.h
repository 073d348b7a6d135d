// UnderWay: the only owner of the work in progress for a source: the requests that are claimed and not finished, the
// order in which they are served, and which of them has which instance. It outlives the puller, because the inbox may
// still have its callbacks.
#pragma once

#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "sources/orthanc/instances_under_way.h"
#include "sources/orthanc/pull.h"

namespace dmw::sources {

/// One step of one pull.
struct Errand {
  std::shared_ptr<Pull> pull;
  Step step;
};

/// Any thread.
class UnderWay {
 public:
  /// Listings that are requested at the same time: a quarter of the pool, so that the rest can fetch instances.
  static constexpr std::size_t together_max = 32;

  /// `settle` is called when a pull has ended, or has nothing left to fetch; `look` when there are further steps.
  /// Neither is called after disconnect().
  UnderWay(std::function<void()> settle, std::function<void()> look)
      : settle_(std::move(settle)), look_(std::move(look)) {}
  void disconnect();

  /// Adds all pulls at once, so that their listings become bulk requests. A pull for a request that is claimed again
  /// replaces the previous one.
  void add(const std::vector<std::shared_ptr<Pull>>& pulls);
  std::vector<std::int64_t> ids() const;
  struct Load {
    std::size_t claimed = 0;
    std::size_t pulls = 0;      // pulls that still have something to fetch
    std::size_t instances = 0;  // instances that these have listed
  };
  Load load();

  /// The next errands, in turn: one step, or one listing of each of several pulls for a bulk request. Call end() for
  /// each. Empty if there are none.
  std::vector<Errand> next(std::size_t parallel_max, bool together);
  void end(const Errand& errand, StepEnd how);

  /// Read it before the catalog is queried for known instances.
  std::uint64_t moment() const { return instances_.moment(); }
  InstancesUnderWay::Entered enter(const Errand& errand);
  /// The instance of a pull that has entered was not kept.
  void leave(const std::string& id);
  /// The instance that was kept for `pull` is recorded or a dead letter.
  void recorded(Pull& pull, const std::string& id);

  struct Ended {
    std::shared_ptr<Pull> pull;
    PullEnd end;
  };
  /// The finished pulls, until they are forgotten.
  std::vector<Ended> ended() const;
  void forget(std::int64_t request_id);
  /// The first outage since the last call.
  std::optional<Error> outage();
  enum class Which { cancelled, needing_source, all };
  /// Cancels the selected pulls and forgets them; returns their request ids.
  std::vector<std::int64_t> give_back(Which which);

 private:
  void call(const std::function<void()>& function);
  void examine_again(const std::vector<std::shared_ptr<Pull>>& waiting, const std::string& id);

  InstancesUnderWay instances_;
  mutable std::mutex mutex_;  // guards the members below
  std::map<std::int64_t, std::shared_ptr<Pull>> pulls_;
  std::list<std::shared_ptr<Pull>> serving_;  // pulls that may have further steps; the next one is
                                              // first
  std::optional<Error> outage_;
  std::mutex calling_;  // guards the callbacks
  std::function<void()> settle_;
  std::function<void()> look_;
};

}  // namespace dmw::sources
