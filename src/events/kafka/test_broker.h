// Real brokers for the tests of this folder: the shared one of DMW_TEST_KAFKA, and some of a test's own, made with
// tests/support/servers. Topics are read back with kcat.
#pragma once

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
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

}  // namespace dmw::events::kafka
