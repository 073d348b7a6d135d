#include "app/doctor/report.h"

#include <cstdio>

#include "app/command_line.h"
#include "app/live_settings.h"
#include "app/remote.h"

namespace dmw::app::doctor {

void Report::add(const char* part, const Findings& findings) {
  for (const Finding& finding : findings) {
    const std::string text =
        json_ ? json::serialize(object_of(part, finding)) + "\n" : text_of(part, finding, part_width_);
    std::printf("%s", text.c_str());
  }
  std::fflush(stdout);
  problems_ += count(findings, Verdict::fail);
  notes_ += count(findings, Verdict::note);
}

int Report::end() const {
  if (!json_) std::printf("%s\n", summary_of(problems_, notes_).c_str());
  return problems_ == 0 ? exit_done : exit_problems;
}

namespace {

/// Limit for a serve that hangs.
constexpr std::chrono::seconds serve_patience{10};

Result<http::Response> asked(const config::Settings& settings, const char* path) {
  http::Client client = Remote{.url = "", .socket = settings.http.control_socket.string()}.client();
  http::CallOptions call;
  call.stall_timeout = serve_patience;
  return client.get(path, call);
}

std::optional<json::object> object_in(const Result<http::Response>& answer) {
  if (!answer) return std::nullopt;
  const Result<json::value> body = json::parse(answer->body);
  if (!body || !body->is_object()) return std::nullopt;
  return body->get_object();
}

}  // namespace

std::optional<json::object> ask_serve(const config::Settings& settings) {
  return object_in(asked(settings, "/ready"));
}

std::optional<json::object> ask_settings(const config::Settings& settings) {
  const Result<http::Response> answer = asked(settings, settings_path);
  return answer && answer->success() ? object_in(answer) : std::nullopt;
}

}  // namespace dmw::app::doctor
