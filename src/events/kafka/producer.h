// Producer: one librdkafka handle, and the last thing it complained about. Included by .cc files of this folder only.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <librdkafka/rdkafka.h>

#include "events/kafka/kafka_sink.h"

namespace dmw::events::kafka {

class Producer {
 public:
  /// For one of the two topics. Errors: invalid (properties that contradict each other, a certificate that cannot be
  /// read).
  static Result<std::unique_ptr<Producer>> open(const Options& options, Topic topic);
  Producer(const Producer&) = delete;
  Producer& operator=(const Producer&) = delete;
  ~Producer();

  /// Gives the events to librdkafka and waits for the delivery reports until all have come, or `wait_on` ends the wait:
  /// then nothing of the window is left in this handle. Each failure carries the error of the first event that failed.
  std::vector<Result<>> publish(std::span<const Event> events, const WaitOn& wait_on);
  /// Connections that are made from now on log in with the user and the password of these.
  void change_login(const Options& options);
  /// Whether a request with events has left for a broker since publish() was last called. False: no broker has any
  /// event of that window.
  bool has_sent() const { return has_sent_; }
  /// False after a fatal error of librdkafka, and after a wait that was ended: the handle is of no further use.
  bool is_usable() const;
  /// From the first connection on, the cluster is asked about the topic. About one that it meets later librdkafka asks
  /// once a second, and so long the first event would wait. A broker may make a topic that it is asked about.
  void know_topic();
  /// Asks the cluster about the topic, again and again until it has it or the time is up.
  Result<> ask_for_topic(std::chrono::milliseconds timeout);
  Result<Cluster> describe(std::chrono::milliseconds timeout);
  Result<> create_topic(std::chrono::milliseconds timeout);

 private:
  /// Where the delivery report of one event goes.
  struct Slot {
    bool reported = false;
    rd_kafka_resp_err_t error = RD_KAFKA_RESP_ERR_NO_ERROR;
    std::size_t* outstanding = nullptr;

    bool is_in() const { return reported && error == RD_KAFKA_RESP_ERR_NO_ERROR; }
  };

  Producer(const Options& options, Topic topic);
  static void on_log(const rd_kafka_t* handle, int level, const char* facility, const char* line);
  static void on_delivery(rd_kafka_t* handle, const rd_kafka_message_t* message, void* opaque);
  static rd_kafka_resp_err_t on_new(rd_kafka_t* handle, const rd_kafka_conf_t* conf, void* self, char* why,
                                    std::size_t size);
  static rd_kafka_resp_err_t on_request_sent(rd_kafka_t* handle, int socket, const char* broker, std::int32_t broker_id,
                                             std::int16_t api_key, std::int16_t api_version,
                                             std::int32_t correlation_id, std::size_t size, void* self);
  Result<> ask_once(std::chrono::milliseconds timeout);
  bool has_topic(std::chrono::milliseconds timeout);
  Result<> give(const Event& event, Slot& slot);
  /// False: the wait was ended.
  bool await(const std::size_t& outstanding, const WaitOn& wait_on);
  void abandon(const std::size_t& outstanding);
  Error why_failed(std::span<const Event> events, std::span<const Slot> slots);
  Error explain(rd_kafka_resp_err_t code);
  Error explain_size(const Event& event, bool is_local) const;
  Error explain_silence(std::size_t outstanding, std::chrono::milliseconds waited);
  /// Why no answer came, by the last thing that librdkafka said.
  Error refused_login(const std::string& complaint) const;
  Error explain_absence(const std::string& complaint) const;
  std::string last_complaint() const;
  void forget_complaint();
  void close();

  struct DestroyTopic {
    void operator()(rd_kafka_topic_t* topic) const { rd_kafka_topic_destroy(topic); }
  };

  const Options& options_;
  const std::string topic_;
  const std::string setting_;  // that names the topic
  rd_kafka_t* handle_ = nullptr;
  std::unique_ptr<rd_kafka_topic_t, DestroyTopic> known_;
  std::atomic<bool> has_sent_ = false;
  std::string replicas_;      // of the topic that are not well, in words, as of the last answer
  mutable std::mutex mutex_;  // guards complaint_: librdkafka's threads write it
  std::string complaint_;
};

}  // namespace dmw::events::kafka
