// KafkaSink: an EventSink that is one topic of a Kafka cluster. Idempotent, acks=all, one window in flight. The
// producer that has a window in flight is kept until the cluster has said its word: it alone can send it again without
// a repeat. Two sinks have two producers, so that the trouble of one topic is that topic's alone.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/causes.h"
#include "base/live.h"
#include "base/private.h"
#include "base/setting_names.h"
#include "events/sink.h"

namespace dmw::events::kafka {

/// An empty text leaves librdkafka's default in force.
struct Options {
  SettingNames setting{"kafka"};  ///< for sentences that name a setting
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
  /// From when on an acknowledgement is late: why is found out, and told.
  std::chrono::milliseconds slow_after{5'000};
};

/// A broker as it names itself (advertised.listeners).
struct Broker {
  std::int32_t id = 0;
  std::string host;
  std::uint16_t port = 0;
};

/// That the broker of this id cannot be reached at the address that it gives itself: the sentence of who notices it.
std::string unreachable_name(std::string_view bootstrap_servers, std::string_view id, std::string_view address);

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
  /// A sink for the events of one topic. Needs no broker. Where it may not create its topic it asks for it from the
  /// first connection on, and a broker may make what it is asked about. Errors: those of check().
  static Result<std::unique_ptr<KafkaSink>> open(Options options, Topic topic = Topic::metadata);
  ~KafkaSink() override;

  /// What is refused is told in the log once for each cause, until a window is taken again.
  /// A new producer is made after a fatal error of librdkafka, after a wait that was ended, and for change_access().
  /// Errors, of the first event that failed: those of probe(); too_large; timeout and invalid (in the broker's words);
  /// cancelled (a wait that was ended: whether the events are in the topic is unknown).
  std::vector<Result<>> publish(std::span<const Event> events, const WaitOn& wait_on) override;

  /// Errors, each with a sentence about what to look at: unavailable (no broker answers, or they advertise an address
  /// that cannot be reached from here), unauthorized (they do not let us log in), and of the topic alone: not_found,
  /// timeout (no leader), invalid (it cannot be made, or we have no right on it).
  Result<> probe() override;

  /// Another password, certificate or key for the same cluster and topics. A producer with them is made once the
  /// cluster has acknowledged the window in flight. A window that waits longer than `slow_after` gets the new password
  /// on its next connection; it gets the new certificate and key if no broker has been sent any of its events.
  /// Otherwise it keeps the old ones, because a new producer could repeat events. Any thread.
  void change_access(Options options) { wanted_.set(std::move(options)); }

  /// Creates the topic where it is missing. A success also when it was there.
  Result<> ensure_topic();

 private:
  KafkaSink(Options options, Topic topic);
  Result<Producer*> producer();
  Result<> make_topic_once();
  std::vector<Result<>> try_publish(std::span<const Event> events, const WaitOn& wait_on);
  std::vector<Result<>> publish_singly(std::span<const Event> events, const WaitOn& wait_on);

  Live<Options> wanted_;
  std::shared_ptr<const Options> options_;  // of the producer; outlives it
  const Topic topic_;
  std::unique_ptr<Producer> producer_;  // empty after one that is of no further use
  bool topic_made_ = false;
  bool singly_ = false;  // a batch was too large: each event may be small enough
  Causes told_;          // causes of refusals since the last accepted window
};

}  // namespace dmw::events::kafka
