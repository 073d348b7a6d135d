// One replica's relay with a sink in memory and a manual clock, for tests.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/stage_timer.h"
#include "events/relay.h"
#include "events/test_log.h"
#include "testing/manual_clock.h"

namespace dmw::events {

struct Replica {
  explicit Replica(TestLog& log, std::string holder = "one", Topic topic = Topic::metadata)
      : relay(log.database(), sink, clock, options(holder, {.name = name_of(topic), .topic = topic}, {})) {}
  /// One whose sink is not required, and is given up for what has waited for so long.
  Replica(TestLog& log, std::chrono::minutes give_up_after, Topic topic = Topic::metadata)
      : Replica(log, {.name = name_of(topic), .topic = topic, .is_required = false}, give_up_after) {}
  Replica(TestLog& log, const catalog::SinkTerms& terms, std::optional<std::chrono::minutes> give_up_after)
      : relay(log.database(), sink, clock, options("one", terms, give_up_after)) {}

  static std::string name_of(Topic topic) { return topic == Topic::metadata ? "first" : "first/dlq"; }
  Relay::Options options(const std::string& holder, const catalog::SinkTerms& terms,
                         std::optional<std::chrono::minutes> give_up_after) {
    return {.sink = terms,
            .holder = holder,
            .give_up_after = give_up_after,
            .on_advanced = [this](std::int64_t position) { told.push_back(position); },
            .passed_over = &metrics.counter("passed_over_total", "Events that were skipped", {}),
            .publish_seconds = &stage_seconds(metrics, "publish")};
  }
  void pass_until_idle() {
    for (int n = 0; n < 1000; ++n) {
      const Result<bool> more = relay.pass();
      ASSERT_TRUE(more) << more.error().message();
      if (!*more) return;
    }
    FAIL() << "the relay never gets idle";
  }
  /// As its worker does while the sink is away.
  void probe_for(std::chrono::minutes time) {
    for (std::chrono::minutes past{0}; past < time; past += std::chrono::minutes(1)) {
      clock.advance(std::chrono::minutes(1));
      EXPECT_FALSE(relay.probe());
    }
  }

  ManualClock clock;
  MemorySink sink;
  std::vector<std::int64_t> told;
  Metrics metrics;
  Relay relay;
};

/// What a person on a terminal reads of it, without the times.
inline std::string story_of(const std::function<void()>& what) {
  testing::internal::CaptureStderr();
  what();
  std::string lines = testing::internal::GetCapturedStderr();
  for (std::size_t at = 0; at < lines.size(); at = lines.find('\n', at) + 1)
    lines.erase(at, lines.find(' ', at) + 1 - at);
  return lines;
}

}  // namespace dmw::events
