// What a producer asks the cluster beside publishing, and how its answers are told to a person.
#include <algorithm>
#include <array>
#include <chrono>
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

/// The address of the broker that a complaint is about, when it is one that the cluster told and not one of ours:
/// librdkafka names a broker "host:port/bootstrap" before it has metadata, and "host:port/<id>" after.
std::string advertised_in(std::string_view complaint, std::string_view bootstrap_servers) {
  const std::size_t slash = complaint.find('/');
  if (slash == std::string_view::npos || slash + 1 >= complaint.size()) return {};
  if (complaint[slash + 1] < '0' || complaint[slash + 1] > '9') return {};
  const std::size_t space = complaint.substr(0, slash).rfind(' ');
  const std::size_t begin = space == std::string_view::npos ? 0 : space + 1;
  const std::string_view address = complaint.substr(begin, slash - begin);
  return bootstrap_servers.find(address) == std::string_view::npos ? std::string(address) : std::string();
}

}  // namespace

Error Producer::explain(rd_kafka_resp_err_t code) {
  const auto error = [&](Errc kind, std::string what) { return Error{kind, std::move(what), {}}; };
  switch (code) {
    case RD_KAFKA_RESP_ERR__AUTHENTICATION:
    case RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED:
      return error(Errc::unauthorized, "Kafka refuses our credentials: " + last_complaint());
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED:
      return error(Errc::unauthorized, format("Kafka does not let us write ({}): grant WRITE and DESCRIBE on {} and {}",
                                              rd_kafka_err2str(code), options_.topic, options_.dead_letter_topic));
    case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
      return error(Errc::not_found,
                   format("a topic is missing in Kafka: create {} and {}, or set KAFKA_CREATE_TOPICS=true",
                          options_.topic, options_.dead_letter_topic));
    case RD_KAFKA_RESP_ERR__FATAL:
    case RD_KAFKA_RESP_ERR__GAPLESS_GUARANTEE: {
      std::array<char, 512> why{};
      if (handle_ != nullptr) rd_kafka_fatal_error(handle_, why.data(), why.size());
      return error(Errc::unavailable,
                   format("the producer had to be given up ({}): {}", rd_kafka_err2name(code), why.data()));
    }
    default:
      return error(Errc::unavailable, format("Kafka refuses an event: {}", rd_kafka_err2str(code)));
  }
}

Error Producer::explain_absence(const std::string& complaint) const {
  if (is_refusal(complaint)) return {Errc::unauthorized, "Kafka refuses our credentials: " + complaint, {}};
  if (const std::string advertised = advertised_in(complaint, options_.bootstrap_servers); !advertised.empty()) {
    return {Errc::unavailable,
            format("Kafka answers at {} but tells clients to use {}, which cannot be reached from here: correct the "
                   "broker's advertised.listeners ({})",
                   options_.bootstrap_servers, advertised, complaint),
            {}};
  }
  return {Errc::unavailable,
          format("no Kafka broker answers at {}: {}", options_.bootstrap_servers,
                 complaint.empty() ? "the time is up" : complaint),
          {}};
}

Error Producer::explain_silence() {
  const std::string complaint = last_complaint();
  if (const Result<> asked = ask_for_topics(diagnosis_timeout); !asked) return asked.error();
  if (is_refusal(complaint) || !advertised_in(complaint, options_.bootstrap_servers).empty()) {
    return explain_absence(complaint);
  }
  return {Errc::timeout,
          format("Kafka did not acknowledge a window within {} ms{}{}", options_.window_timeout.count(),
                 complaint.empty() ? "" : ": ", complaint),
          {}};
}

Result<> Producer::ask_for_topics(std::chrono::milliseconds timeout) {
  // A handle that knows of both asks for both.
  know_topics();
  const auto end = std::chrono::steady_clock::now() + timeout;
  Result<> told = ask_once(timeout);
  // A broker takes a moment to make a topic that it was asked about, and to choose a leader.
  while (!told && (told.error().code == Errc::not_found || told.error().code == Errc::unavailable)) {
    std::this_thread::sleep_for(ask_again_after);
    const auto left = std::chrono::floor<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
    if (left < answer_time) break;
    Result<> again = ask_once(left);
    const bool is_silent = !again && again.error().code == Errc::unavailable;
    if (!is_silent || told.error().code == Errc::unavailable) told = std::move(again);
  }
  return told;
}

Result<> Producer::ask_once(std::chrono::milliseconds timeout) {
  const rd_kafka_metadata_t* found = nullptr;
  const rd_kafka_resp_err_t error = rd_kafka_metadata(handle_, 0, nullptr, &found, static_cast<int>(timeout.count()));
  const std::unique_ptr<const rd_kafka_metadata_t, DestroyMetadata> metadata(found);
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) return std::unexpected(explain_absence(last_complaint()));
  for (int n = 0; n < metadata->topic_cnt; ++n) {
    const rd_kafka_metadata_topic_t& topic = metadata->topics[n];
    if (topic.err == RD_KAFKA_RESP_ERR_NO_ERROR) continue;
    // A topic that is being made, or a partition whose leader is being chosen.
    if (topic.err == RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE) {
      return fail(Errc::unavailable, format("the Kafka topic {} has no leader yet", topic.topic));
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

Result<> Producer::create_topics(std::chrono::milliseconds timeout) {
  std::array<char, 512> why{};
  std::array<std::unique_ptr<rd_kafka_NewTopic_t, DestroyNewTopic>, 2> topics;
  std::array<rd_kafka_NewTopic_t*, 2> wanted{};
  const std::array<const std::string*, 2> names = {&options_.topic, &options_.dead_letter_topic};
  for (std::size_t n = 0; n < names.size(); ++n) {
    topics[n].reset(
        rd_kafka_NewTopic_new(names[n]->c_str(), options_.partitions, options_.replication, why.data(), why.size()));
    if (!topics[n]) return fail(Errc::invalid, format("Kafka topic {}: {}", *names[n], why.data()));
    wanted[n] = topics[n].get();
  }
  const std::unique_ptr<rd_kafka_AdminOptions_t, DestroyOptions> how(
      rd_kafka_AdminOptions_new(handle_, RD_KAFKA_ADMIN_OP_CREATETOPICS));
  rd_kafka_AdminOptions_set_request_timeout(how.get(), static_cast<int>(timeout.count()), why.data(), why.size());
  rd_kafka_AdminOptions_set_operation_timeout(how.get(), static_cast<int>(timeout.count()), why.data(), why.size());
  const std::unique_ptr<rd_kafka_queue_t, DestroyQueue> answers(rd_kafka_queue_new(handle_));
  rd_kafka_CreateTopics(handle_, wanted.data(), wanted.size(), how.get(), answers.get());
  const std::unique_ptr<rd_kafka_event_t, DestroyEvent> answer(
      rd_kafka_queue_poll(answers.get(), static_cast<int>(timeout.count()) + 1'000));
  if (!answer || rd_kafka_event_error(answer.get()) != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return during(explain_absence(last_complaint()), "the making of the topics");
  }
  std::size_t count = 0;
  const rd_kafka_topic_result_t** results =
      rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(answer.get()), &count);
  for (std::size_t n = 0; n < count; ++n) {
    const rd_kafka_resp_err_t error = rd_kafka_topic_result_error(results[n]);
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR || error == RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS) continue;
    const char* said = rd_kafka_topic_result_error_string(results[n]);
    return fail(Errc::unavailable,
                format("the Kafka topic {} could not be made: {}", rd_kafka_topic_result_name(results[n]),
                       said ? said : rd_kafka_err2str(error)));
  }
  return {};
}

}  // namespace dmw::events::kafka
