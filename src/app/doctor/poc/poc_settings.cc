#include <algorithm>
#include <array>
#include <iterator>

#include "app/doctor/poc/checks.h"
#include "base/format.h"

namespace dmw::app::doctor::poc {
namespace {

/// The settings of the proof of concept.
constexpr std::array<std::string_view, 15> names_of_poc = {"ORTHANC_URL",
                                                           "ORTHANC_USERNAME",
                                                           "ORTHANC_PASSWORD",
                                                           "KAFKA_BOOTSTRAP_SERVERS",
                                                           "KAFKA_TOPIC",
                                                           "KAFKA_DLQ_TOPIC",
                                                           "DATABASE_URL",
                                                           "STORAGE_BACKEND",
                                                           "STORAGE_PATH",
                                                           "GCS_BUCKET",
                                                           "GCS_PROJECT",
                                                           "GCS_UPLOAD_TIMEOUT_SECONDS",
                                                           "GOOGLE_APPLICATION_CREDENTIALS",
                                                           "LOG_LEVEL",
                                                           "METRICS_PORT"};

std::string fix_of(std::string_view error) {
  if (error.starts_with("STORAGE_BACKEND:"))
    return "set STORAGE_BACKEND=local, and STORAGE_PATH to a folder of its own; objects in a bucket stay where they "
           "are";
  if (error.find("a setting of this version") != std::string_view::npos)
    return "remove the line; docs/operations/configuration.md has all settings";
  return "correct it; docs/operations/configuration.md has all settings";
}

bool is_set(const config::Shown& shown) {
  return !shown.origin.starts_with("default");
}

/// The settings whose absence now has another effect.
Findings missing(const config::Settings& settings) {
  Findings findings;
  if (!settings.orthanc.url)
    findings.push_back(
        note("ORTHANC_URL is not set: no Orthanc is read, and ingestion requests are answered with 503"));
  if (!settings.kafka.bootstrap_servers)
    findings.push_back(note("KAFKA_BOOTSTRAP_SERVERS is not set: events stay in the catalog, nothing is published"));
  return findings;
}

}  // namespace

Findings compare_settings(const config::Draft& draft) {
  const auto is_wrong = [&](const std::string& name) {
    return std::ranges::any_of(draft.errors, [&](const std::string& error) { return error.starts_with(name + ":"); });
  };
  Findings findings;
  std::int64_t others = 0;
  for (const config::Shown& shown : draft.loaded.values) {
    if (!is_set(shown) || is_wrong(shown.name)) continue;
    const bool known = std::ranges::find(names_of_poc, shown.name) != names_of_poc.end();
    if (known) findings.push_back(ok(format("{} carries over ({})", shown.name, shown.origin)));
    others += known ? 0 : 1;
  }
  if (others > 0) findings.push_back(ok(format("{} of this version in addition", counted(others, "setting"))));
  for (const std::string& error : draft.errors) findings.push_back(problem(error, fix_of(error)));
  for (const std::string& warning : draft.loaded.warnings) {
    const bool of_bucket = warning.find("GCS_") != std::string::npos;
    findings.push_back(note(of_bucket ? warning + "; STORAGE_PATH says where files go" : warning));
  }
  if (draft.errors.empty()) std::ranges::move(missing(draft.loaded.settings), std::back_inserter(findings));
  return findings;
}

}  // namespace dmw::app::doctor::poc
