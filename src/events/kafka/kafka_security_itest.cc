// Against a broker that wants TLS and a password.
#include <algorithm>
#include <chrono>
#include <filesystem>
#include <utility>

#include "events/kafka/test_broker.h"
#include "events/relay.h"
#include "events/test_log.h"

namespace dmw::events::kafka {
namespace {

using testing::HasSubstr;

/// A broker whose certificate is signed by itself, and which knows one user.
class SecureBroker {
 public:
  SecureBroker() {
    const std::string folder = folder_.path().string();
    output_of(
        format("cd {} && openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=broker -keyout key.pem "
               "-out ca.pem -addext subjectAltName=IP:127.0.0.1,DNS:127.0.0.1 2>/dev/null && "
               "cat key.pem ca.pem >broker.pem",
               folder));
    const std::string login =
        "org.apache.kafka.common.security.plain.PlainLoginModule required "
        "username=\"dmw\" password=\"right\" user_dmw=\"right\";";
    broker_.emplace(
        format("listener.security.protocol.map=PLAINTEXT:SASL_SSL,CONTROLLER:PLAINTEXT "
               "sasl.enabled.mechanisms=PLAIN sasl.mechanism.inter.broker.protocol=PLAIN "
               "'listener.name.plaintext.plain.sasl.jaas.config={}' "
               "ssl.keystore.type=PEM ssl.keystore.location={}/broker.pem "
               "ssl.truststore.type=PEM ssl.truststore.location={}/ca.pem "
               "client.security.protocol=sasl_ssl client.ssl.ca.location={}/ca.pem "
               "client.sasl.mechanism=PLAIN client.sasl.username=dmw client.sasl.password=right",
               login, folder, folder, folder));
  }

  Options options() const {
    Options options = options_for(broker_->address());
    options.security_protocol = "sasl_ssl";
    options.sasl_mechanism = "PLAIN";
    options.sasl_username = "dmw";
    options.sasl_password = Private<std::string>("right");
    options.ssl_ca_file = folder_ / "ca.pem";
    return options;
  }
  std::vector<Record> read(const std::string& topic) const {
    return read_topic(broker_->address(), topic, format("-F {}", broker_->client_file()));
  }

 private:
  const ScratchFolder folder_ = ScratchFolder::on_disk();
  std::optional<OwnBroker> broker_;
};

TEST(KafkaSinkOnASecureBroker, PublishesWithTlsAndPasswordAndTellsWhichOneIsWrong) {
  NEEDS_BROKER();
  const SecureBroker broker;
  TestLog log;
  log.append(500, 50);
  const Options options = broker.options();
  const auto sink = KafkaSink::open(options).value();
  SystemClock clock;
  Relay relay(log.database(), *sink, clock, {.sink = {.name = "first"}, .holder = "one"});
  for (bool more = true; more;) {
    const Result<bool> passed = relay.pass();
    ASSERT_TRUE(passed) << passed.error().message();
    more = *passed;
  }
  EXPECT_EQ(broker.read(options.topic).size(), 500U);

  Options wrong = options;
  wrong.sasl_password = Private<std::string>("not-that-one");
  const Result<> refused = KafkaSink::open(wrong).value()->probe();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::unauthorized);
  EXPECT_THAT(refused.error().message(),
              HasSubstr("Kafka refuses our credentials (user dmw): correct KAFKA_SASL_USERNAME "
                        "and KAFKA_SASL_PASSWORD or KAFKA_SASL_PASSWORD_FILE: "));
  Options of_section = wrong;
  of_section.setting = SettingNames("kafka", "archive");
  EXPECT_THAT(KafkaSink::open(of_section).value()->probe().error().message(),
              HasSubstr("correct kafka.archive.sasl_username and kafka.archive.sasl_password or "
                        "kafka.archive.sasl_password_file: "));
  EXPECT_THAT(refused.error().message(), testing::Not(HasSubstr("not-that-one")));

  // The authorities of the system have not signed it.
  Options stranger = options;
  stranger.ssl_ca_file.clear();
  const Result<> distrusted = KafkaSink::open(stranger).value()->probe();
  ASSERT_FALSE(distrusted);
  EXPECT_THAT(distrusted.error().message(), HasSubstr("certificate verify failed"));
}

/// Events wait because the broker and `wrong` do not come together; then the access becomes that of `right`.
void expect_published_once_corrected(const SecureBroker& broker, Options wrong, const Options& right) {
  wrong.create_topics = false;
  wrong.slow_after = std::chrono::milliseconds(500);
  const std::unique_ptr<KafkaSink> sink = KafkaSink::open(wrong).value();
  std::vector<Event> events(5);
  for (Event& event : events) {
    event.key = "1.2.3";
    event.headers = R"({"event_id":"1"})";
    event.body = R"({"number":1})";
  }
  const std::size_t before = broker.read(right.topic).size();
  bool was_refused = false;
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  const std::vector<Result<>> published = sink->publish(events, [&](const std::optional<Error>& slow) {
    if (slow && !std::exchange(was_refused, true)) sink->change_access(right);
    return std::chrono::steady_clock::now() < deadline;
  });
  EXPECT_TRUE(was_refused);
  EXPECT_TRUE(std::ranges::all_of(published, [](const Result<>& each) { return each.has_value(); }));
  EXPECT_TRUE(sink->probe());
  EXPECT_EQ(broker.read(right.topic).size(), before + events.size());
}

TEST(KafkaSinkOnASecureBroker, EventsThatWaitGoOutOnceThePasswordOrTheAuthorityIsCorrected) {
  NEEDS_BROKER();
  const SecureBroker broker;
  const Options right = broker.options();
  ASSERT_TRUE(KafkaSink::open(right).value()->ensure_topic());

  Options password = right;
  password.sasl_password = Private<std::string>("not-that-one");
  expect_published_once_corrected(broker, password, right);

  // The authorities of the system have not signed the broker's certificate.
  Options authority = right;
  authority.ssl_ca_file.clear();
  expect_published_once_corrected(broker, authority, right);
}

}  // namespace
}  // namespace dmw::events::kafka
