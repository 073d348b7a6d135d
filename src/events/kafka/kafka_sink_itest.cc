// Against the broker at DMW_TEST_KAFKA, read back with kcat; outages are made by a broker of its own.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <map>
#include <mutex>
#include <set>

#include <librdkafka/rdkafka.h>

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
  ASSERT_TRUE(sink->ensure_topic());
  ASSERT_TRUE(sink->ensure_topic()) << "a second time";
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
    const auto deadline = steady_clock::now() + seconds(300);
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

/// Remembers when the last window was acknowledged, and counts how often the sink had to be waited for.
class WatchedSink final : public EventSink {
 public:
  WatchedSink(EventSink& sink, Steps& steps) : sink_(sink), steps_(steps) {}
  std::vector<Result<>> publish(std::span<const Event> events, const WaitOn& wait_on) override {
    const auto given = steady_clock::now();
    std::vector<Result<>> results = sink_.publish(events, [&](const std::optional<Error>& slow) {
      if (slow) ++slow_looks;
      steps_.took();
      return wait_on(slow);
    });
    acknowledged = steady_clock::now();
    trip = acknowledged - given;
    steps_.took();
    return results;
  }
  Result<> probe() override { return sink_.probe(); }

  steady_clock::time_point acknowledged;
  steady_clock::duration trip{};
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
  Relay relay{log.database(), sink, clock, {.holder = "one", .on_advanced = [this](std::int64_t) { steps.took(); }}};
};

