// Real brokers for the tests of this folder: the shared one of DMW_TEST_KAFKA, and some of a test's own, made with
// tests/support/servers, some behind a proxy that makes them slow. Topics are read back with kcat.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/format.h"
#include "base/json.h"
#include "base/uuid.h"
#include "events/kafka/kafka_sink.h"
#include "testing/servers.h"

namespace dmw::events::kafka {

struct Record {
  std::string key;
  std::string headers;
  std::int64_t number = 0;
};

/// `more`: further options of kcat.
inline std::vector<Record> read_topic(const std::string& broker, const std::string& topic,
                                      const std::string& more = "") {
  std::vector<Record> records;
  std::istringstream lines(output_of(format("kcat -b {} {} -C -t {} -e -q -f '%p %k %h %s\\n'", broker, more, topic)));
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    Record record;
    std::string partition;
    std::string body;
    words >> partition >> record.key >> record.headers >> body;
    const Result<json::value> parsed = json::parse(body);
    EXPECT_TRUE(parsed) << line;
    if (parsed) record.number = json::get_int(parsed->as_object(), "number").value_or(0);
    records.push_back(record);
  }
  return records;
}

inline std::string broker() {
  return from_environment("DMW_TEST_KAFKA");
}

inline Options options_for(const std::string& address) {
  const std::string name = "itest." + Uuid::random().text();
  return {.bootstrap_servers = address,
          .topic = name,
          .dead_letter_topic = name + ".dlq",
          .create_topics = true,
          .partitions = 4};
}

#define NEEDS_BROKER() \
  if (broker().empty()) GTEST_SKIP() << "DMW_TEST_KAFKA is not set"

class OwnBroker : public OwnServer {
 public:
  explicit OwnBroker(const std::string& settings = "") : OwnServer("kafka", settings) {}
  /// The properties by which kcat comes in, where the settings named some as client.NAME=VALUE.
  std::string client_file() const { return folder() / "client.properties"; }
};

/// Three brokers; each topic is on all of them, and two have to have an event.
class OwnCluster : public OwnServer {
 public:
  OwnCluster() : OwnServer("kafka-cluster", "replica.lag.time.max.ms=3000") {}
  void run(const std::string& act, int broker) { OwnServer::run(act, std::to_string(broker)); }
  /// Leaders and replicas in sync, as kcat lists them.
  std::string partitions() { return output_of(format("kcat -b {} -L -m 5", address())); }
};

/// A broker that is reached through tests/support/kafka-proxy.
class BrokerBehindProxy {
 public:
  BrokerBehindProxy() {
    pid_ = output_of(format("setsid {0}/tests/support/kafka-proxy {1} >{1}/log 2>&1 </dev/null & echo $!",
                            DMW_SOURCE_DIR, folder_.path().string()));
    // Ends with the file, or not at all where the proxy does not begin.
    const std::string port = output_of(
        format("timeout 20 sh -c 'until [ -e {0}/port ]; do sleep 0.02; done; cat {0}/port'", folder_.path().string()));
    address_ = "127.0.0.1:" + port;
    broker_.emplace(format("advertised.listeners=PLAINTEXT://{}", address_));
    write("upstream", broker_->address());
  }
  BrokerBehindProxy(const BrokerBehindProxy&) = delete;
  BrokerBehindProxy& operator=(const BrokerBehindProxy&) = delete;
  ~BrokerBehindProxy() { output_of("kill " + pid_); }
  void behave(const std::string& mode) { write("mode", mode); }
  /// Requests to produce that went to the broker.
  int produced() const { return std::atoi(folder_.read("produced").c_str()); }
  const std::string& address() const { return address_; }
  OwnBroker& broker() { return *broker_; }

 private:
  void write(const std::string& name, const std::string& text) {
    std::filesystem::rename(folder_.write(name + ".new", text), folder_ / name);
  }
  const ScratchFolder folder_ = ScratchFolder::on_disk();
  std::string pid_;
  std::string address_;
  std::optional<OwnBroker> broker_;
};

}  // namespace dmw::events::kafka
