#include <algorithm>
#include <array>
#include <ranges>

#include "app/doctor/poc/checks.h"
#include "app/kafka_outlets.h"
#include "app/mapping.h"
#include "base/format.h"
#include "events/bodies.h"
#include "events/kafka/kafka_sink.h"

namespace dmw::app::doctor::poc {
namespace {

/// In its order.
constexpr std::array<std::string_view, 7> fields_of_poc = {
    "correlation_id", "study_instance_uid", "patient_id", "modality", "study_date", "storage_path", "timestamp"};

/// An event as the program writes it for a study without data.
Result<json::object> an_event(const config::Settings& settings) {
  StudyRevision revision;
  revision.study_uid = StudyUid("2.25.0");
  revision.revision = 1;
  revision.instances.emplace_back().sop_uid = SopUid("2.25.1");
  const events::Bodies bodies(
      Uuid(), event_profile(settings), [](std::string_view key) { return "file:///" + std::string(key); }, "doctor");
  const Result<json::value> body = json::parse(bodies.of_study(revision).body);
  if (!body || !body->is_object()) return fail(Errc::internal, "an event is not a JSON object");
  return body->get_object();
}

}  // namespace

Findings compare_events(const Situation& situation) {
  const config::Settings& settings = situation.settings;
  const Result<json::object> event = an_event(settings);
  const auto begins_alike = [&] {
    return event->size() >= fields_of_poc.size() &&
           std::ranges::equal(fields_of_poc, *event | std::views::take(fields_of_poc.size()), {}, {},
                              [](const auto& field) { return std::string_view(field.key()); });
  };
  if (!event || !begins_alike())
    return {problem("the fields of the proof of concept do not come first",
                    "this is a bug of this program: please report it")};
  Findings findings = {ok(format("the {} fields of the proof of concept first, in its order, then {} more",
                                 fields_of_poc.size(), event->size() - fields_of_poc.size()))};
  findings.push_back(
      note("readers must accept null in patient_id, modality and study_date (the header may lack them), and ignore "
           "fields that they do not know"));
  if (settings.events.profile != config::EventProfile::full)
    findings.push_back(note("EVENT_PROFILE is not full: patient_id differs from the one in the header"));
  return findings;
}

Findings compare_kafka(const Situation& situation) {
  Findings findings = doctor::check_kafka(situation.settings.kafka);
  const config::Kafka& kafka = situation.settings.kafka;
  if (!kafka.bootstrap_servers || count(findings, Verdict::fail) > 0) return findings;
  const Result<events::kafka::Cluster> cluster = events::kafka::KafkaSink::describe(kafka_options(kafka));
  if (!cluster || cluster->partitions == 0) return findings;
  const std::string words = format("the key of an event is its Study Instance UID; {} has {}", kafka.topic,
                                   counted(cluster->partitions, "partition"));
  if (cluster->partitions == 1) {
    findings.push_back(ok(words + ": the order of events does not change"));
  } else {
    findings.push_back(
        note(format("{}: from now on all events of a study are in one partition, in order; events of the proof of "
                    "concept may be in another",
                    words)));
  }
  return findings;
}

}  // namespace dmw::app::doctor::poc
