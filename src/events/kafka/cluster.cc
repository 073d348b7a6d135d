// What a producer asks the cluster beside publishing, and how its answers are told to a person.
#include <algorithm>
#include <array>
#include <chrono>
#include <optional>
#include <span>
#include <thread>
#include <utility>

#include "base/format.h"
#include "events/kafka/producer.h"

namespace dmw::events::kafka {
namespace {

struct DestroyMetadata {
  void operator()(const rd_kafka_metadata_t* metadata) const { rd_kafka_metadata_destroy(metadata); }
};
struct DestroyQueue {
  void operator()(rd_kafka_queue_t* queue) const { rd_kafka_queue_destroy(queue); }
};
struct DestroyNewTopic {
  void operator()(rd_kafka_NewTopic_t* topic) const { rd_kafka_NewTopic_destroy(topic); }
};
struct DestroyOptions {
  void operator()(rd_kafka_AdminOptions_t* options) const { rd_kafka_AdminOptions_destroy(options); }
};
struct DestroyEvent {
  void operator()(rd_kafka_event_t* event) const { rd_kafka_event_destroy(event); }
};

constexpr std::chrono::milliseconds diagnosis_timeout{1'000};
constexpr std::chrono::milliseconds ask_again_after{100};
constexpr std::chrono::milliseconds answer_time{400};  // that a broker gets which has answered before

bool is_refusal(std::string_view text) {
  return text.find("uthentication") != std::string_view::npos || text.find("uthorization") != std::string_view::npos;
}

struct Advertised {
  std::string id;
  std::string address;
};

/// The broker that a complaint is about, when it is one that the cluster told and not one of ours: librdkafka names a
/// broker "host:port/bootstrap" before it has metadata, and "host:port/<id>" after.
std::optional<Advertised> advertised_in(std::string_view complaint, std::string_view bootstrap_servers) {
  const std::size_t slash = complaint.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  std::string_view id = complaint.substr(slash + 1);
  id = id.substr(0, id.find_first_not_of("0123456789"));
  if (id.empty()) return std::nullopt;
  const std::size_t space = complaint.substr(0, slash).rfind(' ');
  const std::size_t begin = space == std::string_view::npos ? 0 : space + 1;
  const std::string_view address = complaint.substr(begin, slash - begin);
  // "3/3 brokers are down" begins with no address.
  if (address.find(':') == std::string_view::npos) return std::nullopt;
  if (bootstrap_servers.find(address) != std::string_view::npos) return std::nullopt;
  return Advertised{std::string(id), std::string(address)};
}

/// Empty where all is well.
std::string replicas_of(const rd_kafka_metadata_topic_t& topic) {
  int without_leader = 0;
  int behind = 0;
  for (const rd_kafka_metadata_partition_t& partition :
       std::span(topic.partitions, static_cast<std::size_t>(topic.partition_cnt))) {
    if (partition.leader < 0) ++without_leader;
    if (partition.isr_cnt < partition.replica_cnt) ++behind;
  }
  if (without_leader > 0) return format("{} of its {} partitions have no leader", without_leader, topic.partition_cnt);
  if (behind > 0) {
    return format("in {} of its {} partitions replicas are not in sync (min.insync.replicas)", behind,
                  topic.partition_cnt);
  }
  return {};
}

/// The cluster does not let us make topics.
bool is_denied(rd_kafka_resp_err_t code) {
  return code == RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED || code == RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED;
}

}  // namespace

std::string unreachable_name(std::string_view bootstrap_servers, std::string_view id, std::string_view address) {
  return format("bootstrap {} answers, but broker {} advertises {}, which this machine cannot reach", bootstrap_servers,
                id, address);
}

Error Producer::explain(rd_kafka_resp_err_t code) {
  const auto error = [&](Errc kind, std::string what) { return Error{kind, std::move(what), {}}; };
  const auto no_numbers = [&](std::string_view why) {
    return error(Errc::invalid,
                 format("Kafka refuses idempotent writes to the topic {} ({}): grant this user WRITE on it, or "
                        "IDEMPOTENT_WRITE on the cluster",
                        topic_, why));
  };
  switch (code) {
    case RD_KAFKA_RESP_ERR__AUTHENTICATION:
    case RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED:
      return refused_login(last_complaint());
    // A topic has a right of its own; that of the cluster is asked for the numbers of an idempotent producer.
    case RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED:
      return no_numbers(rd_kafka_err2str(code));
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
      return error(Errc::invalid,
                   format("Kafka refuses writes to the topic {} ({}): grant this user WRITE and DESCRIBE on it", topic_,
                          rd_kafka_err2str(code)));
    case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
      return error(Errc::not_found, format("the topic {} ({}) is missing in Kafka: create it, or set {}=true", topic_,
                                           setting_, options_.setting("create_topics")));
    case RD_KAFKA_RESP_ERR__FATAL:
    case RD_KAFKA_RESP_ERR__GAPLESS_GUARANTEE: {
      std::array<char, 512> why{};
      const rd_kafka_resp_err_t cause =
          handle_ == nullptr ? code : rd_kafka_fatal_error(handle_, why.data(), why.size());
      if (is_denied(cause)) return no_numbers(why.data());
      return error(Errc::timeout,
                   format("the producer of the topic {} failed and was replaced by a new one: {}", topic_, why.data()));
    }
    default:
      // librdkafka's own, such as of a topic that goes away meanwhile: no broker has refused anything.
      if (code < RD_KAFKA_RESP_ERR_UNKNOWN) {
        return error(Errc::timeout, format("an event on the topic {} could not be sent; retrying: {}", topic_,
                                           rd_kafka_err2str(code)));
      }
      return error(Errc::invalid, format("Kafka refuses an event on the topic {}: {}", topic_, rd_kafka_err2str(code)));
  }
}

Error Producer::explain_size(const Event& event, bool is_local) const {
  const std::string limit = is_local ? "the message.max.bytes of " + options_.setting("extra")
                                     : "the topic's max.message.bytes, or the message.max.bytes of the broker";
  return {
      Errc::too_large,
      format("an event on the topic {} ({} bytes, key {}, position {}) is too large for Kafka: raise {} to at least "
             "1000000",
             topic_, event.body.size() + event.headers.size(), event.key, event.position, limit),
      {}};
}

/// Of the whole cluster, and so of every topic.
Error Producer::refused_login(const std::string& complaint) const {
  const SettingNames& setting = options_.setting;
  const std::string user = setting("sasl_username");
  const std::string password = setting("sasl_password");
  const bool logs_in = options_.security_protocol.starts_with("sasl");
  const std::string what =
      logs_in
          ? format("Kafka refuses our credentials (user {}): correct {} and {} or {}: {}",
                   options_.sasl_username.empty() ? "not set" : options_.sasl_username, user, password,
                   setting("sasl_password_file"), complaint)
          : format(
                "Kafka refuses our credentials: it requires a login or a certificate: correct {}, {} and {}, or {}: {}",
                setting("security_protocol"), user, password, setting("ssl_certificate_file"), complaint);
  return {Errc::unauthorized, what, {}};
}

Error Producer::explain_absence(const std::string& complaint) const {
  if (is_refusal(complaint)) return refused_login(complaint);
  if (const std::optional<Advertised> broker = advertised_in(complaint, options_.bootstrap_servers)) {
    return {Errc::unavailable,
            format("{}: correct the broker's advertised.listeners ({})",
                   unreachable_name(options_.bootstrap_servers, broker->id, broker->address), complaint),
            {}};
  }
  return {Errc::unavailable,
          format("no Kafka broker answers at {}: {}", options_.bootstrap_servers,
                 complaint.empty() ? "the time limit was reached" : complaint),
          {}};
}

Error Producer::explain_silence(std::size_t outstanding, std::chrono::milliseconds waited) {
  const std::string complaint = last_complaint();
  // A connection on which no acknowledgement comes may give no other answer either; one that fails leaves a complaint.
  const Result<> asked = ask_for_topic(diagnosis_timeout);
  const bool is_mute = !asked && asked.error().code == Errc::unavailable && complaint.empty();
  if (!asked && !is_mute) return asked.error();
  if (is_refusal(complaint) || advertised_in(complaint, options_.bootstrap_servers)) {
    return explain_absence(complaint);
  }
  const std::string& hint = replicas_.empty() ? complaint : replicas_;
  return {Errc::timeout,
          format("Kafka has not acknowledged {} on the topic {} for {} s{}{}", counted(outstanding, "event"), topic_,
                 std::chrono::floor<std::chrono::seconds>(waited).count(), hint.empty() ? "" : ": ", hint),
          {}};
}

Result<> Producer::ask_for_topic(std::chrono::milliseconds timeout) {
  // A handle that knows of it asks for it.
  know_topic();
  const auto end = std::chrono::steady_clock::now() + timeout;
  Result<> told = ask_once(timeout);
  // A broker takes a moment to make a topic that it was asked about, and to choose a leader.
  while (!told && (told.error().code == Errc::not_found || told.error().code == Errc::timeout)) {
    std::this_thread::sleep_for(ask_again_after);
    const auto left = std::chrono::floor<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
    if (left < answer_time) break;
    Result<> again = ask_once(left);
    const bool is_silent = !again && again.error().code == Errc::unavailable;
    if (!is_silent) told = std::move(again);
  }
  return told;
}

Result<> Producer::ask_once(std::chrono::milliseconds timeout) {
  const rd_kafka_metadata_t* found = nullptr;
  const rd_kafka_resp_err_t error =
      rd_kafka_metadata(handle_, 0, known_.get(), &found, static_cast<int>(timeout.count()));
  const std::unique_ptr<const rd_kafka_metadata_t, DestroyMetadata> metadata(found);
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) return std::unexpected(explain_absence(last_complaint()));
  for (const rd_kafka_metadata_topic_t& topic :
       std::span(metadata->topics, static_cast<std::size_t>(metadata->topic_cnt))) {
    replicas_ = replicas_of(topic);
    if (topic.err == RD_KAFKA_RESP_ERR_NO_ERROR) continue;
    // A topic that is being made, or a partition whose leader is being chosen.
    if (topic.err == RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE) {
      return fail(Errc::timeout, format("the Kafka topic {} has no leader yet", topic.topic));
    }
    return std::unexpected(explain(topic.err));
  }
  return {};
}

Result<Cluster> Producer::describe(std::chrono::milliseconds timeout) {
  const rd_kafka_metadata_t* found = nullptr;
  // Of all topics: a broker may make one that it is asked about.
  const rd_kafka_resp_err_t error = rd_kafka_metadata(handle_, 1, nullptr, &found, static_cast<int>(timeout.count()));
  const std::unique_ptr<const rd_kafka_metadata_t, DestroyMetadata> metadata(found);
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) return std::unexpected(explain_absence(last_complaint()));
  Cluster cluster;
  for (const rd_kafka_metadata_broker_t& broker :
       std::span(metadata->brokers, static_cast<std::size_t>(metadata->broker_cnt)))
    cluster.brokers.push_back({broker.id, broker.host, static_cast<std::uint16_t>(broker.port)});
  const std::span topics(metadata->topics, static_cast<std::size_t>(metadata->topic_cnt));
  for (const std::string& wanted : {options_.topic, options_.dead_letter_topic}) {
    const auto there =
        std::ranges::find_if(topics, [&](const rd_kafka_metadata_topic_t& topic) { return topic.topic == wanted; });
    if (there == topics.end()) cluster.topics_missing.push_back(wanted);
    if (there != topics.end() && wanted == options_.topic) cluster.partitions = there->partition_cnt;
  }
  return cluster;
}

