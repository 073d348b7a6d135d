#include "app/doctor/report.h"

#include <cstdio>

#include "app/command_line.h"
#include "app/remote.h"

namespace dmw::app::doctor {

void Report::add(const char* part, const Findings& findings) {
  for (const Finding& finding : findings) {
    const std::string text = json_ ? json::serialize(object_of(part, finding)) + "\n" : text_of(part, finding);
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

std::optional<json::object> ask_serve(const config::Settings& settings) {
  http::Client client = Remote{.url = "", .socket = settings.http.control_socket.string()}.client();
  const Result<http::Response> answer = client.get("/ready");
  if (!answer) return std::nullopt;
  const Result<json::value> body = json::parse(answer->body);
  if (!body || !body->is_object()) return std::nullopt;
  return body->get_object();
}

}  // namespace dmw::app::doctor
