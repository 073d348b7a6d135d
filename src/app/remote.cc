#include "app/remote.h"

#include <algorithm>
#include <cerrno>
#include <cstdint>

#include <fcntl.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/format.h"
#include "config/text.h"

namespace dmw::app {
namespace {

/// How the command line calls what the API calls `name`: of a member or a parameter its option.
std::string typed_name(std::string name) {
  // A path of ours inside the body says nothing to a person.
  if (name.starts_with('/')) name = name.substr(name.rfind('/') + 1);
  if (name == "ID") return "ORTHANC-ID";
  std::ranges::replace(name, '_', '-');
  return "--" + config::lower(name);
}

/// "--stage must be one of fetch, header; --limit …"; empty: the problem does not say which values are wrong.
std::string errors_of(const json::value& problem) {
  std::string words;
  const json::value* const errors = problem.get_object().if_contains("errors");
  if (errors == nullptr || !errors->is_array()) return words;
  for (const json::value& each : errors->get_array()) {
    if (!each.is_object()) continue;
    const json::object& error = each.get_object();
    const std::string where =
        json::get_string(error, "parameter").value_or(json::get_string(error, "pointer").value_or(""));
    words += format("{}{} {}", words.empty() ? "" : "; ", typed_name(where),
                    json::get_string(error, "detail").value_or("is wrong"));
  }
  return words;
}

Error no_serve(const Remote& remote, Error error) {
  if (error.code == Errc::unavailable && remote.url.empty()) {
    if (const auto denied = denied_socket(remote.socket)) return Error{Errc::unauthorized, *denied, {}};
  }
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
  Result<json::value> answer = json::parse(response->body);
  // Whose mistake it is not: that of the command line.
  if (!answer) return fail(Errc::internal, "the answer is not JSON: " + answer.error().message());
  return answer;
}

}  // namespace

std::optional<std::string> denied_socket(const std::string& socket) {
  const std::string denied = socket + ": permission denied";
  const auto is_denied = [&](int mode) {
    return ::faccessat(AT_FDCWD, socket.c_str(), mode, AT_EACCESS) != 0 && errno == EACCES;
  };
  struct stat about{};
  if (::stat(socket.c_str(), &about) != 0) {
    if (!is_denied(F_OK)) return std::nullopt;
    return denied + ": this user may not enter a folder above it: run this command as the user of serve";
  }
  if (!is_denied(W_OK)) return std::nullopt;
  const passwd* const owner = ::getpwuid(about.st_uid);
  return format("{}: it belongs to user {}, as which serve runs: run this command as that user", denied,
                owner == nullptr ? std::to_string(about.st_uid) : owner->pw_name);
}

Error problem_of(const http::Response& response) {
  const Result<> judged = http::expect_success(response);
  Error error = judged ? Error{Errc::internal, "unexpected answer", {}} : judged.error();
  const Result<json::value> body = json::parse(response.body);
  if (body && body->is_object()) {
    if (const auto detail = json::get_string(body->get_object(), "detail")) error.what = *detail;
    if (std::string wrong = errors_of(*body); !wrong.empty()) error.what = std::move(wrong);
  }
  return error;
}

http::Client Remote::client() const {
  http::ClientOptions options;
  options.base_url = url.empty() ? "http://localhost" : url;
  options.unix_socket = url.empty() ? socket : "";
  options.peer = "serve at " + (url.empty() ? socket : url);
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
