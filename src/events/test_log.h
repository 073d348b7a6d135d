// A catalog with an event log, and a sink in memory that can be told to fail, for tests.
#pragma once

#include <filesystem>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/format.h"
#include "catalog/event_log.h"
#include "catalog/migrations.h"
#include "db/sqlite/sqlite.h"
#include "events/sink.h"

namespace dmw::events {

/// On SQLite in a folder of its own.
class TestLog {
 public:
  TestLog() {
    folder_ = std::filesystem::temp_directory_path() / ("dmw-relay-" + Uuid::random().text());
    database_ = std::move(db::sqlite::open({.path = folder_ / "catalog.db"}).value());
    EXPECT_TRUE(catalog::migrate(*database_));
  }
  TestLog(const TestLog&) = delete;
  TestLog& operator=(const TestLog&) = delete;
  ~TestLog() {
    database_.reset();
    std::filesystem::remove_all(folder_);
  }

  db::Database& database() { return *database_; }

  /// Appends `count` events about `keys` studies in turn; bodies tell their number, `body_bytes` long.
  void append(int count, int keys = 10, std::size_t body_bytes = 0) {
    const Result<> done = database_->write([&](db::Transaction& transaction) -> Result<> {
      std::vector<Event> events;
      for (int n = 0; n < count; ++n) events.push_back(event(next_ + n, keys, body_bytes));
      TRY(catalog::append(transaction, events));
      return {};
    });
    ASSERT_TRUE(done) << done.error().message();
    next_ += count;
  }

  std::int64_t position() { return catalog::sink_position(*database_, "kafka").value().value_or(0); }

 private:
  static Event event(int number, int keys, std::size_t body_bytes) {
    Event made;
    made.event_id = Uuid::of_name(Uuid(), format("event {}", number));
    made.key = format("1.2.{}", number % keys);
    made.headers = format(R"({{"event_id":"{}","ce_type":"study.updated"}})", made.event_id.text());
    made.body = format(R"({{"number":{},"rest":"{}"}})", number, std::string(body_bytes, 'x'));
    return made;
  }

  std::filesystem::path folder_;
  std::unique_ptr<db::Database> database_;
  int next_ = 1;
};

class MemorySink final : public EventSink {
 public:
  std::vector<Result<>> publish(std::span<const Event> events) override {
    std::vector<Result<>> results;
    bool failed = false;
    for (const Event& event : events) {
      failed = failed || refuses.contains(event.position);
      if (!failed) got.push_back(event);
      results.push_back(failed ? Result<>(fail(code, "the sink is away")) : Result<>());
    }
    return results;
  }
  Result<> probe() override {
    ++probes;
    return answers ? Result<>() : fail(Errc::unauthorized, complaint);
  }

  std::set<std::int64_t> refuses;
  Errc code = Errc::unavailable;
  std::vector<Event> got;
  bool answers = true;  // to a probe
  std::string complaint = "nobody is let in";
  int probes = 0;
};

}  // namespace dmw::events
