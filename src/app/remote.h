// Remote: the running serve that a command calls, over its control socket or a URL.
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

  /// A client for the caller's own calls. One thread at a time.
  http::Client client() const;
  /// The JSON of a successful answer. Errors: with the sentence of the problem; invalid (the input was wrong),
  /// unavailable (no serve answers), unauthorized (this user has no access).
  Result<json::value> get(const std::string& path) const;
  Result<json::value> send(const std::string& method, const std::string& path, const json::value& body) const;
  /// Saves the bytes of a successful answer to `file`, which must not exist.
  Result<std::uint64_t> save(const std::string& path, const std::string& file) const;
  /// Calls `line` for each `data:` line of an event stream, until it returns an error or the stream ends.
  Result<> stream(const std::string& path, const std::function<Result<>(std::string_view)>& line) const;
};

/// Why this user has no access to a control socket, with what to do; nullopt if the user has access, or nobody has made
/// it.
std::optional<std::string> denied_socket(const std::string& socket);

/// The error for a problem (RFC 9457): its `errors`, each with its command-line option; else its detail; else the
/// status.
Error problem_of(const http::Response& response);

}  // namespace dmw::app
