#include "app/doctor/poc/checks.h"
#include "base/format.h"
#include "http/authority.h"
#include "http/guard.h"
#include "http/request.h"

namespace dmw::app::doctor::poc {
namespace {

/// The host of `http://host:port/path`, a URL that has passed the check of the settings.
std::string host_of(std::string_view url) {
  const std::size_t scheme = url.find("://");
  if (scheme != std::string_view::npos) url.remove_prefix(scheme + 3);
  url = url.substr(0, url.find('/'));
  if (url.starts_with('[')) return std::string(url.substr(1, url.find(']') - 1));
  return std::string(url.substr(0, url.find(':')));
}

/// Whether a server with these settings answers requests for this host at `address`.
bool is_answered(const config::Http& http, const http::Authority& authority, const std::string& address) {
  http::Request request;
  request.method = "POST";
  request.authority = authority;
  request.local_address = address;
  return !http::Guard({http.bind}, http.hosts).objection(request, false);
}

/// A proxy in front may have another port, and may forward another host.
Finding judged(const config::Http& http, const std::string& url) {
  const auto target = http::absolute_target(url);
  const auto authority = target ? http::Authority::parse(target->authority) : std::nullopt;
  if (!authority)
    return problem(format("the webhook calls {}, which is not an http:// or https:// address", url),
                   "write it as in Orthanc's environment: DICOM_MIDDLEWARE_URL=http://gateway.example.org:8000");
  const bool everywhere = http.bind == "0.0.0.0" || http.bind == "::";
  const std::string address = everywhere && authority->address ? authority->host : http.bind;
  if (is_answered(http, *authority, address))
    return ok(format("the webhook calls {}, and the host {} is accepted", url, authority->host));
  return problem(
      format("the webhook calls {}, and requests under the host {} are answered with 421", url, authority->host),
      format("set HTTP_HOSTS={}", [&] {
        std::string list;
        for (const std::string& host : http.hosts) list += host + ",";
        return list + authority->host;
      }()));
}

Finding untold(const config::Http& http) {
  std::string hosts;
  for (const std::string& host : http.hosts) hosts += (hosts.empty() ? "" : ", ") + host;
  const std::string under = !hosts.empty() ? "localhost, the address that is called, and HTTP_HOSTS: " + hosts
                            : is_this_machine(http.bind) ? "localhost and loopback addresses only"
                                                         : "localhost, addresses, and names without a dot";
  return note(
      format("requests with the host {} are answered; with another host the webhook gets 421. Give its address: "
             "--webhook URL, or DICOM_MIDDLEWARE_URL as in Orthanc's environment",
             under));
}

Finding answered(std::chrono::seconds wait) {
  if (wait.count() > 0) {
    return ok(
        format("POST /api/v1/ingestion/studies waits up to {} s and is then answered with 200, as before, with 502 "
               "after a permanent failure, or with 202 when the time is up",
               wait.count()));
  }
  return note(
      "POST /api/v1/ingestion/studies is answered with 202 at once; if a caller needs the 200 after the work, set "
      "INGESTION_WAIT_SECONDS=60, or send Prefer: wait=60");
}

}  // namespace

Findings compare_trigger(const Situation& situation) {
  const config::Settings& settings = situation.settings;
  Findings findings = {answered(settings.http.ingestion_wait)};
  const std::string peer = settings.orthanc.url ? host_of(*settings.orthanc.url) : "localhost";
  if (is_this_machine(settings.http.bind) && !is_this_machine(peer)) {
    findings.push_back(
        note(format("{} is another machine, and HTTP_BIND={} accepts this machine only: its webhook cannot connect; "
                    "none is needed, because Orthanc's change list is read",
                    peer, settings.http.bind)));
  }
  findings.push_back(situation.webhook.empty() ? untold(settings.http) : judged(settings.http, situation.webhook));
  return findings;
}

}  // namespace dmw::app::doctor::poc
