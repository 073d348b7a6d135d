#include "app/doctor/poc/checks.h"
#include "base/format.h"

namespace dmw::app::doctor::poc {
namespace {

/// Of `http://host:port/path`, as the settings table lets one through.
std::string host_of(std::string_view url) {
  const std::size_t scheme = url.find("://");
  if (scheme != std::string_view::npos) url.remove_prefix(scheme + 3);
  url = url.substr(0, url.find('/'));
  if (url.starts_with('[')) return std::string(url.substr(1, url.find(']') - 1));
  return std::string(url.substr(0, url.find(':')));
}

Finding answered(std::chrono::seconds wait) {
  if (wait.count() > 0) {
    return ok(
        format("POST /api/v1/ingestion/studies waits up to {} s and is then answered with 200, as before, with 502 "
               "when it failed for good, or with 202 when the time is up",
               wait.count()));
  }
  return note(
      "POST /api/v1/ingestion/studies is answered with 202 at once; where somebody wants the 200 after the work, set "
      "INGESTION_WAIT_SECONDS=60, or let the call say Prefer: wait=60");
}

}  // namespace

Findings compare_trigger(const Situation& situation) {
  const config::Settings& settings = situation.settings;
  Findings findings = {answered(settings.http.ingestion_wait)};
  const std::string peer = settings.orthanc.url ? host_of(*settings.orthanc.url) : "localhost";
  if (is_this_machine(settings.http.bind) && !is_this_machine(peer)) {
    findings.push_back(
        note(format("{} is another machine, and HTTP_BIND={} lets only this one in: its webhook does not come through; "
                    "none is needed, for its changes are followed",
                    peer, settings.http.bind)));
  }
  return findings;
}

}  // namespace dmw::app::doctor::poc
