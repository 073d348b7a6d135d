// Client: a keep-alive HTTP/1.1 client for one peer, over one libcurl easy handle. Workers that pull from Orthanc or
// write to an object store own one each.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/live.h"
#include "base/private.h"
#include "base/result.h"
#include "http/headers.h"
#include "http/response.h"
#include "http/silence.h"

namespace dmw::http {

class Transfer;

/// The credentials of a client, and the certificate authorities that it trusts.
struct Access {
  std::string username{};  ///< Basic authentication (RFC 7617) when not empty
  Private<std::string> password{};
  std::string ca_file{};  ///< PEM; empty = the system's authorities
};

struct ClientOptions {
  std::string base_url{};  ///< http:// or https://, may have a path; every request path is appended to it
  std::string peer{};      ///< its name in sentences, "Orthanc at http://…"; empty: its URL or socket
  /// Null: no credentials. After a change the next call uses the new ones, on a new connection.
  std::shared_ptr<const Live<Access>> access{};
  std::string proxy{};  ///< empty: none, and the environment is not read
  /// Instead of `proxy`: HTTPS_PROXY, http_proxy and NO_PROXY of the environment, as curl reads them.
  bool proxy_of_environment = false;
  std::chrono::milliseconds connect_timeout{5'000};
  std::chrono::milliseconds stall_timeout{60'000};  ///< the longest time without a byte in either direction
  std::string unix_socket{};  ///< if set, connects here; the host of base_url is then only used in the Host field
  std::shared_ptr<Silence> silence{};  ///< records how long the server is silent; null: not recorded
};

struct CallOptions {
  Headers headers{};
  std::size_t body_limit_bytes = 64 << 20;                   ///< limit for a response in memory
  std::optional<std::chrono::milliseconds> stall_timeout{};  ///< replaces that of the client; long for event streams
  std::stop_token stop{};  ///< checked at each transfer of bytes, and at least every second
  /// For get_to: checks status and header fields of a 2xx response before its body. The call ends with its error.
  std::function<Result<>(const Response&)> head{};
};

/// Receives the next piece of a body. An error stops the transfer, and the call returns it.
using ByteSink = std::function<Result<>(ByteView)>;
/// Supplies up to `into.size()` bytes of a body from `offset`; 0 only at its end. An error stops the transfer, and the
/// call returns it.
using ByteSupply = std::function<Result<std::size_t>(std::uint64_t offset, std::span<std::byte> into)>;

/// One thread at a time. Cheap to create; keeps its connection until it is destroyed. Redirects are never followed, and
/// compressed answers are never requested. Errors of every call: invalid (URL, method or header), unavailable (no
/// connection, or a body that ends before its length: "truncated"), timeout (connect or stall), unauthorized (the
/// peer's certificate), cancelled (`stop`), too_large, corrupted (not HTTP). An HTTP status is not an error here: see
/// expect_success. An error that is the peer's fault names the peer. Sentences contain neither a query nor a secret.
class Client {
 public:
  explicit Client(ClientOptions options);
  Client(Client&&) noexcept;
  Client& operator=(Client&&) noexcept;
  ~Client();

  /// `path` begins with "/", is percent-encoded already, and may have a query.
  Result<Response> get(std::string_view path, const CallOptions& call = {});
  Result<Response> post(std::string_view path, std::string_view body, const CallOptions& call = {});
  Result<Response> request(std::string_view method, std::string_view path, std::string_view body = {},
                           const CallOptions& call = {});

  /// Sends a body of `size_bytes` from `supply`. Further errors: corrupted (`supply` ended early).
  Result<Response> send_from(std::string_view method, std::string_view path, std::uint64_t size_bytes,
                             const ByteSupply& supply, const CallOptions& call = {});

  /// Streams the body of a 2xx answer into `sink`; that of another answer is in `Response::body`, cut at 64 KiB. Also
  /// for an endless text/event-stream: end it by an error of the sink or by `call.stop`.
  Result<Response> get_to(std::string_view path, const ByteSink& sink, const CallOptions& call = {});

 private:
  struct Handle;
  Result<Response> perform(Transfer transfer, std::string_view method, std::string_view path, std::string_view body,
                           const CallOptions& call);
  std::unique_ptr<Handle> handle_;
};

}  // namespace dmw::http
