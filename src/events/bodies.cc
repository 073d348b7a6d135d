#include "events/bodies.h"

#include <utility>

#include "base/format.h"
#include "events/bounded.h"
#include "events/pseudonym.h"
#include "model/object_key.h"

namespace dmw::events {
namespace {

constexpr std::string_view schema_version = "1.0";
constexpr std::size_t series_max = 100;
constexpr std::size_t uri_bytes_max = 4096;
constexpr std::size_t payload_bytes_max = 64U << 10U;
constexpr std::size_t detail_bytes_max = 4096;
// The series, 15 texts of 6 * 512 bytes and 3 addresses of twice 4 KiB together stay below body_bytes_max.
constexpr std::size_t series_bytes_max = 64U << 10U;
constexpr std::size_t list_bytes_max = 24U << 10U;

std::string_view type_of(const StudyRevision& revision) {
  if (revision.is_erasure()) return "study.deleted";
  return revision.revision == revision.life_begins ? "study.received" : "study.updated";
}

json::value identifier(const Profile& profile, const Private<std::string>& value) {
  switch (profile.kind) {
    case Profile::Kind::full:
      return text_or_null(value.reveal());
    case Profile::Kind::pseudonym:
      return text_or_null(pseudonym(profile.key.reveal(), value.reveal()));
    case Profile::Kind::ids:
      return nullptr;
  }
  return nullptr;
}

json::value address(std::string text) {
  text.resize(clip(text, uri_bytes_max).size());
  return json::value(text);
}

json::array flag_words(Flags flags) {
  json::array words;
  for (const std::string_view word : flags.names()) words.emplace_back(word);
  return words;
}

/// Adds `series` and `series_truncated`.
void add_series(json::object& body, const StudyRevision& revision) {
  json::array list;
  std::size_t bytes = 0;
  for (const RevisionSeries& series : revision.series) {
    json::object entry;
    entry["uid"] = clip(series.uid.get());
    entry["modality"] = text_or_null(series.modality);
    entry["instance_count"] = series.instance_count;
    if (list.size() == series_max || !add_within(list, bytes, std::move(entry), series_bytes_max)) break;
  }
  const bool truncated = list.size() < revision.series.size();
  body["series"] = std::move(list);
  body["series_truncated"] = truncated;
}

/// Adds `modalities`, `sop_classes` and `body_parts`.
void add_kinds(json::object& body, const StudyRevision& revision) {
  std::vector<std::string_view> modalities;
  std::vector<std::string_view> body_parts;
  for (const RevisionSeries& series : revision.series) {
    modalities.emplace_back(series.modality);
    body_parts.emplace_back(series.body_part);
  }
  std::vector<std::string_view> sop_classes;
  for (const RevisionInstance& instance : revision.instances) {
    if (sop_classes.empty() || sop_classes.back() != instance.sop_class) sop_classes.emplace_back(instance.sop_class);
  }
  body["modalities"] = distinct(std::move(modalities), list_bytes_max);
  body["sop_classes"] = distinct(std::move(sop_classes), list_bytes_max);
  body["body_parts"] = distinct(std::move(body_parts), list_bytes_max);
}

json::value first_instance(const Bodies::Uri& uri, const StudyRevision& revision) {
  if (revision.instances.empty()) return nullptr;
  const RevisionInstance& first = revision.instances.front();
  return address(uri(instance_key(revision.study_uid, first.sop_uid, first.dataset_sha256).get()));
}

/// Always an object, as readers expect. A text that is not an object, or is too long, is included as text, cut to its
/// beginning.
json::value payload(const std::string& text) {
  if (text.size() <= payload_bytes_max) {
    if (const Result<json::value> parsed = json::parse(text);
        parsed && parsed->is_object() && json::serialize(*parsed).size() <= payload_bytes_max) {
      return *parsed;
    }
  }
  json::object rest;
  if (!text.empty()) rest["text"] = clip(text);
  return rest;
}

/// The data for the headers of an event.
struct Envelope {
  const Uuid& correlation_id;
  const Uuid& event_id;
  std::string_view traceparent;
  std::string_view source_uri;
  std::string_view type;
  std::string_view time;
  std::string_view subject;
};

/// Our headers and those of CloudEvents 1.0, Kafka protocol binding §3.2 (binary content mode).
std::string headers(const Envelope& envelope) {
  json::object object;
  object["correlation_id"] = envelope.correlation_id.text();
  object["event_id"] = envelope.event_id.text();
  if (!envelope.traceparent.empty()) object["traceparent"] = clip(envelope.traceparent);
  object["ce_id"] = envelope.event_id.text();
  object["ce_source"] = clip(envelope.source_uri);
  object["ce_type"] = envelope.type;
  object["ce_specversion"] = "1.0";
  object["ce_time"] = envelope.time;
  object["ce_subject"] = clip(envelope.subject);
  object["content-type"] = "application/json";
  return json::serialize(object);
}

std::string bounded(const json::object& body) {
  std::string text = json::serialize(body);
  ASSERT(text.size() <= body_bytes_max);
  return text;
}

}  // namespace

Bodies::Bodies(CatalogId catalog_id, Profile profile, Uri uri, std::string source_uri)
    : catalog_id_(std::move(catalog_id)),
      profile_(std::move(profile)),
      uri_(std::move(uri)),
      source_uri_(std::move(source_uri)) {}

std::string Bodies::source() const {
  return source_uri_.empty() ? "urn:uuid:" + Uuid(catalog_id_).text() : source_uri_;
}

Event Bodies::of_study(const StudyRevision& revision) const {
  const std::string_view type = type_of(revision);
  const std::string& uid = revision.study_uid.get();
  const Session& session = revision.session;
  const std::string time = rfc3339(revision.at);
  const std::shared_ptr<const Profile> profile = profile_.get();
  const Uuid id = Uuid::of_name(catalog_id_, format("{}/{}/{}", uid, revision.revision, type));

  json::object body;
  body["correlation_id"] = session.correlation_id.text();
  body["study_instance_uid"] = clip(uid);
  body["patient_id"] = identifier(*profile, revision.patient_id);
  body["modality"] = text_or_null(revision.modality);
  body["study_date"] = text_or_null(revision.study_date);
  body["storage_path"] = first_instance(uri_, revision);
  body["timestamp"] = time;

  body["schema_version"] = schema_version;
  body["event_id"] = id.text();
  body["event_type"] = type;
  body["revision"] = revision.revision;
  body["source"] = text_or_null(session.source);
  body["calling_ae"] = text_or_null(session.calling_ae);
  body["called_ae"] = text_or_null(session.called_ae);
  body["accession_number"] = identifier(*profile, revision.accession_number);
  body["study_description"] = nullptr;
  if (profile->kind == Profile::Kind::full) {
    body["study_description"] = text_or_null(revision.study_description.reveal());
  }
  add_kinds(body, revision);
  body["series_count"] = revision.series.size();
  body["instance_count"] = revision.instances.size();
  body["instances_added"] = revision.instances_added;
  body["size_bytes"] = revision.size_bytes;
  body["objects_url"] = address(uri_(study_prefix(revision.study_uid)));
  body["manifest_path"] = address(uri_(manifest_key(revision.study_uid, revision.revision, revision.epoch).get()));
  body["content_digest"] = revision.content_digest.hex();
  add_series(body, revision);
  body["flags"] = flag_words(revision.flags);

  const std::string uri_of_source = source();
  return Event{.event_id = id,
               .at = revision.at,
               .topic = Topic::metadata,
               .key = uid,
               .headers = headers({session.correlation_id, id, session.traceparent, uri_of_source, type, time, uid}),
               .body = bounded(body)};
}

Event Bodies::of_dead_letter(const DeadLetter& letter) const {
  const std::string time = rfc3339(letter.last_failed_at);
  const Uuid id = Uuid::of_name(catalog_id_, format("dead-letter/{}/{}", letter.id.text(), letter.attempts));

  json::object body;
  body["original_payload"] = payload(letter.original_payload);
  body["error_reason"] = error_reason(letter.stage);
  body["correlation_id"] = letter.correlation_id.text();

  body["dead_letter_id"] = letter.id.text();
  body["stage"] = name(letter.stage);
  body["cause"] = clip(letter.cause);
  body["error_detail"] = clip(letter.detail, detail_bytes_max);
  body["advice"] = clip(letter.advice, detail_bytes_max);
  body["attempts"] = letter.attempts;
  body["first_failed_at"] = rfc3339(letter.first_failed_at);
  body["last_failed_at"] = time;
  body["source"] = text_or_null(letter.source);

  const std::string uri_of_source = source();
  return Event{.event_id = id,
               .at = letter.last_failed_at,
               .topic = Topic::dead_letters,
               .key = letter.id.text(),
               .headers = headers({letter.correlation_id, id, letter.traceparent, uri_of_source, "item.set_aside", time,
                                   letter.id.text()}),
               .body = bounded(body)};
}

}  // namespace dmw::events
