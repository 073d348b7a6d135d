// doctor: looks at every part as the settings name it, whether serve runs or not, and says what to do.
#include <algorithm>
#include <filesystem>
#include <functional>
#include <iterator>
#include <optional>
#include <vector>

#include "app/commands.h"
#include "app/doctor/checks.h"
#include "app/doctor/report.h"
#include "app/kafka_outlets.h"
#include "app/remote.h"
#include "base/format.h"
#include "base/log.h"
#include "config/comparison.h"
#include "config/load.h"
#include "config/orthancs.h"

namespace dmw::app {
namespace {

using doctor::Complaint;
using doctor::Finding;
using doctor::Findings;
using doctor::Situation;
using doctor::Verdict;

/// A look from here, which needs no running serve.
struct Check {
  std::string name;
  std::string part;  // of serve that it looks at
  std::function<Findings(const Situation&)> run;
};

/// That of KAFKA_*, whether it is configured or not, and those of sections.
void add_clusters(std::vector<Check>& checks, const config::Settings& settings) {
  const auto add = [&checks](const config::Kafka& kafka) {
    checks.push_back(
        {sink_name(kafka), part_name(kafka), [&kafka](const Situation&) { return doctor::check_kafka(kafka); }});
  };
  add(settings.kafka);
  for (const auto& [name, kafka] : settings.other_kafkas) add(kafka);
}

/// That of ORTHANC_*, and those of sections.
void add_orthancs(std::vector<Check>& checks, const config::Settings& settings) {
  const auto add = [&checks](const config::Orthanc& orthanc) {
    const std::string name = config::source_name(orthanc);
    checks.push_back({name, name, [&orthanc](const Situation&) { return doctor::check_orthanc(orthanc); }});
  };
  add(settings.orthanc);
  for (const auto& [name, orthanc] : settings.other_orthancs) add(orthanc);
}

std::vector<Check> checks_of(const config::Settings& settings) {
  std::vector<Check> checks = {{"catalog", "catalog", doctor::check_catalog},
                               {"store", "store", doctor::check_store},
                               {"inbox", "inbox", doctor::check_inbox}};
  add_orthancs(checks, settings);
  add_clusters(checks, settings);
  checks.insert(checks.end(), {{"dimse", "dimse", doctor::check_dimse},
                               {"http", "http", doctor::check_http},
                               {"folder", "folder", doctor::check_folder_watch},
                               {"limits", "limits", doctor::check_limits}});
  return checks;
}

Findings check_configuration(const Result<config::Loaded>& loaded) {
  if (!loaded)
    return {doctor::problem(loaded.error().what, "correct it; docs/operations/configuration.md has all settings")};
  Findings findings;
  const auto set =
      std::ranges::count_if(loaded->values, [](const config::Shown& shown) { return shown.origin != "default"; });
  findings.push_back(doctor::ok(format("{} of {} settings have a value", set, loaded->values.size())));
  for (const std::string& warning : loaded->warnings) findings.push_back(doctor::note(warning));
  return findings;
}

/// Where serve runs with other settings than those that were looked at here.
Findings compare_settings(const json::object& told, const config::Loaded& here) {
  Findings findings;
  std::error_code untold;
  const std::string directory = std::filesystem::current_path(untold).string();
  const std::string theirs = json::get_string(told, "directory").value_or(directory);
  if (theirs != directory)
    findings.push_back(
        doctor::note(format("serve runs in {} and this command in {}: relative paths differ", theirs, directory)));
  const auto shown = [](const std::string& value, const std::string& origin) {
    return origin.empty() ? std::string("not set") : format("{} ({})", value.empty() ? "not set" : value, origin);
  };
  const std::vector<config::Difference> differences = config::differences(told, here);
  for (const config::Difference& one : differences) {
    const bool secret = one.there == one.here && !one.there.empty();
    findings.push_back(
        doctor::note(secret ? format("{}: another secret in serve ({}) than in this shell ({})", one.name,
                                     one.there_origin, one.here_origin)
                            : format("{}: {} in serve, {} in this shell", one.name, shown(one.there, one.there_origin),
                                     shown(one.here, one.here_origin))));
  }
  if (findings.empty()) return {doctor::ok("the settings of the running serve")};
  if (!differences.empty())
    findings.push_back(doctor::note(
        "all other lines use the settings of this shell. If a settings file of serve has changed: run dicom-middleware "
        "reload, or restart serve. If only the environment differs: run doctor in the environment of serve"));
  return findings;
}

/// Whether it runs.
Finding check_serve(const Situation& situation) {
  if (const auto denied = denied_socket(situation.settings.http.control_socket.string()))
    return doctor::problem(*denied,
                           "run this command as that user: disks and ports would be checked for the wrong user");
  return situation.serve ? doctor::ok("runs") : doctor::skip("does not run");
}

/// What serve says of the parts at which no check looks from here, each under its own name.
void report_others(doctor::Report& report, const std::vector<Complaint>& complaints,
                   const std::function<bool(std::string_view part)>& is_checked) {
  for (const Complaint& complaint : complaints) {
    if (!is_checked(complaint.part)) report.add(complaint.part.c_str(), {complaint.finding});
  }
}

}  // namespace

int examine(const config::Sources& sources, bool json) {
  log::configure(log::Level::error, log::Form::text);
  doctor::Report report(json);
  const Result<config::Loaded> loaded = load_settings(sources);
  const std::vector<Check> checks = loaded ? checks_of(loaded->settings) : std::vector<Check>();
  for (const Check& check : checks) report.make_room_for(check.name);
  report.add("config", check_configuration(loaded));
  if (!loaded) {
    // No part can be looked at; a serve that runs has the settings of before.
    const config::Settings around = config::draft(sources).loaded.settings;
    const Situation unknown{around, doctor::ask_serve(around)};
    report.add("serve", {check_serve(unknown)});
    report_others(report, doctor::complaints(unknown), [](std::string_view) { return false; });
    return report.end();
  }
  if (denied_socket(loaded->settings.http.control_socket.string())) {
    report.add("serve", {check_serve({loaded->settings, std::nullopt})});
    return report.end();
  }
  const std::optional<json::object> told = doctor::ask_settings(loaded->settings);
  Situation situation{loaded->settings, doctor::ask_serve(loaded->settings),
                      told ? config::shown_in(*told) : std::vector<config::Shown>()};
  situation.is_silent = !situation.serve && doctor::is_heard(loaded->settings.http.control_socket);
  const std::vector<Complaint> complaints = doctor::complaints(situation);
  for (const Check& check : checks) {
    Findings findings = check.run(situation);
    // What looks well from here, and is not.
    const auto complaint = std::ranges::find(complaints, check.part, &Complaint::part);
    if (complaint != complaints.end() && doctor::count(findings, Verdict::fail) == 0)
      findings.push_back(complaint->finding);
    report.add(check.name.c_str(), findings);
  }
  report.add("serve", {check_serve(situation)});
  report_others(report, complaints, [&checks](std::string_view part) {
    return std::ranges::find(checks, part, &Check::part) != checks.end();
  });
  if (told) report.add("settings", compare_settings(*told, *loaded));
  return report.end();
}

}  // namespace dmw::app
