#include "events/kafka/kafka_sink.h"

#include <algorithm>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

#include "base/format.h"

namespace dmw::events::kafka {
namespace {

using std::chrono::milliseconds;
using testing::HasSubstr;
using testing::Not;

constexpr std::int16_t produce_api = 0;

/// librdkafka's cluster in memory.
class MockCluster {
 public:
  MockCluster() {
    rd_kafka_conf_t* conf = rd_kafka_conf_new();
    rd_kafka_conf_set_log_cb(conf, [](const rd_kafka_t*, int, const char*, const char*) {});
    handle_ = rd_kafka_new(RD_KAFKA_PRODUCER, conf, nullptr, 0);
    cluster_ = rd_kafka_mock_cluster_new(handle_, 1);
  }
  MockCluster(const MockCluster&) = delete;
  MockCluster& operator=(const MockCluster&) = delete;
  ~MockCluster() {
    rd_kafka_mock_cluster_destroy(cluster_);
    rd_kafka_destroy(handle_);
  }

  Options options() const {
    return {.bootstrap_servers = rd_kafka_mock_cluster_bootstraps(cluster_), .slow_after = milliseconds(1'000)};
  }
  rd_kafka_mock_cluster_t* get() { return cluster_; }

 private:
  rd_kafka_t* handle_ = nullptr;
  rd_kafka_mock_cluster_t* cluster_ = nullptr;
};

std::vector<Event> events(int count) {
  std::vector<Event> made;
  for (int n = 1; n <= count; ++n) {
    Event event;
    event.position = n;
    event.key = "1.2.3";
    event.headers = R"({"event_id":"x"})";
    event.body = format(R"({{"number":{}}})", n);
    made.push_back(event);
  }
  return made;
}

/// Waits as long as a test waits for anything.
WaitOn patiently() {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  return [deadline](const std::optional<Error>&) { return std::chrono::steady_clock::now() < deadline; };
}

std::size_t successes(const std::vector<Result<>>& results) {
  return static_cast<std::size_t>(
      std::ranges::count_if(results, [](const auto& result) { return result.has_value(); }));
}

std::unique_ptr<KafkaSink> open(Options options, Topic topic = Topic::metadata) {
  Result<std::unique_ptr<KafkaSink>> sink = KafkaSink::open(std::move(options), topic);
  EXPECT_TRUE(sink) << sink.error().message();
  return std::move(*sink);
}

TEST(KafkaSink, PublishesAWindow) {
  MockCluster cluster;
  const auto sink = open(cluster.options());
  EXPECT_TRUE(sink->probe());
  EXPECT_EQ(successes(sink->publish(events(500), patiently())), 500U);
  EXPECT_EQ(successes(sink->publish(events(1), patiently())), 1U);
}

TEST(KafkaSink, TakesTheLargestBodyThereIs) {
  MockCluster cluster;
  const auto sink = open(cluster.options());
  std::vector<Event> window = events(3);
  window[1].body.assign(256U << 10U, 'x');
  EXPECT_EQ(successes(sink->publish(window, patiently())), 3U);
}

TEST(KafkaSink, WaitsOutErrorsThatPass) {
  MockCluster cluster;
  const auto sink = open(cluster.options());
  rd_kafka_mock_push_request_errors(cluster.get(), produce_api, 2, RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS,
                                    RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION);
  EXPECT_EQ(successes(sink->publish(events(10), patiently())), 10U);
}

TEST(KafkaSink, FailsEverythingAfterARefusedEventAndRecovers) {
  MockCluster cluster;
  const auto sink = open(cluster.options());
  ASSERT_EQ(successes(sink->publish(events(1), patiently())), 1U);
  for (const rd_kafka_resp_err_t refusal :
       {RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER,
        RD_KAFKA_RESP_ERR_INVALID_RECORD, RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH,
        RD_KAFKA_RESP_ERR_POLICY_VIOLATION}) {
    rd_kafka_mock_push_request_errors(cluster.get(), produce_api, 1, refusal);
    const std::vector<Result<>> results = sink->publish(events(10), patiently());
    ASSERT_EQ(results.size(), 10U);
    EXPECT_FALSE(results.back()) << rd_kafka_err2name(refusal);
    bool gap = false;
    for (const Result<>& result : results) {
      EXPECT_FALSE(gap && result) << "a success after a failure";
      gap = gap || !result;
    }
    EXPECT_EQ(successes(sink->publish(events(10), patiently())), 10U) << rd_kafka_err2name(refusal);
  }
}

TEST(KafkaSink, FailsOnlyFromTheEventOnThatItCannotSend) {
  MockCluster cluster;
  const auto sink = open(cluster.options());
  std::vector<Event> window = events(5);
  window[3].body.assign(2'000'000, 'x');
  testing::internal::CaptureStderr();
  const std::vector<Result<>> results = sink->publish(window, patiently());
  EXPECT_THAT(testing::internal::GetCapturedStderr(), HasSubstr("kafka publish failed"));
  EXPECT_EQ(successes(results), 3U);
  EXPECT_TRUE(results[2]);
  EXPECT_THAT(results[3].error().message(), HasSubstr("too large"));
}

TEST(KafkaSink, TellsEachCauseOfARefusalOnceUntilAWindowIsTaken) {
  MockCluster cluster;
  const auto sink = open(cluster.options());
  std::vector<Event> window = events(5);
  const auto tries = [&](int count) {
    testing::internal::CaptureStderr();
    for (int n = 0; n < count; ++n) static_cast<void>(sink->publish(window, patiently()));
    const std::string said = testing::internal::GetCapturedStderr();
    return std::ranges::count(said, '\n');
  };
  window[3].body.assign(2'000'000, 'x');
  EXPECT_EQ(tries(4), 1);
  window[3].body.assign(3'000'000, 'x');
  EXPECT_EQ(tries(2), 0) << "the same cause, with another number";
  rd_kafka_mock_push_request_errors(cluster.get(), produce_api, 1, RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED);
  EXPECT_EQ(tries(1), 1) << "another cause";
  window[3].body = "{}";
  EXPECT_EQ(tries(3), 0);
  window[3].body.assign(2'000'000, 'x');
  EXPECT_EQ(tries(2), 1) << "another trouble";
}

TEST(KafkaSink, SaysWhichRightIsMissingWhereItsEventsCannotBeNumbered) {
  constexpr std::int16_t init_producer_id = 22;
  MockCluster cluster;
  rd_kafka_mock_push_request_errors(cluster.get(), init_producer_id, 1, RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED);
  const auto sink = open(cluster.options());
  const std::vector<Result<>> refused = sink->publish(events(2), patiently());
  ASSERT_FALSE(refused[0]);
  EXPECT_EQ(refused[0].error().code, Errc::invalid);
  EXPECT_THAT(refused[0].error().message(), HasSubstr("grant this user WRITE on it"));
  EXPECT_EQ(successes(sink->publish(events(2), patiently())), 2U) << "once it is granted";
}

TEST(KafkaSink, SaysOfADeadLetterThatItIsOne) {
  MockCluster cluster;
  const auto sink = open(cluster.options(), Topic::dead_letters);
  std::vector<Event> window = events(1);
  window[0].topic = Topic::dead_letters;
  window[0].body.assign(2'000'000, 'x');
  testing::internal::CaptureStderr();
  const std::vector<Result<>> results = sink->publish(window, patiently());
  EXPECT_THAT(testing::internal::GetCapturedStderr(), HasSubstr("dlq send failed"));
  EXPECT_EQ(successes(results), 0U);
  EXPECT_THAT(results[0].error().message(), HasSubstr("an event on the topic dicom.metadata.dlq (20000"));
  EXPECT_THAT(results[0].error().message(), HasSubstr("message.max.bytes of KAFKA_EXTRA"));
}

TEST(KafkaSink, WaitsOnForABrokerThatIsAwayAndSaysWhy) {
  MockCluster cluster;
  const auto sink = open(cluster.options());
  ASSERT_EQ(successes(sink->publish(events(5), patiently())), 5U);
  rd_kafka_mock_broker_set_down(cluster.get(), 1);
  std::optional<Error> said;
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  EXPECT_EQ(successes(sink->publish(events(5),
                                    [&](const std::optional<Error>& slow) {
                                      if (slow && !said) rd_kafka_mock_broker_set_up(cluster.get(), 1);
                                      if (slow) said = slow;
                                      return std::chrono::steady_clock::now() < deadline;
                                    })),
            5U);
  ASSERT_TRUE(said);
  EXPECT_EQ(said->code, Errc::unavailable);
  EXPECT_THAT(said->message(), HasSubstr("no Kafka broker answers at"));
}

TEST(KafkaSink, GivesAWindowUpWhenItIsToldTo) {
  MockCluster cluster;
  const auto sink = open(cluster.options());
  rd_kafka_mock_broker_set_down(cluster.get(), 1);
  const std::vector<Result<>> results =
      sink->publish(events(5), [](const std::optional<Error>& slow) { return !slow; });
  EXPECT_EQ(successes(results), 0U);
  EXPECT_EQ(results[0].error().code, Errc::cancelled);
  const Result<> away = sink->probe();
  ASSERT_FALSE(away);
  EXPECT_EQ(away.error().code, Errc::unavailable);
  rd_kafka_mock_broker_set_up(cluster.get(), 1);
  EXPECT_EQ(successes(sink->publish(events(5), patiently())), 5U) << "by a new producer";
}

TEST(KafkaSink, SaysWhichPropertyIsWrong) {
  const auto refusal = [](const std::string& name, const std::string& value) {
    const auto sink = KafkaSink::open({.bootstrap_servers = "127.0.0.1:1",
                                       .security_protocol = "ssl",
                                       .extra = {{name, Private<std::string>(value)}}});
    EXPECT_FALSE(sink);
    if (sink) return std::string();
    EXPECT_EQ(sink.error().code, Errc::invalid);
    return sink.error().message();
  };
  EXPECT_THAT(refusal("no.such.property", "1"), HasSubstr("No such configuration property"));
  EXPECT_THAT(refusal("compression.codec", "secret-value"), Not(HasSubstr("secret-value")));
  EXPECT_EQ(refusal("acks", "1"), "KAFKA_EXTRA: acks cannot be changed, the order of events depends on it");
  EXPECT_THAT(refusal("ssl.ca.location", "/nowhere"), HasSubstr("ssl.ca.location"));
}

TEST(KafkaSink, NamesTheSettingsOfItsSection) {
  MockCluster cluster;
  Options options = cluster.options();
  options.setting = SettingNames("kafka", "archive");
  const auto sink = open(options);
  std::vector<Event> window = events(1);
  window[0].body.assign(2'000'000, 'x');
  const std::vector<Result<>> results = sink->publish(window, patiently());
  EXPECT_THAT(results[0].error().message(), HasSubstr("message.max.bytes of kafka.archive.extra"));
  options.extra = {{"acks", Private<std::string>("1")}};
  EXPECT_THAT(KafkaSink::check(options).error().message(), HasSubstr("kafka.archive.extra: acks cannot be changed"));
}

/// Between backticks in the row of KAFKA_EXTRA of the reference, after the word "Refused".
std::vector<std::string> told_to_be_refused() {
  std::ifstream reference(DMW_SOURCE_DIR "/docs/operations/configuration.md");
  std::vector<std::string> names;
  for (std::string line; std::getline(reference, line);) {
    if (!line.starts_with("| `KAFKA_EXTRA`")) continue;
    for (std::size_t at = line.find('`', line.find("Refused")); at != std::string::npos; at = line.find('`', at + 1)) {
      const std::size_t end = line.find('`', at + 1);
      names.push_back(line.substr(at + 1, end - at - 1));
      at = end;
    }
  }
  return names;
}

TEST(KafkaSink, RefusesEachPropertyThatTheReferenceNames) {
  const std::vector<std::string> names = told_to_be_refused();
  EXPECT_GE(names.size(), 11U);
  for (const std::string& name : names) {
    const Result<> checked =
        KafkaSink::check({.bootstrap_servers = "127.0.0.1:1", .extra = {{name, Private<std::string>("1")}}});
    ASSERT_FALSE(checked) << name;
    EXPECT_THAT(checked.error().message(), HasSubstr("the order of events depends on it"));
  }
}

TEST(KafkaSink, OpensWithoutABroker) {
  const auto sink = open({.bootstrap_servers = "127.0.0.1:1"});
  const Result<> away = sink->probe();
  ASSERT_FALSE(away);
  EXPECT_THAT(away.error().message(), HasSubstr("127.0.0.1:1"));
}

}  // namespace
}  // namespace dmw::events::kafka
