#include "app/kafka_outlets.h"

#include <memory>
#include <utility>

#include "app/readable_file.h"
#include "base/format.h"
#include "config/clusters.h"

namespace dmw::app {
namespace {

using events::kafka::KafkaSink;

/// Where the settings have no such cluster any more, it stays as it is until the next start.
void take_access(KafkaSink& sink, const std::string& section, const config::Settings& settings) {
  if (const config::Kafka* const kafka = config::cluster(settings, section)) sink.change_access(kafka_options(*kafka));
}

Result<OutletPlan::Opened> open_sink(const config::Kafka& kafka, Topic topic) {
  std::unique_ptr<KafkaSink> sink = TRY(KafkaSink::open(kafka_options(kafka), topic));
  KafkaSink& opened = *sink;
  return OutletPlan::Opened{std::move(sink), [&opened, section = kafka.section](const config::Settings& settings) {
                              take_access(opened, section, settings);
                            }};
}

OutletPlan plan_of(const config::Kafka& kafka) {
  std::string more = format("{}, {}", kafka.topic, kafka.dlq_topic);
  if (kafka.rules.policy == config::SinkPolicy::best_effort) more += ", best effort";
  return {.part = part_name(kafka),
          .summary = {.title = kafka.section.empty() ? "events" : "events to " + kafka.section,
                      .kind = "kafka",
                      .what = kafka.bootstrap_servers.value_or(""),
                      .more = std::move(more)},
          .rules = kafka.rules,
          .name = sink_name(kafka),
          .topics = {Topic::metadata, Topic::dead_letters},
          .open = [kafka](Topic topic) { return open_sink(kafka, topic); }};
}

}  // namespace

std::vector<OutletPlan> kafka_outlets(const config::Settings& settings) {
  std::vector<OutletPlan> plans;
  for (const config::Kafka* const kafka : config::clusters(settings)) plans.push_back(plan_of(*kafka));
  return plans;
}

std::string sink_name(const config::Kafka& kafka) {
  return kafka.section.empty() ? "kafka" : "kafka." + kafka.section;
}

std::string part_name(const config::Kafka& kafka) {
  return kafka.section.empty() ? "broker" : "broker." + kafka.section;
}

std::vector<std::string> kafka_problems(const config::Kafka& kafka) {
  std::vector<std::string> problems;
  const auto tell = [&](std::string problem) {
    if (!problem.empty()) problems.push_back(std::move(problem));
  };
  if (kafka.security_protocol.ends_with("ssl")) {
    tell(unreadable_file(setting_name(kafka, "ssl_ca_file"), kafka.ssl_ca_file, true));
    tell(unreadable_file(setting_name(kafka, "ssl_certificate_file"), kafka.ssl_certificate_file));
    tell(unreadable_file(setting_name(kafka, "ssl_key_file"), kafka.ssl_key_file));
  }
  if (!problems.empty()) return problems;
  if (const Result<> checked = KafkaSink::check(kafka_options(kafka)); !checked)
    tell(format("{}: {}", setting_name(kafka, "*"), checked.error().what));
  return problems;
}

events::kafka::Options kafka_options(const config::Kafka& kafka) {
  events::kafka::Options options;
  options.setting = config::setting_names(kafka);
  options.bootstrap_servers = kafka.bootstrap_servers.value_or("");
  options.topic = kafka.topic;
  options.dead_letter_topic = kafka.dlq_topic;
  options.security_protocol = kafka.security_protocol;
  options.sasl_mechanism = kafka.sasl_mechanism;
  options.sasl_username = kafka.sasl_username.value_or("");
  options.sasl_password = kafka.sasl_password.value_or(Private<std::string>());
  options.ssl_ca_file = kafka.ssl_ca_file.value_or("");
  options.ssl_certificate_file = kafka.ssl_certificate_file.value_or("");
  options.ssl_key_file = kafka.ssl_key_file.value_or("");
  options.ssl_key_password = kafka.ssl_key_password.value_or(Private<std::string>());
  options.extra = kafka.extra;
  options.create_topics = kafka.create_topics;
  options.partitions = static_cast<int>(kafka.partitions);
  options.replication = static_cast<int>(kafka.replication);
  return options;
}

}  // namespace dmw::app