Result<> Producer::create_topic(std::chrono::milliseconds timeout) {
  std::array<char, 512> why{};
  const std::unique_ptr<rd_kafka_NewTopic_t, DestroyNewTopic> topic(
      rd_kafka_NewTopic_new(topic_.c_str(), options_.partitions, options_.replication, why.data(), why.size()));
  if (!topic) return fail(Errc::invalid, format("Kafka topic {}: {}", topic_, why.data()));
  const std::unique_ptr<rd_kafka_AdminOptions_t, DestroyOptions> how(
      rd_kafka_AdminOptions_new(handle_, RD_KAFKA_ADMIN_OP_CREATETOPICS));
  rd_kafka_AdminOptions_set_request_timeout(how.get(), static_cast<int>(timeout.count()), why.data(), why.size());
  rd_kafka_AdminOptions_set_operation_timeout(how.get(), static_cast<int>(timeout.count()), why.data(), why.size());
  const std::unique_ptr<rd_kafka_queue_t, DestroyQueue> answers(rd_kafka_queue_new(handle_));
  rd_kafka_NewTopic_t* wanted = topic.get();
  rd_kafka_CreateTopics(handle_, &wanted, 1, how.get(), answers.get());
  const std::unique_ptr<rd_kafka_event_t, DestroyEvent> answer(
      rd_kafka_queue_poll(answers.get(), static_cast<int>(timeout.count()) + 1'000));
  if (!answer || rd_kafka_event_error(answer.get()) != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return during(explain_absence(last_complaint()), "the making of the topic " + topic_);
  }
  std::size_t count = 0;
  const rd_kafka_topic_result_t** results =
      rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(answer.get()), &count);
  if (count == 0) return fail(Errc::invalid, format("Kafka gives no information about the topic {}", topic_));
  const rd_kafka_resp_err_t error = rd_kafka_topic_result_error(results[0]);
  if (error == RD_KAFKA_RESP_ERR_NO_ERROR || error == RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS) return {};
  if (is_denied(error) && has_topic(timeout)) return {};
  const char* said = rd_kafka_topic_result_error_string(results[0]);
  return fail(Errc::invalid,
              format("{}=true, but Kafka does not create the topic {} with {}={} and {}={}: {}",
                     options_.setting("create_topics"), topic_, options_.setting("partitions"), options_.partitions,
                     options_.setting("replication"), options_.replication, said ? said : rd_kafka_err2str(error)));
}

bool Producer::has_topic(std::chrono::milliseconds timeout) {
  const Result<Cluster> cluster = describe(timeout);
  return cluster && std::ranges::find(cluster->topics_missing, topic_) == cluster->topics_missing.end();
}

}  // namespace dmw::events::kafka
