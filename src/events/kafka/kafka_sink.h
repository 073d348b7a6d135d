// KafkaSink: an EventSink that is a Kafka cluster. Idempotent, acks=all, one window in flight; the event log is the
// truth, so nothing waits in here: what a window could not deliver in time is dropped and published again by the relay.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/private.h"
#include "events/sink.h"

namespace dmw::events::kafka {

/// An empty text leaves librdkafka's default in force.
struct Options {
  std::string bootstrap_servers = {};
  std::string topic = "dicom.metadata.v1";
  std::string dead_letter_topic = "dicom.metadata.dlq";
  std::string security_protocol = {};
  std::string sasl_mechanism = {};
  std::string sasl_username = {};
  Private<std::string> sasl_password = {};
  std::string ssl_ca_file = {};
  std::string ssl_certificate_file = {};
  std::string ssl_key_file = {};
  Private<std::string> ssl_key_password = {};
  /// Properties of librdkafka; they win over the program's, except those that the order of events depends on.
  std::vector<std::pair<std::string, Private<std::string>>> extra = {};
  bool create_topics = false;
  int partitions = 12;
  int replication = 1;
  /// How long publish() waits for the acknowledgements of a window. Below the relay's lease.
  std::chrono::milliseconds window_timeout{8'000};
};

/// A broker as it names itself (advertised.listeners).
struct Broker {
  std::int32_t id = 0;
  std::string host;
  std::uint16_t port = 0;
};

/// What a cluster says of itself at the bootstrap address.
struct Cluster {
  std::vector<Broker> brokers;
  std::vector<std::string> topics_missing;  // of our two
  int partitions = 0;                       // of the topic of the studies; 0: it is missing
};

class Producer;

class KafkaSink final : public EventSink {
 public:
  /// Whether it would open. Errors: invalid (a property that librdkafka refuses, in its words; one of `extra` that the
  /// order of events depends on).
  static Result<> check(const Options& options);
  /// Makes no topic, whatever the options say, and does not go to the brokers that are named. Errors: those of check(),
  /// and of probe() but not_found.
  static Result<Cluster> describe(const Options& options);
  /// Needs no broker. Where it may not create the topics it asks for them from the first connection on, and a broker
  /// may make what it is asked about. Errors: those of check().
  static Result<std::unique_ptr<KafkaSink>> open(Options options);
  ~KafkaSink() override;

  std::vector<Result<>> publish(std::span<const Event> events) override;

  /// Errors, each with a sentence about what to look at: unavailable (no broker answers, or they advertise an address
  /// that cannot be reached from here), unauthorized, not_found (a topic).
  Result<> probe() override;

  /// Creates the topics that are missing. A success also when both were there.
  Result<> ensure_topics();

 private:
  explicit KafkaSink(Options options);
  Result<Producer*> producer();
  Result<> make_topics_once();
  std::vector<Result<>> try_publish(std::span<const Event> events);

  const Options options_;
  std::unique_ptr<Producer> producer_;  // empty after a failed window
  bool topics_made_ = false;
};

}  // namespace dmw::events::kafka
