// The manifest: everything that a reader with access to the store alone needs. Written line by line, so that a study of
// 100,000 instances needs one string and no JSON tree.
#include <algorithm>

#include "base/format.h"
#include "base/json.h"
#include "events/bodies.h"
#include "model/object_key.h"

namespace dmw::events {
namespace {

constexpr std::size_t line_bytes_expected = 512;

bool is_plain(char c) {
  return c >= ' ' && c <= '~' && c != '"' && c != '\\';
}

void add_text(std::string& to, std::string_view name, std::string_view text) {
  to += format("\"{}\":", name);
  if (std::ranges::all_of(text, is_plain)) {
    to += '"';
    to += text;
    to += '"';
  } else {
    to += json::serialize(json::string(text));
  }
}

void add_flags(std::string& to, Flags flags) {
  to += "\"flags\":[";
  bool first = true;
  for (const std::string_view word : flags.names()) {
    to += format("{}\"{}\"", first ? "" : ",", word);
    first = false;
  }
  to += ']';
}

void add_instance(std::string& to, const StudyUid& study, const RevisionInstance& instance) {
  to += '{';
  add_text(to, "series_uid", instance.series_uid.get());
  to += ',';
  add_text(to, "sop_uid", instance.sop_uid.get());
  to += ',';
  add_text(to, "sop_class", instance.sop_class);
  to += ',';
  add_text(to, "transfer_syntax", instance.transfer_syntax);
  to += instance.instance_number ? format(",\"instance_number\":{},", *instance.instance_number)
                                 : std::string(",\"instance_number\":null,");
  add_text(to, "key", instance_key(study, instance.sop_uid, instance.dataset_sha256).get());
  to += format(",\"size_bytes\":{},", instance.size_bytes);
  add_text(to, "dataset_sha256", instance.dataset_sha256.hex());
  to += ',';
  add_flags(to, instance.flags);
  to += '}';
}

}  // namespace

std::string Bodies::manifest(const StudyRevision& revision, const Event& event) {
  std::string text;
  text.reserve(1024 + revision.instances.size() * line_bytes_expected);
  text += "{\"schema_version\":\"1.0\",";
  add_text(text, "study_instance_uid", revision.study_uid.get());
  text += format(",\"revision\":{},\"epoch\":{},\"after_position\":{},", revision.revision, revision.epoch,
                 revision.log_position);
  add_text(text, "event_id", event.event_id.text());
  text += ',';
  add_text(text, "event_sha256", Sha256::of(as_bytes(event.body)).hex());
  text += ',';
  add_text(text, "content_digest", revision.content_digest.hex());
  text += ',';
  add_text(text, "created_at", rfc3339(revision.at));
  text += format(",\"instance_count\":{},\"size_bytes\":{},", revision.instances.size(), revision.size_bytes);
  add_flags(text, revision.flags);
  text += ",\"instances\":[";
  bool first = true;
  for (const RevisionInstance& instance : revision.instances) {
    text += first ? "\n" : ",\n";
    first = false;
    add_instance(text, revision.study_uid, instance);
  }
  text += "\n]}\n";
  return text;
}

}  // namespace dmw::events
