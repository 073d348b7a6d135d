// Against the broker at DMW_TEST_KAFKA, read back with kcat.
#include <algorithm>
#include <chrono>
#include <cstdio>

#include <librdkafka/rdkafka.h>

#include "events/kafka/test_publishing.h"

namespace dmw::events::kafka {
namespace {

using std::chrono::seconds;
using std::chrono::steady_clock;

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
  Relay relay(log.database(), *sink, clock, {.sink = {.name = "first"}, .holder = "one"});
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
  // KAFKA_CREATE_TOPICS=true creates it again if no one else does.
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
  Relay relay(log.database(), sink, clock, {.sink = {.name = "first"}, .holder = "one"});
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
