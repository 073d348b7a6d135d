// Producer: one librdkafka handle, and the last thing it complained about. Included by .cc files of this folder only.
#pragma once

#include <array>
#include <chrono>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include <librdkafka/rdkafka.h>

#include "events/kafka/kafka_sink.h"

namespace dmw::events::kafka {

class Producer {
 public:
  /// Errors: invalid (properties that contradict each other, a certificate that cannot be read).
  static Result<std::unique_ptr<Producer>> open(const Options& options);
  Producer(const Producer&) = delete;
  Producer& operator=(const Producer&) = delete;
  ~Producer();

  rd_kafka_t* handle() const { return handle_; }

  /// Gives the events to librdkafka and waits for the delivery reports, at most the window's timeout. After a failure
  /// nothing of the window is left in this handle, and the handle is of no further use.
  std::vector<Result<>> publish(std::span<const Event> events);
  /// From the first connection on, the cluster is asked about both topics. About one that it meets later librdkafka
  /// asks once a second, and so long the first event would wait. A broker may make a topic that it is asked about.
  void know_topics();
  /// Asks the cluster about both topics, again and again until it has them or the time is up.
  Result<> ask_for_topics(std::chrono::milliseconds timeout);
  Result<Cluster> describe(std::chrono::milliseconds timeout);
  Result<> create_topics(std::chrono::milliseconds timeout);

 private:
  explicit Producer(const Options& options) : options_(options) {}
  static void on_log(const rd_kafka_t* handle, int level, const char* facility, const char* line);
  Result<> ask_once(std::chrono::milliseconds timeout);
  Result<> give(const Event& event, void* slot);
  void abandon(const std::size_t& outstanding);
  const std::string& topic_of(const Event& event) const;
  Error explain(rd_kafka_resp_err_t code);
  Error explain_silence();
  /// Why no answer came, by the last thing that librdkafka said.
  Error explain_absence(const std::string& complaint) const;
  std::string last_complaint() const;
  void forget_complaint();

  struct DestroyTopic {
    void operator()(rd_kafka_topic_t* topic) const { rd_kafka_topic_destroy(topic); }
  };
  void close();

  const Options& options_;
  rd_kafka_t* handle_ = nullptr;
  std::array<std::unique_ptr<rd_kafka_topic_t, DestroyTopic>, 2> topics_;
  mutable std::mutex mutex_;  // guards complaint_: librdkafka's threads write it
  std::string complaint_;
};

}  // namespace dmw::events::kafka
