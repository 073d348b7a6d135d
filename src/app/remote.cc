#include "app/remote.h"

#include <cstdint>

#include <fcntl.h>

#include "base/file.h"
#include "base/format.h"

namespace dmw::app {
namespace {

/// ": stage must be one of fetch, header; limit …"
std::string errors_of(const json::value& problem) {
  std::string words;
  const json::value* const errors = problem.get_object().if_contains("errors");
  if (errors == nullptr || !errors->is_array()) return words;
  for (const json::value& each : errors->get_array()) {
    if (!each.is_object()) continue;
    const json::object& error = each.get_object();
    std::string where = json::get_string(error, "parameter").value_or(json::get_string(error, "pointer").value_or(""));
    // A path of ours inside the body says nothing to a person.
    if (where.starts_with('/')) where = where.substr(where.rfind('/') + 1);
    words +=
        format("{}{} {}", words.empty() ? ": " : "; ", where, json::get_string(error, "detail").value_or("is wrong"));
  }
  return words;
}

Error no_serve(const Remote& remote, Error error) {
  if (error.code == Errc::unavailable) {
    error.what = remote.url.empty()
                     ? "no serve answers at " + remote.socket +
                           ": start it in this folder, or give --url, as where serve could not make its CONTROL_SOCKET"
                     : "no serve answers at " + remote.url;
  }
  return error;
}

Result<json::value> json_of(const Remote& remote, const Result<http::Response>& response) {
  if (!response) return std::unexpected(no_serve(remote, response.error()));
  if (!response->success()) return std::unexpected(problem_of(*response));
  if (response->body.empty()) return json::value(json::object{});
  return json::parse(response->body);
}

}  // namespace

Error problem_of(const http::Response& response) {
  const Result<> judged = http::expect_success(response);
  Error error = judged ? Error{Errc::internal, "unexpected answer", {}} : judged.error();
  const Result<json::value> body = json::parse(response.body);
  if (body && body->is_object()) {
    if (const auto detail = json::get_string(body->get_object(), "detail")) error.what = *detail + errors_of(*body);
  }
  return error;
}

http::Client Remote::client() const {
  http::ClientOptions options;
  options.base_url = url.empty() ? "http://localhost" : url;
  options.unix_socket = url.empty() ? socket : "";
  return http::Client(std::move(options));
}

Result<json::value> Remote::get(const std::string& path) const {
  http::Client peer = client();
  return json_of(*this, peer.get(path));
}

Result<json::value> Remote::send(const std::string& method, const std::string& path, const json::value& body) const {
  http::Client peer = client();
  http::CallOptions call;
  call.headers = {{"Content-Type", "application/json"}};
  return json_of(*this, peer.request(method, path, json::serialize(body), call));
}

Result<std::uint64_t> Remote::save(const std::string& path, const std::string& file) const {
  File out = TRY(File::open(file, O_WRONLY | O_CREAT | O_EXCL));
  http::Client peer = client();
  const Result<http::Response> response = peer.get_to(path, [&](ByteView bytes) { return out.write_all(bytes); });
  if (!response) return std::unexpected(no_serve(*this, response.error()));
  if (!response->success()) return std::unexpected(problem_of(*response));
  TRY(out.sync());
  return out.size();
}

Result<> Remote::stream(const std::string& path, const std::function<Result<>(std::string_view)>& line) const {
  http::Client peer = client();
  http::CallOptions call;
  call.stall_timeout = std::chrono::minutes(1);  // the server says something every 15 s
  std::string pending;
  const auto sink = [&](ByteView bytes) -> Result<> {
    pending += as_text(bytes);
    std::size_t end = 0;
    while ((end = pending.find('\n')) != std::string::npos) {
      const std::string_view whole = std::string_view(pending).substr(0, end);
      if (whole.starts_with("data: ")) TRY(line(whole.substr(6)));
      pending.erase(0, end + 1);
    }
    return {};
  };
  const Result<http::Response> response = peer.get_to(path, sink, call);
  if (!response) return std::unexpected(no_serve(*this, response.error()));
  if (!response->success()) return std::unexpected(problem_of(*response));
  return {};
}

}  // namespace dmw::app
