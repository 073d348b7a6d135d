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

/// As the program would write it for a study that has nothing yet.
Result<json::object> an_event(const config::Settings& settings) {
  StudyRevision revision;
  revision.study_uid = StudyUid("2.25.0");
  revision.revision = 1;
  revision.instances.emplace_back().sop_uid = SopUid("2.25.1");
  const events::Bodies bodies(
      Uuid(), event_profile(settings), [](std::string_view key) { return "file:///" + std::string(key); }, "doctor");
  const Result<json::value> body = json::parse(bodies.of_study(revision).body);
  if (!body || !body->is_object()) return fail(Errc::internal, "an event is no JSON object");
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
    return {problem("the fields of the proof of concept do not come first", "this is a mistake of ours: tell it")};
  Findings findings = {ok(format("the {} fields of the proof of concept first, in its order, then {} more",
                                 fields_of_poc.size(), event->size() - fields_of_poc.size()))};
  findings.push_back(
      note("readers must take null in patient_id, modality and study_date, for a header that has none, and pass over "
           "fields that they do not know"));
  if (settings.events.profile != config::EventProfile::full)
    findings.push_back(note("EVENT_PROFILE is not full: patient_id is not the one of the header"));
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
    findings.push_back(ok(words + ": all stays in order"));
  } else {
    findings.push_back(note(
        format("{}: the events of a study are in one of them from now on, in order; what the proof of concept wrote "
               "of it may be in another",
               words)));
  }
  return findings;
}

}  // namespace dmw::app::doctor::poc
