// Real brokers for the tests of this folder: the shared one of DMW_TEST_KAFKA, and some of a test's own, made with
// tests/support/servers, some behind a proxy that makes them slow. Topics are read back with kcat.
#pragma once

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
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

namespace dmw::events::kafka {

inline std::string output_of(const std::string& command) {
  std::string text;
  FILE* pipe = ::popen(command.c_str(), "r");
  if (pipe == nullptr) return text;
  std::array<char, 65536> buffer{};
  for (std::size_t count = 0; (count = std::fread(buffer.data(), 1, buffer.size(), pipe)) > 0;) {
    text.append(buffer.data(), count);
  }
  EXPECT_EQ(::pclose(pipe), 0) << command;
  return text;
}

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
  const char* address = std::getenv("DMW_TEST_KAFKA");
  return address == nullptr ? "" : address;
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

/// A broker of this test's own.
class OwnBroker {
 public:
  explicit OwnBroker(const std::string& settings = "")
      : folder_(std::filesystem::temp_directory_path() / ("dmw-kafka-" + Uuid::random().text())) {
    const std::string line = output_of(format("{} start kafka {} {}", servers(), folder_.string(), settings));
    address_ = line.substr(line.find('=') + 1);
    address_.erase(address_.find_last_not_of('\n') + 1);
  }
  OwnBroker(const OwnBroker&) = delete;
  OwnBroker& operator=(const OwnBroker&) = delete;
  ~OwnBroker() {
    run("kill9");
    std::filesystem::remove_all(folder_);
  }
  void run(const std::string& act) { output_of(format("{} {} {}", servers(), act, folder_.string())); }
  const std::string& address() const { return address_; }
  /// The properties by which kcat comes in, where the settings named some as client.NAME=VALUE.
  std::string client_file() const { return folder_ / "client.properties"; }

 private:
  static std::string servers() { return DMW_SOURCE_DIR "/tests/support/servers"; }
  std::filesystem::path folder_;
  std::string address_;
};

/// Three brokers of this test's own; each topic is on all of them, and two have to have an event.
class OwnCluster {
 public:
  OwnCluster() : folder_(std::filesystem::temp_directory_path() / ("dmw-kafka-" + Uuid::random().text())) {
    const std::string line =
        output_of(format("{}/tests/support/servers start kafka-cluster {} replica.lag.time.max.ms=3000", DMW_SOURCE_DIR,
                         folder_.string()));
    address_ = line.substr(line.find('=') + 1);
    address_.erase(address_.find_last_not_of('\n') + 1);
  }
  OwnCluster(const OwnCluster&) = delete;
  OwnCluster& operator=(const OwnCluster&) = delete;
  ~OwnCluster() {
    for (int broker = 1; broker <= 3; ++broker) run("kill9", broker);
    std::filesystem::remove_all(folder_);
  }
  void run(const std::string& act, int broker) {
    output_of(format("{}/tests/support/servers {} {}/{}", DMW_SOURCE_DIR, act, folder_.string(), broker));
  }
  const std::string& address() const { return address_; }

 private:
  std::filesystem::path folder_;
  std::string address_;
};

/// A broker that is reached through tests/support/kafka-proxy.
class BrokerBehindProxy {
 public:
  BrokerBehindProxy() : folder_(std::filesystem::temp_directory_path() / ("dmw-proxy-" + Uuid::random().text())) {
    std::filesystem::create_directory(folder_);
    pid_ = output_of(format("setsid {}/tests/support/kafka-proxy {} >{}/log 2>&1 </dev/null & echo $!", DMW_SOURCE_DIR,
                            folder_.string(), folder_.string()));
    // Ends with the file, or not at all where the proxy does not begin.
    const std::string port = output_of(
        format("timeout 20 sh -c 'until [ -e {0}/port ]; do sleep 0.02; done; cat {0}/port'", folder_.string()));
    address_ = "127.0.0.1:" + port;
    broker_.emplace(format("advertised.listeners=PLAINTEXT://{}", address_));
    write("upstream", broker_->address());
  }
  BrokerBehindProxy(const BrokerBehindProxy&) = delete;
  BrokerBehindProxy& operator=(const BrokerBehindProxy&) = delete;
  ~BrokerBehindProxy() {
    output_of("kill " + pid_);
    broker_.reset();
    std::filesystem::remove_all(folder_);
  }
  void behave(const std::string& mode) { write("mode", mode); }
  /// Requests to produce that went to the broker.
  int produced() const { return std::atoi(output_of(format("cat {}/produced", folder_.string())).c_str()); }
  const std::string& address() const { return address_; }
  OwnBroker& broker() { return *broker_; }

 private:
  void write(const std::string& name, const std::string& text) {
    std::ofstream(folder_ / (name + ".new")) << text;
    std::filesystem::rename(folder_ / (name + ".new"), folder_ / name);
  }
  std::filesystem::path folder_;
  std::string pid_;
  std::string address_;
  std::optional<OwnBroker> broker_;
};

}  // namespace dmw::events::kafka
