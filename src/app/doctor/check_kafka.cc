// kafka: the bootstrap address answers, every broker can be reached by the name that it gives itself, both topics are
// there.
#include "app/doctor/checks.h"
#include "app/kafka_outlets.h"
#include "base/format.h"
#include "config/clusters.h"
#include "dicom/ul/socket_transport.h"
#include "events/kafka/kafka_sink.h"

namespace dmw::app::doctor {
namespace {

using events::kafka::Broker;
using events::kafka::Cluster;

constexpr std::chrono::seconds kafka_patience{3};

bool can_be_reached(const Broker& broker) {
  const auto deadline = std::chrono::steady_clock::now() + kafka_patience;
  return ul::SocketTransport::connect(broker.host, broker.port, deadline).has_value();
}

Finding not_answered(const Error& error, const config::Kafka& kafka) {
  const auto name = [&](std::string_view key) { return setting_name(kafka, key); };
  return problem(error.message(),
                 error.code == Errc::unauthorized
                     ? format("correct {}, {} and {}", name("security_protocol"), name("sasl_*"), name("ssl_*"))
                     : format("start the broker, or correct {}", name("bootstrap_servers")));
}

Finding check_topics(const Cluster& cluster, const config::Kafka& kafka) {
  const std::string words = format("{}, {}", *kafka.bootstrap_servers, counted(cluster.brokers.size(), "broker"));
  if (cluster.topics_missing.empty()) return ok(format("{}, topics {} and {}", words, kafka.topic, kafka.dlq_topic));
  std::string missing;
  for (const std::string& topic : cluster.topics_missing) missing += (missing.empty() ? "" : " and ") + topic;
  if (kafka.create_topics) return ok(format("{}; {} will be created", words, missing));
  return problem(format("{}; missing: {}", words, missing),
                 format("create what is missing, or set {}=true", setting_name(kafka, "create_topics")));
}

}  // namespace

Findings check_kafka(const config::Kafka& kafka) {
  if (!kafka.bootstrap_servers) return {skip("not configured")};
  const Result<Cluster> cluster = events::kafka::KafkaSink::describe(kafka_options(kafka));
  if (!cluster) return {not_answered(cluster.error(), kafka)};
  Findings findings;
  for (const Broker& broker : cluster->brokers) {
    if (can_be_reached(broker)) continue;
    findings.push_back(problem(events::kafka::unreachable_name(*kafka.bootstrap_servers, std::to_string(broker.id),
                                                               format("{}:{}", broker.host, broker.port)),
                               "set advertised.listeners on the broker to a name this machine resolves. "
                               "docs/components/messaging.md#advertised"));
  }
  if (findings.empty()) findings.push_back(check_topics(*cluster, kafka));
  return findings;
}

}  // namespace dmw::app::doctor
