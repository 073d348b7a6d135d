// doctor --poc: for a site with the proof of concept. Reads its .env and environment like serve, and reports the
// effects.
#include <algorithm>

#include "app/commands.h"
#include "app/doctor/poc/checks.h"
#include "app/doctor/report.h"
#include "base/format.h"
#include "base/log.h"

namespace dmw::app {
namespace {

using doctor::Situation;

struct PocCheck {
  const char* part;
  std::string_view settings;  // prefix of the settings that it depends on
  doctor::Findings (*run)(const Situation&);
};

constexpr PocCheck poc_checks[] = {
    {"catalog", "DATABASE_URL", doctor::poc::compare_catalog},
    {"store", "STORAGE_PATH", doctor::poc::compare_store},
    {"orthanc", "ORTHANC_", doctor::poc::compare_orthanc},
    {"kafka", "KAFKA_", doctor::poc::compare_kafka},
    {"events", "EVENT_", doctor::poc::compare_events},
    {"trigger", "INGESTION_", doctor::poc::compare_trigger},
    {"http", "HTTP_", doctor::check_http},
};

}  // namespace

int examine_move(const config::Sources& sources, const std::string& webhook, bool json) {
  log::configure(log::Level::error, log::Form::text);
  doctor::Report report(json);
  const config::Draft draft = config::draft(sources);
  report.add("config", doctor::poc::compare_settings(draft));
  const config::Settings& settings = draft.loaded.settings;
  Situation situation{settings, doctor::ask_serve(settings), {}, webhook};
  situation.is_silent = !situation.serve && doctor::is_heard(settings.http.control_socket);
  for (const PocCheck& check : poc_checks) {
    const bool wrong =
        std::ranges::any_of(draft.errors, [&](const std::string& error) { return error.starts_with(check.settings); });
    report.add(check.part, wrong ? doctor::Findings{doctor::skip(format("a setting {} is wrong", check.settings))}
                                 : check.run(situation));
  }
  return report.end();
}

}  // namespace dmw::app
