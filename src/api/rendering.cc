#include "api/rendering.h"

#include "base/format.h"

namespace dmw::api {
namespace {

json::array words(Flags flags) {
  json::array list;
  for (const std::string_view word : flags.names()) list.emplace_back(word);
  return list;
}

/// DICOM joins values with a backslash (PS3.5 §6.4).
json::array split_values(std::string_view joined) {
  json::array list;
  while (!joined.empty()) {
    const auto end = joined.find('\\');
    list.emplace_back(joined.substr(0, end));
    joined = end == joined.npos ? std::string_view{} : joined.substr(end + 1);
  }
  return list;
}

json::value number_or_null(std::optional<std::int64_t> number) {
  if (!number) return nullptr;
  return *number;
}

std::string_view priority_word(RequestPriority priority) {
  switch (priority) {
    case RequestPriority::asked:
      return "asked";
    case RequestPriority::seen:
      return "seen";
    case RequestPriority::reconciled:
      return "reconciled";
  }
  return "asked";
}

std::string type_of(const Event& event) {
  if (const auto headers = json::parse(event.headers); headers && headers->is_object()) {
    if (auto type = json::get_string(headers->get_object(), "ce_type")) return *std::move(type);
  }
  return event.topic == Topic::metadata ? "study.updated" : "item.set_aside";
}

}  // namespace

json::value time_or_null(std::optional<MicrosUtc> time) {
  if (!time || *time == 0) return nullptr;
  return json::string(rfc3339(*time));
}

json::object to_json(const PartState& part) {
  return {{"name", part.name},
          {"state", name(part.state)},
          {"reason", json::nullable(part.reason)},
          {"since", time_or_null(part.since)},
          {"waits_for", json::array(part.waits_for.begin(), part.waits_for.end())}};
}

json::object to_json(const Request& request) {
  json::array uids(request.study_uids.begin(), request.study_uids.end());
  return {{"request_id", request.request_id.text()},
          {"source", request.source},
          {"orthanc_id", json::nullable(request.study)},
          {"instances_asked", request.instances.size()},
          {"state", name(request.state)},
          {"priority", priority_word(request.priority)},
          {"correlation_id", request.correlation_id.text()},
          {"client_correlation_id", json::nullable(request.client_correlation)},
          {"repeats", request.repeats},
          {"attempts", request.attempts},
          {"created_at", time_or_null(request.created_at)},
          {"updated_at", time_or_null(request.updated_at)},
          {"finished_at", time_or_null(request.finished_at)},
          {"last_error", json::nullable(request.last_error)},
          {"instances_found", request.instances_found},
          {"instances_fetched", request.instances_fetched},
          {"study_instance_uids", std::move(uids)}};
}

json::object to_json(const catalog::StudyRow& study) {
  return {{"study_instance_uid", study.uid.get()},
          {"patient_id", json::nullable(study.patient_id.reveal())},
          {"issuer_of_patient_id", json::nullable(study.issuer_of_patient_id.reveal())},
          {"patient_name", json::nullable(study.patient_name.reveal())},
          {"patient_birth_date", json::nullable(study.patient_birth_date.reveal())},
          {"patient_sex", json::nullable(study.patient_sex.reveal())},
          {"accession_number", json::nullable(study.accession_number.reveal())},
          {"referring_physician", json::nullable(study.referring_physician.reveal())},
          {"study_description", json::nullable(study.study_description.reveal())},
          {"study_id", json::nullable(study.study_id)},
          {"study_date", json::nullable(study.study_date)},
          {"study_time", json::nullable(study.study_time)},
          {"modality", json::nullable(study.modality)},
          {"modalities", split_values(study.modalities.empty() ? study.modality : study.modalities)},
          {"source", json::nullable(study.source)},
          {"calling_ae", json::nullable(study.calling_ae)},
          {"called_ae", json::nullable(study.called_ae)},
          {"correlation_id", study.correlation_id},
          {"revision", study.revision},
          {"state", name(study.state)},
          {"event_position", study.event_position == 0 ? json::value() : json::value(study.event_position)},
          {"series_count", study.series_count},
          {"instance_count", study.instance_count},
          {"size_bytes", study.size_bytes},
          {"flags", words(study.flags)},
          {"received_at", time_or_null(study.received_at)},
          {"last_received_at", time_or_null(study.last_received_at)},
          {"updated_at", time_or_null(study.updated_at)}};
}

json::object to_json(const catalog::SeriesRow& series) {
  return {{"series_instance_uid", series.uid.get()},
          {"modality", json::nullable(series.modality)},
          {"series_number", number_or_null(series.series_number)},
          {"series_description", json::nullable(series.description.reveal())},
          {"body_part", json::nullable(series.body_part)},
          {"station", json::nullable(series.station)},
          {"instance_count", series.instance_count},
          {"size_bytes", series.size_bytes},
          {"flags", words(series.flags)}};
}

json::object to_json(const catalog::VersionRow& version) {
  const std::string link = format("/api/v1/instances/{}", version.id);
  return {{"id", std::to_string(version.id)},
          {"sop_instance_uid", version.sop_uid.get()},
          {"series_instance_uid", version.series_uid.get()},
          {"sop_class_uid", version.sop_class},
          {"transfer_syntax_uid", version.transfer_syntax},
          {"instance_number", number_or_null(version.instance_number)},
          {"frames", number_or_null(version.frames)},
          {"rows", number_or_null(version.rows)},
          {"columns", number_or_null(version.columns)},
          {"version", version.n},
          {"current", version.current},
          {"revision", version.revision},
          {"size_bytes", version.size_bytes},
          {"dataset_sha256", version.dataset_sha256.hex()},
          {"flags", words(version.flags)},
          {"received_at", time_or_null(version.received_at)},
          {"file", link + "/file"},
          {"metadata", link + "/metadata"}};
}

json::object to_json(const catalog::RevisionRow& revision) {
  return {{"revision", revision.revision},
          {"event_position", revision.position == 0 ? json::value() : json::value(revision.position)},
          {"published_at", time_or_null(revision.published_at)},
          {"instance_count", revision.instance_count},
          {"instances_added", revision.instances_added},
          {"size_bytes", revision.size_bytes},
          {"flags", words(revision.flags)},
          {"content_digest", revision.content_digest.hex()},
          {"correlation_id", json::nullable(revision.correlation_id)},
          {"source", json::nullable(revision.source)},
          {"calling_ae", json::nullable(revision.calling_ae)}};
}

json::object to_json(const DeadLetter& letter) {
  json::value payload = nullptr;
  if (auto parsed = json::parse(letter.original_payload)) payload = std::move(*parsed);
  const bool bytes = !letter.object_key.empty();
  return {{"number", letter.number},
          {"dead_letter_id", letter.id.text()},
          {"state", name(letter.state)},
          {"stage", name(letter.stage)},
          {"cause", letter.cause},
          {"error_reason", error_reason(letter.stage)},
          {"error_detail", letter.detail},
          {"advice", letter.advice},
          {"attempts", letter.attempts},
          {"first_failed_at", time_or_null(letter.first_failed_at)},
          {"last_failed_at", time_or_null(letter.last_failed_at)},
          {"source", json::nullable(letter.source)},
          {"calling_ae", json::nullable(letter.calling_ae)},
          {"origin", json::nullable(letter.origin)},
          {"correlation_id", letter.correlation_id.text()},
          {"origin_resource", json::nullable(letter.origin_resource)},
          {"study_instance_uid", json::nullable(letter.study_uid.get())},
          {"original_payload", std::move(payload)},
          {"size_bytes", letter.size_bytes},
          {"file", bytes ? json::value(format("/api/v1/dead-letters/{}/file", letter.number)) : json::value()},
          {"discard_reason", json::nullable(letter.discard_reason)}};
}

json::object to_json(const catalog::Caller& caller) {
  const bool refused = caller.last_refused_at != 0 && caller.last_refused_at >= caller.last_seen_at;
  return {{"name", caller.calling_ae},
          {"kind", "caller"},
          {"door", caller.source},
          {"state", refused ? "refused" : "ok"},
          {"reason", json::nullable(refused ? caller.last_refusal : "")},
          {"peer", caller.peer},
          {"first_seen_at", time_or_null(caller.first_seen_at)},
          {"last_seen_at", time_or_null(caller.last_seen_at)},
          {"associations", caller.associations},
          {"refused_associations", caller.refused_associations},
          {"instances", caller.instances},
          {"refused_instances", caller.refused_instances},
          {"size_bytes", caller.size_bytes},
          {"last_refused_at", time_or_null(caller.last_refused_at)},
          {"last_refusal", json::nullable(caller.last_refusal)}};
}

json::object to_json(const catalog::Association& association) {
  return {{"id", association.id},
          {"outcome", name(association.outcome)},
          {"reason", association.reason},
          {"started_at", time_or_null(association.started_at)},
          {"ended_at", time_or_null(association.ended_at)},
          {"calling_ae", json::nullable(association.calling_ae)},
          {"called_ae", json::nullable(association.called_ae)},
          {"peer", association.peer},
          {"instances", association.instances},
          {"refused_instances", association.refused_instances},
          {"size_bytes", association.size_bytes},
          {"repeats", association.repeats},
          {"correlation_id", association.correlation_id.text()}};
}

json::object to_json_source(const PartState& door, const std::optional<PartSummary>& summary) {
  json::object source = to_json(door);
  source["kind"] = "door";
  const bool is_on = door.state != PartState::State::off;
  source["detail"] = json::nullable(is_on && summary ? summary->what : std::string());
  return source;
}

std::string to_json_text(const Event& event) {
  const json::object head = {{"position", event.position},
                             {"event_id", event.event_id.text()},
                             {"event_type", type_of(event)},
                             {"at", rfc3339(event.at)},
                             {"topic", event.topic == Topic::metadata ? "metadata" : "dead_letters"},
                             {"key", event.key}};
  std::string text = json::serialize(head);
  text.pop_back();
  text.append(",\"headers\":").append(event.headers.empty() ? "{}" : event.headers);
  text.append(",\"body\":").append(event.body).append("}");
  return text;
}

std::string server_sent(const Event& event) {
  return format("id: {}\nevent: {}\ndata: {}\n\n", event.position, type_of(event), to_json_text(event));
}

}  // namespace dmw::api
