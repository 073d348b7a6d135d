// Lanes: all workers that process received files, as one part with one entry in /ready.
#pragma once

#include <functional>
#include <list>
#include <string>

#include "base/clock.h"
#include "lane/aside.h"
#include "lane/worker.h"
#include "part/part.h"

namespace dmw::app {

class Lanes : public Part {
 public:
  /// `clock` outlives it.
  explicit Lanes(const Clock& clock)
      : Part({.name = "lanes", .kind = PartKind::work, .needs = {"catalog", "store"}, .retries = true}),
        clock_(clock) {}

  /// Adds a worker and its list of delayed items, which must outlive the lanes. `refused` returns why items wait that
  /// the catalog refuses, or an empty text. Call it before start(). The worker exists as long as the lanes.
  lane::Worker& add(lane::Worker::Options options, const lane::Aside& aside, std::function<std::string()> refused = {});

  Result<> start() override;
  /// Waits for the running pass of each worker.
  void stop(std::chrono::milliseconds patience) override;
  PartState state() const override { return state_with(true); }
  /// Delayed items are logged when they are added.
  std::optional<PartState> state_for_log() const override { return state_with(false); }

 private:
  struct Member {
    Member(lane::Worker::Options options, const Clock& clock, const lane::Aside& put_aside,
           std::function<std::string()> refusal)
        : name(options.name), aside(put_aside), refused(std::move(refusal)), worker(std::move(options), clock) {}

    const std::string name;
    const lane::Aside& aside;
    const std::function<std::string()> refused;
    lane::Worker worker;
  };

  PartState state_with(bool items_aside) const;

  const Clock& clock_;
  std::list<Member> members_;
};

}  // namespace dmw::app
