// A relay that publishes to a broker on a thread of its own, for tests that wait until something of it holds.
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "events/kafka/test_broker.h"
#include "events/relay.h"
#include "events/test_log.h"

namespace dmw::events::kafka {

/// I4: every event at least once, and the first occurrences of a key in order.
inline void expect_complete_and_in_order(const std::vector<Record>& records, std::int64_t count) {
  std::map<std::string, std::int64_t> newest;
  std::set<std::int64_t> seen;
  for (const Record& record : records) {
    if (!seen.insert(record.number).second) continue;
    EXPECT_GT(record.number, newest[record.key]) << "of key " << record.key;
    newest[record.key] = record.number;
  }
  EXPECT_EQ(static_cast<std::int64_t>(seen.size()), count);
}

/// Lets a test wait until something holds, looking again at every step of the relay and of its sink.
class Steps {
 public:
  void took() {
    {
      const std::scoped_lock lock(mutex_);
      ++count_;
    }
    changed_.notify_all();
  }
  void await(const std::string& what, const std::function<bool()>& condition) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(300);
    while (!condition()) {
      std::unique_lock lock(mutex_);
      const std::uint64_t seen = std::exchange(seen_, count_);
      ASSERT_TRUE(changed_.wait_until(lock, deadline, [&] { return count_ != seen; })) << what;
    }
  }

 private:
  std::mutex mutex_;  // guards the members below
  std::condition_variable changed_;
  std::uint64_t count_ = 0;
  std::uint64_t seen_ = 0;
};

/// Remembers when the last window was acknowledged, and counts how often the sink had to be waited for.
class WatchedSink final : public EventSink {
 public:
  WatchedSink(EventSink& sink, Steps& steps) : sink_(sink), steps_(steps) {}
  std::vector<Result<>> publish(std::span<const Event> events, const WaitOn& wait_on) override {
    const auto given = std::chrono::steady_clock::now();
    std::vector<Result<>> results = sink_.publish(events, [&](const std::optional<Error>& slow) {
      if (slow) ++slow_looks;
      steps_.took();
      return wait_on(slow);
    });
    acknowledged = std::chrono::steady_clock::now();
    trip = acknowledged - given;
    steps_.took();
    return results;
  }
  Result<> probe() override { return sink_.probe(); }

  std::chrono::steady_clock::time_point acknowledged;
  std::chrono::steady_clock::duration trip{};
  std::atomic<int> slow_looks = 0;

 private:
  EventSink& sink_;
  Steps& steps_;
};

/// A relay on a thread of its own, from a log to a broker.
struct Publishing {
  explicit Publishing(Options options)
      : topic(options.topic), kafka(KafkaSink::open(std::move(options)).value()), sink(*kafka, steps) {}

  void append(int count) {
    for (int left = count; left > 0; left -= 100) log.append(std::min(left, 100), 20, 1'000);
    appended += count;
    relay.nudge();
  }
  void await_all(const std::string& what) {
    steps.await(what, [&] { return log.position() >= appended; });
  }
  void await_trouble(const std::string& what) {
    steps.await(what, [&] { return relay.state().sink_away.has_value(); });
  }
  /// Once each, and those of a key in order.
  void expect_each_once(const std::string& address) {
    relay.stop();
    const std::vector<Record> records = read_topic(address, topic);
    EXPECT_EQ(static_cast<std::int64_t>(records.size()), appended) << "no event twice";
    expect_complete_and_in_order(records, appended);
  }

  std::string topic;
  TestLog log;
  std::int64_t appended = 0;
  std::unique_ptr<KafkaSink> kafka;
  Steps steps;
  WatchedSink sink;
  SystemClock clock;
  Relay relay{log.database(),
              sink,
              clock,
              {.sink = {.name = "first"}, .holder = "one", .on_advanced = [this](std::int64_t) { steps.took(); }}};
};

}  // namespace dmw::events::kafka
