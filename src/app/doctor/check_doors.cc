// dimse, http and the watched folder: ports are free, or it is a running serve that listens, and who may come in.
#include <algorithm>
#include <array>
#include <string>

#include <unistd.h>

#include "app/doctor/checks.h"
#include "app/doctor/disk.h"
#include "app/mapping.h"
#include "base/format.h"
#include "base/ip_address.h"
#include "base/listening.h"
#include "dimse/caller_gate.h"
#include "http/client.h"
#include "sources/folder/watched_folder.h"

namespace dmw::app::doctor {
namespace {

struct Port {
  const std::string& bind;
  std::uint16_t number;
  const char* setting;  // that changes it
};

Finding check_port(const Port& port, const std::string& words, const Situation& situation) {
  const Result<File> listening = listen_tcp(port.bind, port.number);
  if (listening) return ok(words + ", free");
  const Error& error = listening.error();
  if (error.code == Errc::conflict && situation.serve_has(port.setting, std::to_string(port.number)))
    return ok(words + ", serve listens");
  if (error.code == Errc::conflict && situation.is_silent) {
    return problem(words + ", in use, probably by the program that listens at CONTROL_SOCKET and does not answer",
                   "see the line of CONTROL_SOCKET; find out which program it is before you end it");
  }
  if (error.code == Errc::conflict) {
    return problem(format("{}, another program listens there", words),
                   format("end that program, or set {} to another port", port.setting));
  }
  return problem(format("{}, {}", words, error.message()), format("set {} to a port this user may open", port.setting));
}

Findings check_callers(const config::Dimse& dimse) {
  Findings findings;
  if (dimse.callers.rules.empty() && !is_this_machine(dimse.bind)) {
    findings.push_back(note(format("listens on {}, but only this machine may connect: set DIMSE_CALLERS", dimse.bind)));
  }
  if (!dimse.callers.rules.empty() && is_this_machine(dimse.bind)) {
    findings.push_back(note(format(
        "DIMSE_CALLERS names callers, but {} can be reached from this machine only: set DIMSE_BIND", dimse.bind)));
  }
  for (const config::CallerRule& rule : dimse.callers.rules) {
    if (rule.host.empty() || !dimse::resolve_by_system(rule.host).empty()) continue;
    findings.push_back(note(format(
        "DIMSE_CALLERS names {}, which does not resolve to an address: this entry admits no caller", rule.host)));
  }
  return findings;
}

/// A mark in the folder that is not of the installation of these settings, or may not be.
std::optional<Finding> watched_by_another(const Situation& situation) {
  const std::filesystem::path& root = *situation.settings.watch.path;
  const Result<sources::FolderTree> tree = sources::FolderTree::open(root);
  if (!tree) return std::nullopt;  // told by what looks at the folder itself
  const auto mark = sources::FolderMark::read(*tree);
  const std::string file = (root / sources::FolderMark::file_name).string();
  if (!mark)
    return problem(format("{} cannot be read: {}", file, mark.error().message()),
                   "make it readable for this user, or remove it if no other installation watches this folder");
  if (!*mark) return std::nullopt;
  const std::optional<Uuid> ours =
      sources::FolderMark::read_note(situation.settings.inbox.path / watch_installation_note);
  if (ours == (*mark)->id) return std::nullopt;
  const std::string words = format("{} is watched by {} installation ({}, catalog {}), which moves its files",
                                   root.string(), ours ? "another" : "an", (*mark)->place, (*mark)->id.text());
  if (!ours) return note(words + "; serve can say whether it is itself that installation once its catalog is open");
  return problem(words,
                 format("set WATCH_PATH to a folder of its own, or remove {} where that installation is gone", file));
}

}  // namespace

bool is_heard(const std::filesystem::path& socket) {
  http::ClientOptions options{.base_url = "http://localhost", .unix_socket = socket.string()};
  options.stall_timeout = std::chrono::seconds(1);
  const Result<http::Response> answer = http::Client(std::move(options)).get("/health");
  return answer || answer.error().code != Errc::unavailable;
}

bool is_this_machine(const std::string& address) {
  const std::optional<IpAddress> parsed = IpAddress::parse(address);
  return address == "localhost" || (parsed && parsed->is_loopback());
}

bool Situation::serve_has(std::string_view setting, std::string_view value) const {
  if (!serve) return false;
  const auto found = std::ranges::find(running, setting, &config::Shown::name);
  return found == running.end() || found->value == value;
}

Findings check_dimse(const Situation& situation) {
  const config::Dimse& dimse = situation.settings.dimse;
  if (dimse.port == 0) return {skip("DIMSE_PORT is 0")};
  Findings findings = {check_port({dimse.bind, dimse.port, "DIMSE_PORT"},
                                  format("{}:{} AE {}", dimse.bind, dimse.port, dimse.ae_title), situation)};
  for (Finding& finding : check_callers(dimse)) findings.push_back(std::move(finding));
  return findings;
}

Findings check_http(const Situation& situation) {
  const config::Http& http = situation.settings.http;
  Findings findings = {
      check_port({http.bind, http.port, "HTTP_PORT"}, format("{}:{}", http.bind, http.port), situation)};
  if (http.metrics_port) {
    findings.push_back(check_port({http.bind, *http.metrics_port, "METRICS_PORT"},
                                  format("{}:{} for metrics", http.bind, *http.metrics_port), situation));
  }
  const std::filesystem::path& socket = http.control_socket;
  if (situation.is_silent) {
    findings.push_back(problem(
        format("CONTROL_SOCKET {} is in use by a program that is not serve, or does not answer: serve refuses to start",
               socket.string()),
        "wait until a running import has ended; if none runs, end the serve that hangs, or set another path"));
  }
  if (!situation.serve && !try_writing(nearest_folder(socket.parent_path()))) {
    findings.push_back(note(format(
        "CONTROL_SOCKET {} cannot be created: serve runs without it, and commands need --url", socket.string())));
  }
  if (http.allow_anonymous && !is_this_machine(http.bind)) {
    findings.push_back(
        note("no login: every machine that can reach it may read and change data. docs/operations/security.md"));
  }
  return findings;
}

Findings check_folder_watch(const Situation& situation) {
  const config::Settings& settings = situation.settings;
  if (!settings.watch.path) return {skip("WATCH_PATH is not set")};
  const std::string root = settings.watch.path->string();
  const std::array ours = {settings.storage.path, settings.inbox.path};
  if (const Result<> apart = sources::check_apart(*settings.watch.path, ours); !apart)
    return {problem(apart.error().what, "set WATCH_PATH to a folder of its own")};
  std::error_code untold;
  if (!std::filesystem::is_directory(root, untold))
    return {problem(root + " does not exist or is not a folder: no files are read from it",
                    "mount the share, or create the folder; this program does not create it")};
  if (const std::optional<Finding> other = watched_by_another(situation)) return {*other};
  if (settings.watch.keep) return {ok(root + ", files stay where they are")};
  if (::access(root.c_str(), R_OK | W_OK | X_OK) != 0)
    return {problem(root + " is not writable: files cannot be moved after import",
                    "make it writable for this user, or set WATCH_KEEP=true")};
  return {ok(root + ", files are moved to done/ and failed/")};
}

}  // namespace dmw::app::doctor
