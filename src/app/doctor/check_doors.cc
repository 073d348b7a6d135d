// dimse and http: their ports are free, or it is a running serve that listens, and who may come in.
#include "app/doctor/checks.h"
#include "app/doctor/disk.h"
#include "base/format.h"
#include "base/ip_address.h"
#include "http/listener.h"
#include "sources/dimse/caller_gate.h"

namespace dmw::app::doctor {
namespace {

struct Port {
  const std::string& bind;
  std::uint16_t number;
  const char* setting;  // that changes it
};

Finding check_port(const Port& port, const std::string& words, bool serve_runs) {
  const Result<File> listening = http::listen_tcp(port.bind, port.number);
  if (listening) return ok(words + ", free");
  const Error& error = listening.error();
  if (error.code == Errc::conflict && serve_runs) return ok(words + ", serve listens");
  if (error.code == Errc::conflict) {
    return problem(format("{}, another program listens there", words),
                   format("end that program, or set {} to another port", port.setting));
  }
  return problem(format("{}, {}", words, error.message()), format("set {} to a port this user may open", port.setting));
}

Findings check_callers(const config::Dimse& dimse) {
  Findings findings;
  if (dimse.callers.rules.empty() && !is_this_machine(dimse.bind)) {
    findings.push_back(note(format("listens on {}, but only this machine may call: set DIMSE_CALLERS", dimse.bind)));
  }
  if (!dimse.callers.rules.empty() && is_this_machine(dimse.bind)) {
    findings.push_back(
        note(format("DIMSE_CALLERS names callers, but {} is heard on this machine only: set DIMSE_BIND", dimse.bind)));
  }
  for (const config::CallerRule& rule : dimse.callers.rules) {
    if (rule.host.empty() || !sources::resolve_by_system(rule.host).empty()) continue;
    findings.push_back(
        note(format("DIMSE_CALLERS names {}, which has no address: nobody is admitted by it", rule.host)));
  }
  return findings;
}

}  // namespace

bool is_this_machine(const std::string& address) {
  const std::optional<IpAddress> parsed = IpAddress::parse(address);
  return address == "localhost" || (parsed && parsed->is_loopback());
}

Findings check_dimse(const Situation& situation) {
  const config::Dimse& dimse = situation.settings.dimse;
  if (dimse.port == 0) return {skip("DIMSE_PORT is 0")};
  Findings findings = {check_port({dimse.bind, dimse.port, "DIMSE_PORT"},
                                  format("{}:{} AE {}", dimse.bind, dimse.port, dimse.ae_title),
                                  situation.serve.has_value())};
  for (Finding& finding : check_callers(dimse)) findings.push_back(std::move(finding));
  return findings;
}

Findings check_http(const Situation& situation) {
  const config::Http& http = situation.settings.http;
  Findings findings = {check_port({http.bind, http.port, "HTTP_PORT"}, format("{}:{}", http.bind, http.port),
                                  situation.serve.has_value())};
  const std::filesystem::path& socket = http.control_socket;
  if (!situation.serve && !try_writing(nearest_folder(socket.parent_path()))) {
    findings.push_back(note(
        format("CONTROL_SOCKET {} cannot be made: serve runs without it, and commands need --url", socket.string())));
  }
  if (http.allow_anonymous && !is_this_machine(http.bind)) {
    findings.push_back(
        note("no login, and every machine that reaches it may read and change. docs/operations/security.md"));
  }
  return findings;
}

}  // namespace dmw::app::doctor
