// Wire: requests to Google Cloud Storage: connections, the token, and what a status means for the tries of a request.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "http/client.h"
#include "store/bucket/attempts.h"
#include "store/bucket/client_pool.h"
#include "store/bucket/token_keeper.h"

namespace dmw::store::gcs {

struct WireRequest {
  std::string_view method;
  std::string path;  // with its query
  http::Headers headers{};
  std::string_view body{};
  /// In place of `body`.
  const http::ByteSupply* supply = nullptr;
  std::uint64_t supply_bytes = 0;
  /// Takes the body of a 2xx answer.
  const http::ByteSink* sink = nullptr;
  std::function<Result<>(const http::Response&)> head{};
};

/// Any thread.
class Wire {
 public:
  /// `tokens`: null for a server that asks for none. `project`: pays for the requests; empty: the bucket's owner.
  Wire(http::ClientOptions server, std::shared_ptr<bucket::TokenKeeper> tokens, std::string project,
       std::size_t connections_kept);

  /// One try, or two if the first token is refused. Statuses that Google's rules name as passing (408, 429, 5xx) and
  /// cut connections are errors after attempts.may_repeat(); every other status is an answer. Errors: unavailable, full
  /// (a quota), cancelled, those of supply, sink and head.
  Result<http::Response> ask(const WireRequest& request, bucket::Attempts& attempts);

 private:
  Result<http::Response> send(const WireRequest& request, const bucket::Attempts& attempts);

  bucket::ClientPool clients_;
  const std::shared_ptr<bucket::TokenKeeper> tokens_;
  const std::string project_;
};

/// The error of a status that ends a request: "the bucket refuses …".
std::unexpected<Error> refusal(const http::Response& answer);

}  // namespace dmw::store::gcs
