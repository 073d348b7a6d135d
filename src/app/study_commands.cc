// The commands of studies: they call the API of a running serve and print the answer.
#include <cstdio>
#include <iostream>
#include <map>
#include <string>

#include <unistd.h>

#include "app/commands.h"
#include "app/printing.h"
#include "base/format.h"
#include "base/json.h"
#include "base/words.h"
#include "config/syntax.h"
#include "http/target.h"

namespace dmw::app {
namespace {

/// Of one study that are shown.
constexpr std::size_t versions_max = 1'000;

std::string path_of(const std::string& uid, std::string_view rest = "") {
  return format("/api/v1/studies/{}{}", http::percent_encode(uid), rest);
}

/// The versions that a person may want to see: those of instances with several versions, and those whose patient is not
/// that of the study. By id.
Result<std::map<std::int64_t, json::object>> versions_of(const Remote& remote, const std::string& uid) {
  std::map<std::int64_t, json::object> versions;
  bool more = false;
  for (const char* which : {"several=true", "flags=patient_mismatch"}) {
    std::string cursor;
    do {
      const std::string path =
          format("/instances?all_versions=true&patient=true&limit=100&{}&cursor={}", which, cursor);
      const json::value page = TRY(remote.get(path_of(uid, path)));
      const json::value* const list = page.is_object() ? page.get_object().if_contains("instances") : nullptr;
      if (list == nullptr || !list->is_array()) return fail(Errc::internal, "the answer lacks instances");
      for (const json::value& each : list->get_array()) {
        if (each.is_object()) versions.emplace(std::stoll("0" + text_of(each.get_object(), "id")), each.get_object());
      }
      cursor = json::get_string(page.get_object(), "next_cursor").value_or("");
    } while (!cursor.empty() && versions.size() < versions_max);
    more = more || !cursor.empty();
  }
  if (more) std::fprintf(stderr, "These are the first %s versions; there are more.\n", grouped(versions_max).c_str());
  return versions;
}

void print_table(const Table& table, const char* title) {
  if (!table.empty()) std::printf("\n%s\n%s", title, table.text().c_str());
}

void print_study(const json::object& study, const json::value& revisions,
                 const std::map<std::int64_t, json::object>& versions) {
  print_members(study);
  Table series({"SERIES INSTANCE UID", "NUMBER", "MODALITY", "INSTANCES", "BYTES", "FLAGS", "DESCRIPTION"});
  if (const json::value* list = study.if_contains("series"); list != nullptr && list->is_array()) {
    for (const json::value& each : list->get_array()) {
      const json::object& row = each.as_object();
      series.add({text_of(row, "series_instance_uid"), text_of(row, "series_number"), text_of(row, "modality"),
                  text_of(row, "instance_count"), text_of(row, "size_bytes"), words_of(row, "flags"),
                  text_of(row, "series_description")});
    }
  }
  print_table(series, "series");
  Table told({"REVISION", "EVENT", "PUBLISHED", "INSTANCES", "ADDED", "SOURCE", "CALLING AE", "FLAGS"});
  for (const json::value& each : revisions.as_array()) {
    const json::object& row = each.as_object();
    told.add({text_of(row, "revision"), text_of(row, "event_position"), text_of(row, "published_at"),
              text_of(row, "instance_count"), text_of(row, "instances_added"), text_of(row, "source"),
              text_of(row, "calling_ae"), words_of(row, "flags")});
  }
  print_table(told, "revisions, newest first; EVENT is the position in the event log");
  Table several({"VERSION", "SOP INSTANCE UID", "N", "CURRENT", "PATIENT ID", "PATIENT NAME", "RECEIVED", "FLAGS"});
  for (const auto& [id, row] : versions) {
    several.add({text_of(row, "id"), text_of(row, "sop_instance_uid"), text_of(row, "version"),
                 text_of(row, "current") == "true" ? "yes" : "no", text_of(row, "patient_id"),
                 text_of(row, "patient_name"), text_of(row, "received_at"), words_of(row, "flags")});
  }
  print_table(several, "versions of instances that have several, or another patient");
}

}  // namespace

bool confirmed(const std::string& question) {
  if (::isatty(STDIN_FILENO) != 1) return false;
  std::fprintf(stderr, "%s [y/N] ", question.c_str());
  std::string answer;
  std::getline(std::cin, answer);
  return answer == "y" || answer == "yes";
}

std::string moment_of(const std::string& text, MicrosUtc now) {
  const Result<std::chrono::milliseconds> ago = config::parse_duration(text);
  return ago ? rfc3339(now - std::chrono::microseconds(*ago).count()) : text;
}

int studies_list(const Remote& remote, const StudyQuery& query, bool json) {
  std::string path = "/api/v1/studies";
  const auto add = [&](std::string_view name, const std::string& value) {
    if (!value.empty()) path += format("{}{}={}", path.contains('?') ? "&" : "?", name, http::percent_encode(value));
  };
  const MicrosUtc now = SystemClock().now();
  add("patient_id", query.patient_id);
  add("accession_number", query.accession_number);
  add("modality", query.modality);
  add("study_date", query.study_date);
  add("source", query.source);
  add("calling_ae", query.calling_ae);
  add("updated_since", moment_of(query.updated_since, now));
  add("flags", query.flags);
  Table table({"STUDY INSTANCE UID", "DATE", "MODALITIES", "PATIENT ID", "ACCESSION", "INSTANCES", "REVISION", "STATE",
               "SOURCE", "AGE", "FLAGS"});
  const int code = each_in_pages(remote, path, "studies", query.limit, [&](const json::object& study) {
    if (json) return print_line(study);
    const std::string ae = text_of(study, "calling_ae");
    table.add({text_of(study, "study_instance_uid"), text_of(study, "study_date"), words_of(study, "modalities"),
               text_of(study, "patient_id"), text_of(study, "accession_number"), text_of(study, "instance_count"),
               text_of(study, "revision"), text_of(study, "state"),
               text_of(study, "source") + (ae == "-" ? "" : " " + ae), age_of(study, "last_received_at", now),
               words_of(study, "flags")});
  });
  if (code == exit_done && !json) table.print();
  return code;
}

int studies_show(const Remote& remote, const std::string& uid, bool json) {
  const Result<json::value> study = remote.get(path_of(uid));
  if (!study || !study->is_object()) return print_object(study);
  const Result<json::value> answer = remote.get(path_of(uid, "/revisions"));
  if (!answer) return report_answer(answer.error());
  const json::value* const revisions = answer->is_object() ? answer->get_object().if_contains("revisions") : nullptr;
  if (revisions == nullptr || !revisions->is_array())
    return report(Error{Errc::internal, "the answer lacks revisions", {}});
  const auto versions = versions_of(remote, uid);
  if (!versions) return report_answer(versions.error());
  if (!json) {
    print_study(study->get_object(), *revisions, *versions);
    return exit_done;
  }
  print_line(*study);
  for (const json::value& each : revisions->get_array()) print_line(each);
  for (const auto& [id, version] : *versions) print_line(version);
  return exit_done;
}

int studies_erase(const Remote& remote, const std::string& uid, const Decision& decision) {
  const auto told = [&](const Result<json::value>& answer, const char* sentence) {
    if (!answer || decision.json || !answer->is_object()) return print_object(answer);
    const json::object& erasure = answer->get_object();
    std::printf("%s %s: %s instances, %s objects, %s bytes; the objects are removed at %s\n", sentence, uid.c_str(),
                text_of(erasure, "instance_count").c_str(), text_of(erasure, "object_count").c_str(),
                text_of(erasure, "size_bytes").c_str(), text_of(erasure, "objects_go_at").c_str());
    return static_cast<int>(exit_done);
  };
  if (decision.dry_run)
    return told(remote.send("DELETE", path_of(uid, "?dry_run=true"), json::object{}), "would erase study");
  if (!decision.yes && !confirmed("Erase study " + uid + " for good?"))
    return report(Error{Errc::invalid, "not erased: say --yes", {}}, exit_usage);
  return told(remote.send("DELETE", path_of(uid), json::object{{"reason", decision.reason}}), "erased study");
}

int studies_promote(const Remote& remote, const std::string& id, const Decision& decision) {
  if (!decision.yes && !confirmed("Make version " + id + " the current one?"))
    return report(Error{Errc::invalid, "not promoted: say --yes", {}}, exit_usage);
  const Result<json::value> answer =
      remote.send("POST", format("/api/v1/instances/{}/promote", http::percent_encode(id)),
                  json::object{{"reason", decision.reason}});
  if (!answer || decision.json || !answer->is_object()) return print_object(answer);
  const bool changed = text_of(answer->get_object(), "promoted") == "true";
  std::printf("version %s %s\n", id.c_str(), changed ? "is the current one now" : "was the current one already");
  return exit_done;
}

}  // namespace dmw::app
