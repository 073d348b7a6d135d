// UnderWay: the one owner of what is under way of a source: the requests that are claimed and not finished, the order
// in which they are served, and which of them has which instance. It outlives the puller in the callbacks that the
// inbox still has.
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
  /// Listings that are asked for together: a quarter of what is in the pool, so that others are fetched meanwhile.
  static constexpr std::size_t together_max = 32;

  /// `settle`: a pull has ended, or has nothing left to fetch. `look`: some have more to do. Nothing is called any more
  /// after disconnect().
  UnderWay(std::function<void()> settle, std::function<void()> look)
      : settle_(std::move(settle)), look_(std::move(look)) {}
  void disconnect();

  /// All at once, so that their listings are asked for together. One that is claimed again takes the place of the
  /// first.
  void add(const std::vector<std::shared_ptr<Pull>>& pulls);
  std::vector<std::int64_t> ids() const;
  struct Load {
    std::size_t claimed = 0;
    std::size_t pulls = 0;      // that still have something to fetch
    std::size_t instances = 0;  // that these have listed
  };
  Load load();

  /// The next to serve, in turn: one step, or one listing of each of many where they may be asked for together. Each
  /// ends with end(). Nothing: empty.
  std::vector<Errand> next(std::size_t parallel_max, bool together);
  void end(const Errand& errand, StepEnd how);

  /// To be read before the catalog is asked what is known.
  std::uint64_t moment() const { return instances_.moment(); }
  InstancesUnderWay::Entered enter(const Errand& errand);
  /// The instance of a pull that has entered is not kept.
  void leave(const std::string& id);
  /// That which was kept for `pull` is recorded or set aside.
  void recorded(Pull& pull, const std::string& id);

  struct Ended {
    std::shared_ptr<Pull> pull;
    PullEnd end;
  };
  /// Those that are through, until they are forgotten.
  std::vector<Ended> ended() const;
  void forget(std::int64_t request_id);
  /// The first one since it was asked for.
  std::optional<Error> outage();
  enum class Which { cancelled, needing_source, all };
  /// Cancels such pulls, and forgets them.
  std::vector<std::int64_t> give_back(Which which);

 private:
  void call(const std::function<void()>& function);
  void examine_again(const std::vector<std::shared_ptr<Pull>>& waiting, const std::string& id);

  InstancesUnderWay instances_;
  mutable std::mutex mutex_;  // guards what follows
  std::map<std::int64_t, std::shared_ptr<Pull>> pulls_;
  std::list<std::shared_ptr<Pull>> serving_;  // of these: those that may have something left; the next is
                                              // first
  std::optional<Error> outage_;
  std::mutex calling_;  // guards the functions
  std::function<void()> settle_;
  std::function<void()> look_;
};

}  // namespace dmw::sources
