// Against the broker at DMW_TEST_KAFKA, read back with kcat; outages are made by a broker of its own.
#include <atomic>
#include <condition_variable>
#include <cstdio>
#include <map>
#include <mutex>
#include <set>

#include "events/kafka/test_broker.h"
#include "events/relay.h"
#include "events/test_log.h"

namespace dmw::events::kafka {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

/// I4: every event at least once, and the first occurrences of a key in order.
void expect_complete_and_in_order(const std::vector<Record>& records, std::int64_t count) {
  std::map<std::string, std::int64_t> newest;
  std::set<std::int64_t> seen;
  for (const Record& record : records) {
    if (!seen.insert(record.number).second) continue;
    EXPECT_GT(record.number, newest[record.key]) << "of key " << record.key;
    newest[record.key] = record.number;
  }
  EXPECT_EQ(static_cast<std::int64_t>(seen.size()), count);
}

TEST(KafkaSinkOnABroker, MakesItsTopicsAndDeliversInOrderWithHeaders) {
  NEEDS_BROKER();
  TestLog log;
  for (int n = 0; n < 10; ++n) log.append(500, 50);
  const Options options = options_for(broker());
  const auto sink = KafkaSink::open(options).value();
  ASSERT_TRUE(sink->ensure_topics());
  ASSERT_TRUE(sink->ensure_topics()) << "a second time";
  ASSERT_TRUE(sink->probe());
  SystemClock clock;
  Relay relay(log.database(), *sink, clock, {.holder = "one"});
  for (bool more = true; more;) {
    const Result<bool> passed = relay.pass();
    ASSERT_TRUE(passed) << passed.error().message();
    more = *passed;
  }
  const std::vector<Record> records = read_topic(broker(), options.topic);
  EXPECT_EQ(records.size(), 5'000U);
  expect_complete_and_in_order(records, 5'000);
  EXPECT_EQ(records.at(0).headers, format("event_id={},ce_type=study.updated",
                                          Uuid::of_name(Uuid(), format("event {}", records.at(0).number)).text()));
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
    const auto deadline = steady_clock::now() + seconds(90);
    while (!condition()) {
      std::unique_lock lock(mutex_);
      const std::uint64_t seen = std::exchange(seen_, count_);
      ASSERT_TRUE(changed_.wait_until(lock, deadline, [&] { return count_ != seen; })) << what;
    }
  }

 private:
  std::mutex mutex_;  // guards what follows
  std::condition_variable changed_;
  std::uint64_t count_ = 0;
  std::uint64_t seen_ = 0;
};

/// Remembers when the last window was acknowledged, and counts the probes that failed.
class WatchedSink final : public EventSink {
 public:
  WatchedSink(EventSink& sink, Steps& steps) : sink_(sink), steps_(steps) {}
  std::vector<Result<>> publish(std::span<const Event> events) override {
    const auto given = steady_clock::now();
    std::vector<Result<>> results = sink_.publish(events);
    acknowledged = steady_clock::now();
    trip = acknowledged - given;
    steps_.took();
    return results;
  }
  Result<> probe() override {
    const Result<> probed = sink_.probe();
    if (!probed) ++failed_probes;
    steps_.took();
    return probed;
  }

  steady_clock::time_point acknowledged;
  steady_clock::duration trip{};
  std::atomic<int> failed_probes = 0;

 private:
  EventSink& sink_;
  Steps& steps_;
};

TEST(KafkaSinkOnABroker, LosesNothingWhenTheBrokerIsKilledAndWhenItIsFrozen) {
  NEEDS_BROKER();
  OwnBroker own;
  TestLog log;
  Options options = options_for(own.address());
  options.window_timeout = milliseconds(3'000);
  const auto kafka = KafkaSink::open(options).value();
  Steps steps;
  WatchedSink sink(*kafka, steps);
  SystemClock clock;
  Relay relay(log.database(), sink, clock, {.holder = "one", .on_advanced = [&](std::int64_t) { steps.took(); }});
  relay.start();
  const auto reached = [&](std::int64_t position) { return [&, position] { return log.position() >= position; }; };
  const auto paused = [&] { return relay.state().kind == Relay::State::Kind::paused; };
  int appended = 0;
  const auto append = [&](int count) {
    for (int n = 0; n < count; n += 100) log.append(100, 20, 1'000);
    appended += count;
    relay.nudge();
  };
  append(1'000);
  steps.await("the first thousand", reached(1'000));
  for (const auto& [away, back] : {std::pair("kill9", "restart"), std::pair("freeze", "thaw")}) {
    append(5'000);
    steps.await("some of it", reached(appended - 4'900));
    own.run(away);
    append(2'000);
    steps.await(std::string("pause after ") + away, paused);
    // By now the outage has outlived a window.
    const int failed = sink.failed_probes;
    steps.await("an outage that goes on", [&] { return sink.failed_probes >= failed + 4; });
    own.run(back);
    const auto since = steady_clock::now();
    steps.await(std::string("everything after ") + back, reached(appended));
    std::printf("after %s: %lld ms until the backlog was through\n", away,
                static_cast<long long>(std::chrono::duration_cast<milliseconds>(steady_clock::now() - since).count()));
  }
  relay.stop();
  expect_complete_and_in_order(read_topic(own.address(), options.topic), appended);
}

TEST(KafkaSinkOnABroker, TellsWhichTopicIsMissingAndWhichAddressCannotBeReached) {
  NEEDS_BROKER();
  // The later line of server.properties wins.
  OwnBroker own("advertised.listeners=PLAINTEXT://127.0.0.1:9 auto.create.topics.enable=false");
  Options options = options_for(own.address());
  options.create_topics = false;
  const auto without = KafkaSink::open(options).value();
  const Result<> probed = without->probe();
  ASSERT_FALSE(probed);
  EXPECT_EQ(probed.error().code, Errc::not_found);
  EXPECT_THAT(probed.error().message(), testing::HasSubstr(options.topic));

  options.create_topics = true;
  const auto sink = KafkaSink::open(options).value();
  Event event;
  event.key = "1.2.3";
  event.headers = "{}";
  event.body = "{}";
  const std::vector<Result<>> results = sink->publish(std::span(&event, 1));
  ASSERT_FALSE(results.at(0));
  EXPECT_THAT(results.at(0).error().message(), testing::HasSubstr("advertised.listeners"));
}

double millis(steady_clock::duration time) {
  return std::chrono::duration<double, std::milli>(time).count();
}

TEST(KafkaSinkOnABroker, DrainsAndAnswersFast) {
  NEEDS_BROKER();
  TestLog log;
  for (int n = 0; n < 40; ++n) log.append(500, 2'000, 1'500);
  const Options options = options_for(broker());
  const auto kafka = KafkaSink::open(options).value();
  ASSERT_TRUE(kafka->probe());
  Steps steps;
  WatchedSink sink(*kafka, steps);
  SystemClock clock;
  Relay relay(log.database(), sink, clock, {.holder = "one"});
  const auto start = steady_clock::now();
  while (relay.pass().value()) {
  }
  const double drained = std::chrono::duration<double>(steady_clock::now() - start).count();
  std::printf("drain: 20000 events in %.3f s, %.0f events/s\n", drained, 20'000 / drained);
  EXPECT_EQ(log.position(), 20'000);

  std::vector<double> whole;
  std::vector<double> trip;
  for (int n = 0; n < 200; ++n) {
    log.append(1, 1, 1'500);
    const auto committed = steady_clock::now();
    ASSERT_FALSE(relay.pass().value()) << "there is no more than this one";
    EXPECT_EQ(log.position(), 20'001 + n);
    whole.push_back(millis(sink.acknowledged - committed));
    trip.push_back(millis(sink.trip));
  }
  std::ranges::sort(whole);
  std::ranges::sort(trip);
  std::printf("idle: commit to acknowledgement %.2f ms p50, %.2f ms p99; of it the broker %.2f ms p50, %.2f ms p99\n",
              whole[100], whole[198], trip[100], trip[198]);
}

TEST(KafkaSink, DescribesAClusterAsItNamesItselfAndMakesNothing) {
  NEEDS_BROKER();
  const OwnBroker broker("advertised.listeners=PLAINTEXT://kafka.invalid:29092");
  const Options options = options_for(broker.address());
  for (int times = 0; times < 2; ++times) {
    const Result<Cluster> cluster = KafkaSink::describe(options);
    ASSERT_TRUE(cluster) << cluster.error().message();
    ASSERT_EQ(cluster->brokers.size(), 1U);
    EXPECT_EQ(cluster->brokers[0].host, "kafka.invalid");
    EXPECT_EQ(cluster->brokers[0].port, 29092);
    EXPECT_EQ(cluster->topics_missing.size(), 2U);
  }
}

}  // namespace
}  // namespace dmw::events::kafka