void delete_topic(const std::string& address, const std::string& topic) {
  rd_kafka_conf_t* conf = rd_kafka_conf_new();
  rd_kafka_conf_set(conf, "bootstrap.servers", address.c_str(), nullptr, 0);
  rd_kafka_t* handle = rd_kafka_new(RD_KAFKA_PRODUCER, conf, nullptr, 0);
  rd_kafka_queue_t* answers = rd_kafka_queue_new(handle);
  rd_kafka_DeleteTopic_t* unwanted = rd_kafka_DeleteTopic_new(topic.c_str());
  rd_kafka_DeleteTopics(handle, &unwanted, 1, nullptr, answers);
  rd_kafka_event_t* answer = rd_kafka_queue_poll(answers, 30'000);
  ASSERT_NE(answer, nullptr);
  EXPECT_EQ(rd_kafka_event_error(answer), RD_KAFKA_RESP_ERR_NO_ERROR) << rd_kafka_event_error_string(answer);
  rd_kafka_event_destroy(answer);
  rd_kafka_DeleteTopic_destroy(unwanted);
  rd_kafka_queue_destroy(answers);
  rd_kafka_destroy(handle);
}

/// Of an outage that outlives each timeout of librdkafka, in seconds and not in minutes.
Options with_short_timeouts(const std::string& address) {
  Options options = options_for(address);
  options.slow_after = milliseconds(2'000);
  options.extra = {{"socket.timeout.ms", Private<std::string>("2000")},
                   {"request.timeout.ms", Private<std::string>("2000")}};
  return options;
}

TEST(KafkaSinkOnABroker, LosesAndRepeatsNothingWhenTheBrokerIsKilledAndWhenItIsFrozen) {
  NEEDS_BROKER();
  OwnBroker own;
  Publishing out(with_short_timeouts(own.address()));
  out.relay.start();
  out.append(1'000);
  out.await_all("the first thousand");
  for (const auto& [away, back] : {std::pair("kill9", "restart"), std::pair("freeze", "thaw")}) {
    out.append(5'000);
    const std::int64_t before = out.appended;
    out.steps.await("some of it", [&] { return out.log.position() >= before - 4'900; });
    own.run(away);
    out.append(2'000);
    out.await_trouble(std::string("trouble after ") + away);
    const int looks = out.sink.slow_looks;
    out.steps.await("an outage that goes on", [&] { return out.sink.slow_looks >= looks + 60; });
    own.run(back);
    const auto since = steady_clock::now();
    out.await_all(std::string("everything after ") + back);
    std::printf("after %s: %lld ms until the backlog was through\n", away,
                static_cast<long long>(std::chrono::duration_cast<milliseconds>(steady_clock::now() - since).count()));
  }
  out.expect_each_once(own.address());
}

TEST(KafkaSinkOnABroker, WaitsForAcknowledgementsThatTakeLongAndRepeatsNothing) {
  NEEDS_BROKER();
  BrokerBehindProxy slow;
  Options options = options_for(slow.address());
  options.slow_after = milliseconds(1'000);
  options.partitions = 1;  // each answer is held for so long, one after the other
  Publishing out(options);
  out.append(1);
  out.relay.start();
  out.await_all("the first one");
  slow.behave("delay 12");
  out.append(40);
  out.await_trouble("it is told");
  EXPECT_THAT(out.relay.state().sink_away->reason,
              testing::HasSubstr("Kafka has not acknowledged 40 events on the topic"));
  EXPECT_EQ(out.relay.state().lag, 40);
  out.await_all("forty events");
  slow.behave("pass");
  out.append(1);
  out.await_all("the last one");
  out.expect_each_once(slow.address());
}

/// A request that waits behind others of its connection has less time for its own answer.
TEST(KafkaSinkOnABroker, WaitsForEachOfManyPartitionsAsLongAsForOne) {
  NEEDS_BROKER();
  BrokerBehindProxy slow;
  Options options = options_for(slow.address());
  options.partitions = 6;
  options.slow_after = milliseconds(1'000);
  options.extra = {{"socket.timeout.ms", Private<std::string>("10000")},
                   {"request.timeout.ms", Private<std::string>("10000")}};
  Publishing out(options);
  out.append(100);
  out.relay.start();
  out.await_all("the first ones");
  slow.behave("delay 4");
  const int produced = slow.produced();
  out.append(100);
  out.await_trouble("it is told");
  out.await_all("a hundred events");
  EXPECT_LE(slow.produced(), produced + options.partitions + 1) << "no request was sent again";
  slow.behave("pass");
  out.expect_each_once(slow.address());
}

TEST(KafkaSinkOnABroker, WaitsForAcknowledgementsThatTakeOverAMinuteEach) {
  NEEDS_BROKER();
  BrokerBehindProxy slow;
  Options options = options_for(slow.address());
  options.partitions = 2;
  Publishing out(options);
  out.append(20);
  out.relay.start();
  out.await_all("the first ones");
  slow.behave("delay 70");
  const int produced = slow.produced();
  out.append(20);
  out.await_trouble("it is told");
  out.await_all("twenty events");
  EXPECT_LE(slow.produced(), produced + 3) << "no request was sent again";
  slow.behave("pass");
  out.expect_each_once(slow.address());
}

TEST(KafkaSinkOnABroker, RepeatsNothingWhenRequestsTimeOutOrAreCut) {
  NEEDS_BROKER();
  BrokerBehindProxy slow;
  Publishing out(with_short_timeouts(slow.address()));
  out.append(1);
  out.relay.start();
  out.await_all("the first one");
  for (const std::string mode : {"hold", "freeze", "cut"}) {
    // Appended by the broker, which librdkafka does not hear of: it sends all of it again.
    slow.behave(mode == "cut" ? "hold" : mode);
    const int produced = slow.produced();
    out.append(40);
    out.await_trouble("trouble by " + mode);
    if (mode == "hold") out.steps.await("the same again", [&] { return slow.produced() >= produced + 12; });
    if (mode == "cut") slow.behave(mode);
    const int looks = out.sink.slow_looks;
    out.steps.await("longer than a timeout", [&] { return out.sink.slow_looks >= looks + 30; });
    slow.behave("pass");
    out.await_all("all after " + mode);
  }
  out.expect_each_once(slow.address());
}

TEST(KafkaSinkOnABroker, RepeatsNothingWhenReplicasFreezeAndLeadersChange) {
  NEEDS_BROKER();
  OwnCluster cluster;
  Options options = with_short_timeouts(cluster.address());
  options.replication = 3;
  options.partitions = 6;  // each broker leads some
  Publishing out(std::move(options));
  out.append(300);
  out.relay.start();
  out.await_all("the first ones");
  // A follower of some partitions, and the leader of others: replicas fall out of sync, and leaders change.
  cluster.run("freeze", 1);
  out.append(300);
  out.await_all("with one frozen");
  cluster.run("thaw", 1);
  out.append(300);
  out.await_all("with all three again");
  cluster.run("kill9", 2);
  out.append(300);
  out.await_all("with one killed");
  // One is left: too few have what it is given.
  cluster.run("freeze", 3);
  out.append(300);
  out.await_trouble("too few in sync");
  const int looks = out.sink.slow_looks;
  out.steps.await("longer than a timeout", [&] { return out.sink.slow_looks >= looks + 30; });
  cluster.run("thaw", 3);
  cluster.run("restart", 2);
  out.await_all("with all three at last");
  out.expect_each_once(cluster.address());
}

TEST(KafkaSinkOnABroker, GivesTheFirstEventThatIsTooLargeAndRepeatsNoOther) {
  NEEDS_BROKER();
  OwnBroker own("message.max.bytes=100000");
  Publishing out(options_for(own.address()));
  // Each is small enough, and all together are a batch that is not.
  for (int n = 0; n < 20; ++n) out.log.append(1, 1, 50'000);
  out.appended += 20;
  out.relay.start();
  out.await_all("one by one");
  out.log.append(1, 1, 150'000);
  out.log.append(3, 20);
  out.appended += 4;
  out.relay.nudge();
  out.steps.await("it is told which", [&] {
    const auto away = out.relay.state().sink_away;
    return away && away->reason.find("position 21) is too large for Kafka: raise the topic's max.message.bytes") !=
                       std::string::npos;
  });
  EXPECT_EQ(out.log.position(), 20);
  out.relay.stop();
  const std::vector<Record> records = read_topic(own.address(), out.topic);
  std::set<std::int64_t> once;
  for (const Record& record : records) EXPECT_TRUE(once.insert(record.number).second) << record.number;
}

TEST(KafkaSinkOnABroker, GoesOnWhenItsTopicIsDeletedAndMadeAgainWithFewerPartitions) {
  NEEDS_BROKER();
  OwnBroker own("auto.create.topics.enable=false");
  Options options = options_for(own.address());
  options.partitions = 12;
  Publishing out(options);
  out.append(200);
  out.relay.start();
  out.await_all("on the first topic");
  delete_topic(own.address(), out.topic);
  // KAFKA_CREATE_TOPICS=true makes it again where nobody else does.
  out.append(100);
  out.await_all("on the topic that was made again");
  delete_topic(own.address(), out.topic);
  options.topic = out.topic;
  options.partitions = 2;
  ASSERT_TRUE(KafkaSink::open(options).value()->ensure_topic());
  out.append(100);
  out.await_all("on fewer partitions");
  out.relay.stop();
  std::set<std::int64_t> once;
  for (const Record& record : read_topic(own.address(), out.topic))
    EXPECT_TRUE(once.insert(record.number).second) << record.number;
  EXPECT_GE(once.size(), 100U) << "nothing that came after it was made";
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
  EXPECT_THAT(probed.error().message(),
              testing::HasSubstr(format("the topic {} (KAFKA_TOPIC) is missing in Kafka", options.topic)));

  options.create_topics = true;
  const auto sink = KafkaSink::open(options).value();
  Event event;
  event.key = "1.2.3";
  event.headers = "{}";
  event.body = "{}";
  std::optional<Error> said;
  const auto deadline = steady_clock::now() + seconds(30);
  const auto results = sink->publish(std::span(&event, 1), [&](const std::optional<Error>& slow) {
    said = slow;
    return !slow && steady_clock::now() < deadline;
  });
  // Where the topic could not even be asked for, it is told at once.
  if (!said && !results.at(0)) said = results.at(0).error();
  ASSERT_TRUE(said);
  EXPECT_THAT(said->message(), testing::HasSubstr("advertised.listeners"));
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
