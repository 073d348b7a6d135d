// The commands of dead letters: they call the API of a running serve and print the answer.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "app/commands.h"
#include "app/printing.h"
#include "base/clock.h"
#include "base/format.h"
#include "base/json.h"
#include "http/target.h"

namespace dmw::app {
namespace {

constexpr std::chrono::milliseconds job_interval{200};

std::string path_of(const std::string& id, std::string_view rest = "") {
  return format("/api/v1/dead-letters/{}{}", http::percent_encode(id), rest);
}

json::object object_of(const Filter& filter) {
  const MicrosUtc now = SystemClock().now();
  json::object object;
  const auto add = [&](std::string_view name, const std::string& value) {
    if (!value.empty()) object[name] = value;
  };
  add("cause", filter.cause);
  add("stage", filter.stage);
  add("source", filter.source);
  add("study", filter.study);
  add("since", moment_of(filter.since, now));
  add("until", moment_of(filter.until, now));
  return object;
}

std::string query_of(const Filter& filter) {
  json::object wanted = object_of(filter);
  if (filter.state != "all") wanted["state"] = filter.state.empty() ? "open" : filter.state;
  std::string query;
  for (const auto& [name, value] : wanted) {
    query +=
        format("{}{}={}", query.empty() ? "?" : "&", std::string_view(name), http::percent_encode(value.get_string()));
  }
  return query;
}

/// The body of a replay or discard for this selection. Errors: invalid, with the words of the command line.
Result<json::object> body_of(const Remote& remote, const Selection& selection) {
  const int said = (selection.id.empty() ? 0 : 1) + (selection.filter.empty() ? 0 : 1) + (selection.all ? 1 : 0);
  if (said == 0)
    return fail(Errc::invalid, "name the dead letters: a number, a filter such as --cause or --since, or --all");
  if (said > 1) return fail(Errc::invalid, "a number, a filter and --all exclude each other");
  if (selection.id.empty()) return json::object{{"filter", object_of(selection.filter)}};
  const json::value letter = TRY(remote.get(path_of(selection.id)));
  const auto number = letter.is_object() ? json::get_int(letter.get_object(), "number") : std::nullopt;
  if (!number) return fail(Errc::internal, "the answer lacks a number: has serve the same version as this command?");
  return json::object{{"numbers", json::array{*number}}};
}

/// The advice; closed dead letters need none.
std::string advice_of(const json::object& letter) {
  const std::string state = text_of(letter, "state");
  std::string advice = text_of(letter, "advice");
  const bool over = state == "replayed" || state == "discarded";
  return over && !advice.starts_with("nothing to do") ? "nothing to do: the dead letter was " + state : advice;
}

/// The number of listed items of a job with this outcome.
std::size_t count_of(const json::object& job, std::string_view outcome) {
  const json::value* const items = job.if_contains("items");
  if (items == nullptr || !items->is_array()) return 0;
  return static_cast<std::size_t>(std::ranges::count_if(items->get_array(), [&](const json::value& item) {
    return item.is_object() && text_of(item.get_object(), "outcome") == outcome;
  }));
}

/// The outcome of an item of a job, in words.
std::string outcome_of(const json::object& item) {
  const std::string outcome = text_of(item, "outcome");
  if (outcome == "replayed") return "succeeded";
  if (outcome == "failed_again") return "failed again";
  if (outcome == "not_replayed") return "could not be replayed";
  return outcome == "replaying" ? "under way" : "waits for its turn";
}

std::string job_sentence(const json::object& job) {
  const std::string waits_for = text_of(job, "waits_for");
  const std::size_t untried = count_of(job, "not_replayed");
  const std::int64_t failed = json::get_int(job, "failed").value_or(0) - static_cast<std::int64_t>(untried);
  return format("{} of {} succeeded, {} failed{}{}{}", text_of(job, "replayed"), text_of(job, "count"), failed,
                untried == 0 ? "" : format(", {} could not be replayed", untried),
                text_of(job, "state") == "done" ? "" : "; it is not done", waits_for == "-" ? "" : ": " + waits_for);
}

/// Prints a job. Exit code 3 if some are still dead letters.
int print_job(const json::object& job, bool as_json) {
  if (as_json) {
    print_line(job);
  } else {
    Table table({"ID", "OUTCOME", "DETAIL"});
    const json::value* items = job.if_contains("items");
    if (items != nullptr && items->is_array()) {
      for (const json::value& each : items->get_array()) {
        if (!each.is_object()) continue;
        const json::object& item = each.get_object();
        table.add({text_of(item, "number"), outcome_of(item), text_of(item, "detail")});
      }
    }
    if (!table.empty()) table.print();
    std::printf("%s\n", job_sentence(job).c_str());
  }
  return text_of(job, "failed") == "0" ? exit_done : exit_problems;
}

int await_job(const Remote& remote, const std::string& id, bool as_json) {
  for (;;) {
    const Result<json::value> job = remote.get("/api/v1/jobs/" + http::percent_encode(id));
    if (!job) return report_answer(job.error());
    if (!job->is_object()) return report(Error{Errc::internal, "the answer is not a job", {}});
    if (text_of(job->get_object(), "state") == "done") return print_job(job->get_object(), as_json);
    std::this_thread::sleep_for(job_interval);
  }
}

}  // namespace

int dead_letters_list(const Remote& remote, const Filter& filter, bool json) {
  // A list of one state needs no column for it.
  const bool mixed = filter.state == "all";
  std::vector<std::string> header = {"ID", "AGE", "STAGE", "CAUSE", "SOURCE", "ORIGIN", "DETAIL", "ADVICE"};
  if (mixed) header.insert(header.begin() + 1, "STATE");
  Table table(std::move(header));
  const MicrosUtc now = SystemClock().now();
  const auto visit = [&](const json::object& letter) {
    if (json) return print_line(letter);
    std::vector<std::string> row = {text_of(letter, "number"),       age_of(letter, "last_failed_at", now),
                                    text_of(letter, "stage"),        text_of(letter, "cause"),
                                    text_of(letter, "source"),       text_of(letter, "origin"),
                                    text_of(letter, "error_detail"), advice_of(letter)};
    if (mixed) row.insert(row.begin() + 1, text_of(letter, "state"));
    table.add(std::move(row));
  };
  const int code =
      each_in_pages(remote, "/api/v1/dead-letters" + query_of(filter), "dead_letters", std::nullopt, visit);
  if (code == exit_done && !json) table.print();
  return code;
}

int dead_letters_show(const Remote& remote, const std::string& id, bool json) {
  const Result<json::value> letter = remote.get(path_of(id));
  if (!letter || json || !letter->is_object()) return print_object(letter);
  json::object shown = letter->get_object();
  shown.erase("file");  // shown by `save` only
  shown["advice"] = advice_of(shown);
  print_members(shown);
  return exit_done;
}

int dead_letters_save(const Remote& remote, const std::string& id, const std::string& output) {
  const Result<std::uint64_t> bytes = remote.save(path_of(id, "/file"), output);
  if (!bytes) return report_answer(bytes.error());
  std::fprintf(stderr, "%llu bytes written to %s\n", static_cast<unsigned long long>(*bytes), output.c_str());
  return exit_done;
}

int dead_letters_replay(const Remote& remote, const Selection& selection, bool dry_run, bool wait, bool json) {
  Result<json::object> body = body_of(remote, selection);
  if (!body) return report_answer(body.error());
  (*body)["dry_run"] = dry_run;
  const Result<json::value> answer = remote.send("POST", "/api/v1/dead-letters/replay", *body);
  if (!answer || !answer->is_object()) return print_object(answer);
  const json::object& started = answer->get_object();
  const std::string job = text_of(started, "job_id");
  if (!dry_run && wait) return await_job(remote, job, json);
  if (json) return print_object(answer);
  if (dry_run) {
    std::printf("would replay %s\n", text_of(started, "count").c_str());
    return exit_done;
  }
  std::printf("replaying %s\n", text_of(started, "count").c_str());
  std::fprintf(stderr, "Follow the jobs with: dicom-middleware dead-letters jobs %s\n", job.c_str());
  return exit_done;
}

int dead_letters_discard(const Remote& remote, const Selection& selection, const Decision& decision) {
  Result<json::object> body = body_of(remote, selection);
  if (!body) return report_answer(body.error());
  constexpr char path[] = "/api/v1/dead-letters/discard";
  (*body)["dry_run"] = true;
  const Result<json::value> meant = remote.send("POST", path, *body);
  if (!meant || !meant->is_object()) return print_object(meant);
  const std::string count = text_of(meant->get_object(), "count");
  if (decision.dry_run) {
    if (decision.json) return print_object(meant);
    std::printf("would discard %s\n", count.c_str());
    return exit_done;
  }
  if (decision.reason.empty()) return report(Error{Errc::invalid, "give a reason: --reason", {}}, exit_usage);
  const std::string question = selection.id.empty() ? "Discard " + count + " dead letters for good?"
                                                    : "Discard dead letter " + selection.id + " for good?";
  if (!decision.yes && !confirmed(question))
    return report(Error{Errc::invalid, "not discarded: say --yes", {}}, exit_usage);
  // Exactly the counted ones, without dead letters that were added in the meantime.
  const json::object order{{"numbers", meant->get_object().at("numbers")}, {"reason", decision.reason}};
  const Result<json::value> answer = remote.send("POST", path, order);
  if (!answer || !answer->is_object()) return print_object(answer);
  const std::string discarded = text_of(answer->get_object(), "count");
  if (decision.json)
    print_line(*answer);
  else
    std::printf("discarded %s\n", discarded.c_str());
  if (selection.id.empty() || discarded != "0") return exit_done;
  return report(Error{
      Errc::conflict, "the dead letter is neither open nor replaying: see dead-letters show " + selection.id, {}});
}

int dead_letters_jobs(const Remote& remote, const std::string& id, bool json) {
  if (!id.empty()) {
    const Result<json::value> job = remote.get("/api/v1/jobs/" + http::percent_encode(id));
    if (!job || !job->is_object()) return print_object(job);
    print_job(job->get_object(), json);
    return exit_done;
  }
  Table table({"JOB", "AGE", "STATE", "COUNT", "CAME THROUGH", "FAILED", "UNDER WAY", "WAITS FOR"});
  const MicrosUtc now = SystemClock().now();
  const int code = each_of(remote.get("/api/v1/jobs"), "jobs", [&](const json::object& job) {
    if (json) return print_line(job);
    table.add({text_of(job, "job_id"), age_of(job, "created_at", now), text_of(job, "state"), text_of(job, "count"),
               text_of(job, "replayed"), text_of(job, "failed"), text_of(job, "under_way"), text_of(job, "waits_for")});
  });
  if (code == exit_done && !json) table.print();
  return code;
}

}  // namespace dmw::app
