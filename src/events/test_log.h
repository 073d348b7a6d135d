// A catalog with an event log, and a sink in memory that can be told to fail, for tests.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/format.h"
#include "catalog/event_log.h"
#include "catalog/leaders.h"
#include "catalog/migrations.h"
#include "db/sqlite/sqlite.h"
#include "events/sink.h"
#include "testing/scratch_folder.h"

namespace dmw::events {

/// On SQLite in a folder of its own.
class TestLog {
 public:
  TestLog() { EXPECT_TRUE(catalog::migrate(*database_)); }

  db::Database& database() { return *database_; }

  /// Appends `count` events about `keys` studies in turn; bodies tell their number, `body_bytes` long.
  void append(int count, int keys = 10, std::size_t body_bytes = 0, Topic topic = Topic::metadata) {
    const Result<> done = database_->write([&](db::Transaction& transaction) -> Result<> {
      std::vector<Event> events;
      for (int n = 0; n < count; ++n) {
        events.push_back(event(next_ + n, keys, body_bytes));
        events.back().topic = topic;
      }
      TRY(catalog::append(transaction, events));
      return {};
    });
    ASSERT_TRUE(done) << done.error().message();
    next_ += count;
  }

  std::int64_t position(const std::string& sink = "first") {
    return catalog::sink_position(*database_, sink).value().value_or(0);
  }

 private:
  static Event event(int number, int keys, std::size_t body_bytes) {
    Event made;
    made.event_id = Uuid::of_name(Uuid(), format("event {}", number));
    made.key = format("1.2.{}", number % keys);
    made.headers = format(R"({{"event_id":"{}","ce_type":"study.updated"}})", made.event_id.text());
    made.body = format(R"({{"number":{},"rest":"{}"}})", number, std::string(body_bytes, 'x'));
    return made;
  }

  const ScratchFolder folder_;
  const std::unique_ptr<db::Database> database_ = db::sqlite::open({.path = folder_ / "catalog.db"}).value();
  int next_ = 1;
};

class MemorySink final : public EventSink {
 public:
  std::vector<Result<>> publish(std::span<const Event> events, const WaitOn& wait_on) override {
    ++windows;
    std::set<std::string> behind;
    std::vector<Result<>> results;
    for (const Event& event : events) {
      const bool failed =
          refuses.contains(event.position) || behind.contains(event.key) || (in_order && !behind.empty());
      if (failed) behind.insert(event.key);
      if (!failed) got.push_back(event);
      results.push_back(failed ? Result<>(fail(code, "the sink is away")) : Result<>());
    }
    while (silent && silent()) {
      if (!wait_on(slow)) return std::vector<Result<>>(events.size(), fail(Errc::cancelled, "the wait was ended"));
    }
    return results;
  }
  std::vector<Result<>> publish(std::span<const Event> events) {
    return publish(events, [](const std::optional<Error>&) { return true; });
  }
  Result<> probe() override {
    ++probes;
    return answers ? Result<>() : fail(Errc::unauthorized, complaint);
  }

  std::set<std::int64_t> refuses;
  bool in_order = true;  // what comes after a refused event is refused too, of whatever key
  Errc code = Errc::unavailable;
  std::function<bool()> silent = {};  // as long as it says so, no word on a window comes
  std::optional<Error> slow = Error{Errc::timeout, "no acknowledgement for 5 s", {}};
  std::vector<Event> got;
  int windows = 0;
  bool answers = true;  // to a probe
  std::string complaint = "nobody is let in";
  int probes = 0;
};

}  // namespace dmw::events
