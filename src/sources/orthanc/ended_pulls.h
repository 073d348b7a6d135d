// EndedPulls: where pulls go when they are through. It outlives the puller in the callbacks that the inbox still has.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "sources/orthanc/pull.h"

namespace dmw::sources {

/// Any thread.
class EndedPulls {
 public:
  struct Ended {
    std::shared_ptr<Pull> pull;
    PullEnd end;
  };

  /// `settle`: something ended. `look`: a pull has more to do. Nothing is called any more after disconnect().
  EndedPulls(std::function<void()> settle, std::function<void()> look)
      : settle_(std::move(settle)), look_(std::move(look)) {}

  void disconnect() {
    const std::scoped_lock lock(calling_);
    settle_ = [] {};
    look_ = [] {};
  }

  /// Takes the pull in if it has come to its end just now.
  void check(const std::shared_ptr<Pull>& pull) {
    std::optional<PullEnd> end = pull->ending();
    if (!end) return;
    {
      const std::scoped_lock lock(mutex_);
      ended_.push_back({pull, std::move(*end)});
    }
    nudge();
  }
  void nudge() {
    const std::scoped_lock lock(calling_);
    settle_();
  }
  void look_again() {
    const std::scoped_lock lock(calling_);
    look_();
  }

  std::vector<Ended> take() {
    const std::scoped_lock lock(mutex_);
    return std::exchange(ended_, {});
  }
  void put_back(std::vector<Ended> ended) {
    const std::scoped_lock lock(mutex_);
    ended_.insert(ended_.end(), std::make_move_iterator(ended.begin()), std::make_move_iterator(ended.end()));
  }

 private:
  std::mutex mutex_;  // guards ended_
  std::vector<Ended> ended_;
  std::mutex calling_;  // guards the functions
  std::function<void()> settle_;
  std::function<void()> look_;
};

}  // namespace dmw::sources
