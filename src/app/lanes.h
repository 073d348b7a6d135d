// Lanes: the workers that carry on with what came in, as one part. /ready tells of all of them in one entry.
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

  /// A worker, with the items that it has put aside, which outlive it. `refused` says why items wait that the catalog
  /// refuses one by one, or nothing. Before start(). The worker lives as long as the lanes.
  lane::Worker& add(lane::Worker::Options options, const lane::Aside& aside, std::function<std::string()> refused = {});

  Result<> start() override;
  /// Lets the running pass of each worker end.
  void stop(std::chrono::milliseconds patience) override;
  PartState state() const override { return state_with(true); }
  /// Each item that waits alone has a line of its own when it is put aside.
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
