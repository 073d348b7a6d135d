// Remote: the running serve that a command speaks to, over its control socket or a URL.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/json.h"
#include "base/result.h"
#include "http/client.h"

namespace dmw::app {

struct Remote {
  std::string url;  // empty: the socket
  std::string socket;

  /// For calls of the caller's own. One thread at a time.
  http::Client client() const;
  /// The JSON of a successful answer. Errors: the problem's own words, invalid where what was typed is wrong;
  /// unavailable when no serve answers; unauthorized when this user may not ask it.
  Result<json::value> get(const std::string& path) const;
  Result<json::value> send(const std::string& method, const std::string& path, const json::value& body) const;
  /// The bytes of a successful answer, to `file`, which must not exist.
  Result<std::uint64_t> save(const std::string& path, const std::string& file) const;
  /// Every `data:` line of an event stream, until `line` says no more or the stream ends.
  Result<> stream(const std::string& path, const std::function<Result<>(std::string_view)>& line) const;
};

/// Why this user may not ask at a control socket, in words with what to do; nothing where the user may, or nobody has
/// made it.
std::optional<std::string> denied_socket(const std::string& socket);

/// The words of a problem (RFC 9457): its `errors`, each with its option of the command line, else its detail, else the
/// status.
Error problem_of(const http::Response& response);

}  // namespace dmw::app
