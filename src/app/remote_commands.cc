// Commands that speak to a running serve: they ask its API and print what it says.
#include <cstdio>
#include <iostream>
#include <string>

#include <unistd.h>

#include "app/commands.h"
#include "app/printing.h"
#include "base/clock.h"
#include "base/format.h"
#include "base/json.h"
#include "http/client.h"

namespace dmw::app {
namespace {

/// The longest cause is header_too_large.
constexpr char letter_row[] = "{:<5} {:<5} {:<7} {:<16} {:<56} {}";

std::string query_of(const Filter& filter) {
  std::string query;
  const auto add = [&](std::string_view name, const std::string& value) {
    if (!value.empty()) query += format("&{}={}", name, http::percent_encode(value));
  };
  add("cause", filter.cause);
  add("stage", filter.stage);
  add("source", filter.source);
  add("study", filter.study);
  if (filter.state != "all") add("state", filter.state.empty() ? "open" : filter.state);
  return query;
}

json::object object_of(const Filter& filter) {
  json::object object;
  if (!filter.cause.empty()) object["cause"] = filter.cause;
  if (!filter.stage.empty()) object["stage"] = filter.stage;
  if (!filter.source.empty()) object["source"] = filter.source;
  if (!filter.study.empty()) object["study"] = filter.study;
  return object;
}

std::string path_of(const std::string& id, std::string_view rest = "") {
  return format("/api/v1/dead-letters/{}{}", http::percent_encode(id), rest);
}

std::string source_row(const json::object& source) {
  if (json::get_string(source, "kind") == "door") {
    return format("{:<16} {:<9} {}", text_of(source, "name"), text_of(source, "state"), text_of(source, "reason"));
  }
  return format("{:<16} {:<9} {:<28} {:>9} kept {:>6} refused  {:<15} {}", text_of(source, "name"),
                text_of(source, "state"), text_of(source, "last_seen_at"), text_of(source, "instances"),
                text_of(source, "refused_instances"), text_of(source, "peer"), text_of(source, "reason"));
}

std::string association_row(const json::object& association) {
  const std::string repeats = text_of(association, "repeats");
  return format("{:<28} {:<9} {:<16} {:<15} {:>7} kept  {}{}", text_of(association, "ended_at"),
                text_of(association, "outcome"), text_of(association, "calling_ae"), text_of(association, "peer"),
                text_of(association, "instances"), text_of(association, "reason"),
                repeats == "0" ? "" : format(" (and {} times more)", repeats));
}

void print_members(const json::object& object) {
  for (const auto& member : object) {
    std::printf("%-18s %s\n", std::string(member.key()).c_str(), text_of(object, member.key()).c_str());
  }
}

bool confirmed(const std::string& question) {
  if (::isatty(STDIN_FILENO) != 1) return false;
  std::fprintf(stderr, "%s [y/N] ", question.c_str());
  std::string answer;
  std::getline(std::cin, answer);
  return answer == "y" || answer == "yes";
}

}  // namespace

int studies_list(const Remote& remote, std::int64_t limit, bool json) {
  return print_list(
      remote.get(format("/api/v1/studies?limit={}", limit)), "studies", json, [](const json::object& study) {
        return format("{}  {:<9} {:<10} revision {}  {}", text_of(study, "study_instance_uid"),
                      text_of(study, "study_date"), text_of(study, "modality"), text_of(study, "revision"),
                      counted(json::get_int(study, "instance_count").value_or(0), "instance"));
      });
}

int studies_show(const Remote& remote, const std::string& uid) {
  const std::string path = "/api/v1/studies/" + http::percent_encode(uid);
  const int code = print_object(remote.get(path));
  if (code != exit_done) return code;
  const auto as_json = [](const json::object& row) { return json::serialize(row); };
  const int revisions = print_list(remote.get(path + "/revisions"), "revisions", true, as_json);
  if (revisions != exit_done) return revisions;
  // Only where there is something to choose from.
  return print_list(remote.get(path + "/instances?all_versions=true&several=true&limit=1000"), "instances", true,
                    as_json);
}

int studies_erase(const Remote& remote, const std::string& uid, const std::string& reason, bool yes, bool dry_run) {
  const std::string path = "/api/v1/studies/" + http::percent_encode(uid);
  if (dry_run) return print_object(remote.send("DELETE", path + "?dry_run=true", json::object{}));
  if (!yes && !confirmed("Erase study " + uid + " for good?"))
    return report(Error{Errc::invalid, "not erased: say --yes", {}}, exit_usage);
  return print_object(remote.send("DELETE", path, json::object{{"reason", reason}}));
}

int studies_promote(const Remote& remote, const std::string& id, const std::string& reason, bool yes) {
  if (!yes && !confirmed("Make version " + id + " the current one?"))
    return report(Error{Errc::invalid, "not promoted: say --yes", {}}, exit_usage);
  return print_object(remote.send("POST", "/api/v1/instances/" + http::percent_encode(id) + "/promote",
                                  json::object{{"reason", reason}}));
}

int requests_list(const Remote& remote, bool json) {
  return print_list(remote.get("/api/v1/ingestion/requests"), "requests", json, [](const json::object& request) {
    return format("{}  {:<8} {}  attempts {}  {}", text_of(request, "request_id"), text_of(request, "state"),
                  text_of(request, "created_at"), text_of(request, "attempts"), text_of(request, "last_error"));
  });
}

int requests_show(const Remote& remote, const std::string& id) {
  return print_object(remote.get("/api/v1/ingestion/requests/" + http::percent_encode(id)));
}

int requests_fetch(const Remote& remote, const std::string& orthanc_id) {
  return print_object(
      remote.send("POST", "/api/v1/ingestion/studies", json::object{{"ID", orthanc_id}, {"Path", "Study"}}));
}

int sources_list(const Remote& remote, bool json) {
  std::string cursor;
  while (true) {
    const Result<json::value> page = remote.get("/api/v1/sources?limit=500" + cursor);
    const int code = print_list(page, "sources", json, source_row);
    if (code != exit_done) return code;
    const std::string next = text_of(page->get_object(), "next_cursor");
    if (next == "-") return exit_done;
    cursor = "&cursor=" + http::percent_encode(next);
  }
}

int sources_show(const Remote& remote, const std::string& name, bool json) {
  const Result<json::value> answer = remote.get("/api/v1/sources/" + http::percent_encode(name));
  if (!answer || json || !answer->is_object()) return print_object(answer);
  const json::value* source = answer->get_object().if_contains("source");
  if (source != nullptr && source->is_object()) print_members(source->get_object());
  std::printf("\nassociations that were refused or broke, the newest first:\n");
  return print_list(answer, "associations", json, association_row);
}

int dead_letters_list(const Remote& remote, const Filter& filter, bool json) {
  if (!json) std::puts(format(letter_row, "ID", "AGE", "STAGE", "CAUSE", "DETAIL", "ADVICE").c_str());
  const MicrosUtc now = SystemClock().now();
  std::string cursor;
  while (true) {
    const Result<json::value> page = remote.get("/api/v1/dead-letters?limit=500" + query_of(filter) + cursor);
    const int code = print_list(page, "dead_letters", json, [now](const json::object& letter) {
      return format(letter_row, text_of(letter, "number"), age_of(letter, "last_failed_at", now),
                    text_of(letter, "stage"), text_of(letter, "cause"), text_of(letter, "error_detail"),
                    text_of(letter, "advice"));
    });
    if (code != exit_done) return code;
    const std::string next = text_of(page->get_object(), "next_cursor");
    if (next == "-") return exit_done;
    cursor = "&cursor=" + http::percent_encode(next);
  }
}

int dead_letters_show(const Remote& remote, const std::string& id, bool json) {
  const Result<json::value> letter = remote.get(path_of(id));
  if (!letter || json || !letter->is_object()) return print_object(letter);
  print_members(letter->get_object());
  return exit_done;
}

int dead_letters_save(const Remote& remote, const std::string& id, const std::string& output) {
  const Result<std::uint64_t> bytes = remote.save(path_of(id, "/file"), output);
  if (!bytes) return report(bytes.error());
  std::fprintf(stderr, "%llu bytes written to %s\n", static_cast<unsigned long long>(*bytes), output.c_str());
  return exit_done;
}

int dead_letters_replay(const Remote& remote, const std::string& id, const Filter& filter, bool dry_run, bool json) {
  if (!id.empty() && !dry_run) return print_object(remote.send("POST", path_of(id, "/replay"), json::object{}));
  if (!id.empty()) return print_object(remote.get(path_of(id)));
  const Result<json::value> answer = remote.send("POST", "/api/v1/dead-letters/replay",
                                                 json::object{{"filter", object_of(filter)}, {"dry_run", dry_run}});
  if (!answer || json || !answer->is_object()) return print_object(answer);
  const std::string count = text_of(answer->get_object(), "count");
  std::printf("%s\n", ((dry_run ? "would replay " : "replaying ") + count).c_str());
  return exit_done;
}

int dead_letters_discard(const Remote& remote, const std::string& id, const std::string& reason, bool yes) {
  if (!yes && !confirmed("Discard dead letter " + id + " for good?")) {
    return report(Error{Errc::invalid, "not discarded: say --yes", {}}, exit_usage);
  }
  return print_object(remote.send("DELETE", path_of(id), json::object{{"reason", reason}}));
}

}  // namespace dmw::app
